"""Many terms looked for in a text at once, in one pass over its words."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from bot.topics.tree import Element, Part, Term
from bot.topics.words import joined, normal, singular

_WORD = re.compile(r"[^\W_]+")
_FIRST = 3  # letters, which every prefix has at least
_LONGEST_NAME = 40  # letters of a made-up one
_NAME = 8  # words between the first and the last word of what is still one name
_MOST_KEPT = 100_000  # words whose meaning is remembered


class Hit(NamedTuple):
    """`term`, by its number, stands in the words from `first` up to `beyond`."""

    term: int
    first: int
    beyond: int


class _Step:
    """Where the words read so far have led; `ends` are the terms that are complete here."""

    __slots__ = ("ends", "further")

    def __init__(self) -> None:
        self.ends: list[int] = []
        self.further: dict[int, _Step] = {}


class _Seen(NamedTuple):
    """What a word means: `ends` are the terms that it is by itself, `begun` what may go on behind it."""

    parts: tuple[int, ...]
    ends: tuple[int, ...]
    begun: tuple[_Step, ...]


def split(text: str) -> list[str]:
    """Return the words of a text as written."""
    return _WORD.findall(text)


class Terms:
    """Terms by number, as many as are added before the first search.

    A term written with two capitals or more and no longer than five letters is an acronym: it is found in
    capitals alone, and within a made-up name such as LongRAG.
    """

    def __init__(self) -> None:
        self._root = _Step()
        self._parts: dict[Part, int] = {}
        self._acronyms: dict[str, list[_Step]] = {}
        self._near: list[tuple[int, tuple[int, ...], int]] = []
        self._within: set[int] = set()  # the terms that only matter near others
        self._count = 0
        self._seen: dict[str, _Seen] = {}
        self._prefixes: dict[str, list[tuple[str, int]]] = {}  # by their first letters

    def add(self, term: Term, written: str = "") -> int:
        """Return the number of `term`; `written` is its one word with its capitals."""
        number = self._count
        self._count += 1
        if term.slop is not None:
            within = tuple(self.add(Term(term.field, (element,))) for element in term.elements)
            self._near.append((number, within, term.slop))
            self._within.update(within)
        elif is_acronym(written):
            step = _Step()
            step.ends.append(number)
            self._acronyms.setdefault(written, []).append(step)
        else:
            for parts in _spellings(term.elements):
                step = self._root
                for part in parts:
                    step = step.further.setdefault(self._part(part), _Step())
                step.ends.append(number)
        self._seen.clear()
        return number

    def find(self, words: Sequence[str]) -> list[Hit]:
        """Return where terms stand in `words`, in the order in which they begin."""
        seen = self._seen
        if len(seen) > _MOST_KEPT:
            seen.clear()
        read = [seen.get(word) or self._look(word) for word in words]
        hits: list[Hit] = []
        count = len(words)
        for first, (_, ends, begun) in enumerate(read):
            at = first + 1
            for term in ends:
                hits.append(Hit(term, first, at))
            steps: Sequence[_Step] = begun
            while steps and at < count and (parts := read[at].parts):
                at += 1
                steps = [step.further[p] for step in steps for p in parts if p in step.further]
                for step in steps:
                    for term in step.ends:
                        hits.append(Hit(term, first, at))
        return hits + self._near_hits(hits) if self._near else hits

    def _near_hits(self, hits: list[Hit]) -> list[Hit]:
        by_term: dict[int, list[Hit]] = {}
        for hit in hits:
            if hit.term in self._within:
                by_term.setdefault(hit.term, []).append(hit)
        found: list[Hit] = []
        for number, within, slop in self._near:
            if not all(term in by_term for term in within):
                continue
            for start in by_term[within[0]]:
                chosen = [_nearest(start, by_term[term]) for term in within]
                first, beyond = min(hit.first for hit in chosen), max(hit.beyond for hit in chosen)
                if beyond - first - len(within) <= slop:
                    # Far apart they are no name: the first is meant, the others are its condition.
                    found.append(
                        Hit(number, first, beyond)
                        if slop <= _NAME
                        else Hit(number, start.first, start.beyond)
                    )
        return found

    def _part(self, part: Part) -> int:
        part = part if part.prefix else Part(singular(part.word))
        if part not in self._parts:
            self._parts[part] = len(self._parts)
            if part.prefix:
                self._prefixes.setdefault(part.word[:_FIRST], []).append((part.word, self._parts[part]))
        return self._parts[part]

    def _look(self, word: str) -> _Seen:
        plain = normal(word)
        parts = [n for prefix, n in self._prefixes.get(plain[:_FIRST], ()) if plain.startswith(prefix)]
        whole = self._parts.get(Part(singular(plain)))
        if whole is not None:
            parts.append(whole)
        begun = [self._root.further[p] for p in parts if p in self._root.further]
        if word != plain:
            for piece in _pieces(word):
                begun += self._acronyms.get(piece, ())
        entry = _Seen(
            tuple(parts),
            tuple(term for step in begun for term in step.ends),
            tuple(step for step in begun if step.further),
        )
        self._seen[word] = entry
        return entry


def _nearest(start: Hit, hits: list[Hit]) -> Hit:
    return min(hits, key=lambda hit: abs(hit.first - start.first))


def is_acronym(written: str) -> bool:
    """Whether a word means something in capitals only: RAG, MoE, LLMs."""
    return len(written) <= 5 and sum(c.isupper() for c in written) >= 2 and written.isalpha()


def _pieces(word: str) -> set[str]:
    """Return a word and what it may be made of, in singular: LongRAG is also RAG."""
    found = {word}
    if 2 < len(word) <= _LONGEST_NAME:
        for start in range(len(word)):
            if word[start].isupper() and (start == 0 or not word[start - 1].isupper()):
                found.add(word[start:])
        for piece in tuple(found):
            cut = re.match(r"[A-Z]{2,}(?=[A-Z][a-z]{2}|\d)", piece)
            if cut:
                found.add(cut[0])
    return found | {piece[:-1] for piece in found if piece.endswith("s") and len(piece) > 2}


def _spellings(elements: tuple[Element, ...]) -> Iterable[list[Part]]:
    """Yield the words of a term with its hyphens as blanks, and without them."""
    yield [part for element in elements for part in element]
    whole = [joined(tuple(part.word for part in element)) for element in elements]
    if any(whole):
        yield [
            part
            for element, one in zip(elements, whole, strict=True)
            for part in ([Part(one, element[-1].prefix)] if one else element)
        ]


def bounds(text: str) -> list[tuple[int, int]]:
    """Return where in `text`, in characters, each of its words stands."""
    return [match.span() for match in _WORD.finditer(text)]
