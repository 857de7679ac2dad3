"""A query as a tree; its leaves hold words as `bot.topics.words` knows them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

from bot.topics.words import readable, words


class Part(NamedTuple):
    """A word, or the beginning of words."""

    word: str
    prefix: bool = False

    def __str__(self) -> str:
        return self.word + "*" * self.prefix


Element = tuple[Part, ...]  # the parts of a hyphenated word, or one part alone


def elements(text: str) -> tuple[Element, ...]:
    """Return the words of a term; a star right behind a word makes it a prefix."""
    text = readable(text)
    found: list[Element] = []
    for word in words(text):
        part = Part(word.normal, text.startswith("*", word.end))
        if word.hyphenated and not found[-1][-1].prefix:
            found[-1] += (part,)
        else:
            found.append((part,))
    return tuple(found)


@dataclass(frozen=True, slots=True)
class Term:
    """Words one after the other in one of `fields`; with a `slop`, in any order with so many others between."""

    field: str  # ti, abs, co, jr, all, or empty for title and abstract
    elements: tuple[Element, ...]
    slop: int | None = None

    def __str__(self) -> str:
        said = " ".join("-".join(map(str, element)) for element in self.elements)
        if len(self.elements) > 1 or said in ("and", "or", "not"):
            said = f'"{said}"' if self.slop is None else f'"{said}"~{self.slop}'
        return f"{self.field}:{said}" if self.field else said


@dataclass(frozen=True, slots=True)
class Author:
    """Words that all belong to the name of one author; a single letter is an initial."""

    parts: tuple[Part, ...]

    def __str__(self) -> str:
        said = " ".join(map(str, self.parts))
        return f'au:"{said}"' if len(self.parts) > 1 else f"au:{said}"


@dataclass(frozen=True, slots=True)
class Category:
    """A category such as cs.CL, or an archive such as cs with all of its categories."""

    name: str
    prefix: bool = False

    def __str__(self) -> str:
        return f"cat:{self.name}" + "*" * self.prefix


@dataclass(frozen=True, slots=True)
class All:
    """Each of at least two operands, of which one is no `Not`; none of them is an `All`."""

    operands: tuple[Node, ...]

    def __str__(self) -> str:
        return " AND ".join(f"({o})" if isinstance(o, Any) else str(o) for o in self.operands)


@dataclass(frozen=True, slots=True)
class Any:
    """At least one of two operands or more; none of them is a `Not`."""

    operands: tuple[Node, ...]

    def __str__(self) -> str:
        return " OR ".join(f"({o})" if isinstance(o, All) else str(o) for o in self.operands)


@dataclass(frozen=True, slots=True)
class Not:
    """Not the operand, which is no `Not`."""

    operand: Node

    def __str__(self) -> str:
        return f"NOT ({self.operand})" if isinstance(self.operand, All | Any) else f"NOT {self.operand}"


Leaf = Term | Author | Category
Node = Leaf | All | Any | Not


def wanted(node: Node) -> Iterator[Leaf]:
    """Yield the leaves outside of every `Not`, from left to right."""
    match node:
        case Not():
            return
        case All() | Any():
            for operand in node.operands:
                yield from wanted(operand)
        case _:
            yield node
