"""Lucene's query syntax as people know it, put to a batch of papers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

from bot.errors import BadQuery
from bot.papers.categories import begins_category, canonical, is_category
from bot.topics.scan import SHORTEST_PREFIX, Kind, Token, scan, shortened
from bot.topics.translate import search_query
from bot.topics.tree import All, Any, Author, Category, Leaf, Node, Not, Part, Term, elements, wanted
from bot.topics.words import readable

if TYPE_CHECKING:
    from luqum.tree import Item

    from bot.topics.index import Index

_MOST_WORDS = 5
_SIGNS = (Kind.NOT, Kind.MUST)


@dataclass(frozen=True, eq=False)
class Query:
    """What somebody wants to read: `text` as typed, white space aside, and what it means.

    Words, "phrases", prefix*, parentheses, AND OR NOT, + and -, and the fields ti: au: abs: cat: co: jr:
    all: (or title: author: abstract: category: comment: journal:), also before a group. Without a field a
    term is looked for in title and abstract. Side by side means AND, which holds tighter than OR. A sign,
    or NOT without AND before it, speaks of everything beside it: `rag OR agents -survey` finds no survey.
    Operators are understood in lower case too where they stand between terms; in quotes they are words.
    Upper and lower case, accents, hyphens and the plural of a word make no difference.
    """

    text: str
    tree: Node = field(repr=False)

    @classmethod
    def parse(cls, text: str) -> Query:
        """Read a query. Raises `BadQuery` with the place of the mistake in `text`."""
        tree = _Reader(text, scan(text)).read()
        return cls(" ".join(text.split()), tree)

    def __str__(self) -> str:
        """Return how the query was understood, every operator written out."""
        return str(self.tree)

    @cached_property
    def key(self) -> str:
        """The same for queries that differ in case, blanks, order or redundant parentheses alone."""
        return _key(self.tree)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Query) and self.key == other.key

    def __hash__(self) -> int:
        return hash(self.key)

    @cached_property
    def categories(self) -> tuple[str, ...]:
        """The categories and archives asked for, such as cs.CL or cs, in the order of the query."""
        return tuple(dict.fromkeys(leaf.name for leaf in wanted(self.tree) if isinstance(leaf, Category)))

    def find(self, index: Index) -> Found:
        """Return the positions of the papers that fit, each with the words found, as the paper writes them."""
        return Found(self.tree, index)

    def to_arxiv(self) -> str:
        """Return a query to the arXiv that finds at least the same papers."""
        return search_query(self.tree)


class Found(Mapping[int, tuple[str, ...]]):
    """The positions of papers that fit, in order; the words of each are looked up when asked for."""

    def __init__(self, tree: Node, index: Index) -> None:
        self._tree = tree
        self._index = index
        self._fitting: dict[int, frozenset[int]] = {}  # by the identity of a node
        self._positions = dict.fromkeys(sorted(self._evaluate(tree)))

    def __len__(self) -> int:
        return len(self._positions)

    def __iter__(self) -> Iterator[int]:
        return iter(self._positions)

    def __contains__(self, position: object) -> bool:
        return position in self._positions

    def __getitem__(self, position: int) -> tuple[str, ...]:
        if position not in self._positions:
            raise KeyError(position)
        said: dict[str, str] = {}
        for leaf in self._telling(self._tree, position):
            for word in self._index.as_written(leaf, position):
                said.setdefault(word.casefold(), word)
                if len(said) == _MOST_WORDS:
                    return tuple(said.values())
        return tuple(said.values())

    def __repr__(self) -> str:
        return f"Found({dict(self)})"

    def _evaluate(self, node: Node) -> frozenset[int]:
        match node:
            case All():
                wanted = [o for o in node.operands if not isinstance(o, Not)]
                fitting = frozenset.intersection(*map(self._evaluate, wanted))
                for operand in node.operands:
                    if isinstance(operand, Not) and fitting:
                        fitting -= self._evaluate(operand.operand)
            case Any():
                fitting = frozenset().union(*map(self._evaluate, node.operands))
            case Not():
                raise AssertionError("nothing says only what not to find")
            case _:
                fitting = self._index.holding(node)
        self._fitting[id(node)] = fitting
        return fitting

    def _telling(self, node: Node, position: int) -> Iterator[Leaf]:
        """Yield the leaves that make a paper fit."""
        match node:
            case Not():
                return
            case All() | Any():
                for operand in node.operands:
                    if not isinstance(operand, Not) and position in self._fitting[id(operand)]:
                        yield from self._telling(operand, position)
            case _:
                yield node


def _key(node: Node) -> str:
    match node:
        case All() | Any():
            sign = "&" if isinstance(node, All) else "|"
            return f"({sign.join(sorted({_key(operand) for operand in node.operands}))})"
        case Not():
            return f"!{_key(node.operand)}"
        case _:
            return str(node)


class _Reader:
    """Tokens to a tree: luqum reads the structure, in which every term stands as its number."""

    def __init__(self, typed: str, tokens: list[Token]) -> None:
        self.typed = typed
        self.tokens = tokens

    def read(self) -> Node:
        from luqum.thread import parse

        return self._positive(*self._node(parse(_structure(self.tokens)), ""), "negative")

    def _node(self, item: Item, within: str) -> tuple[Node, int]:
        """Return what `item` means, beside the number of its first term."""
        from luqum import tree

        match item:
            case tree.Word():
                number = int(item.value[1:])
                return self._leaf(self.tokens[number], within), number
            case tree.SearchField():
                token = self.tokens[int(item.name[1:])]
                if within:
                    raise self._wrong(token, "nested_field", token.text)
                return self._node(item.expr, token.text)
            case tree.Not() | tree.Prohibit():
                operand, number = self._node(item.children[0], within)
                if isinstance(operand, Not):
                    return operand.operand, number
                return Not(self._positive(operand, number, "negative")), number
            case tree.OrOperation():
                read = [self._node(child, within) for child in item.children]
                each = [self._positive(node, number, "alternative") for node, number in read]
                return Any(_flat(Any, each)), read[0][1]
            case tree.BaseOperation():
                read = [self._node(child, within) for child in item.children]
                return All(_flat(All, [node for node, _ in read])), read[0][1]
        return self._node(item.children[0], within)  # parentheses, or a plus

    def _positive(self, node: Node, number: int, problem: str) -> Node:
        """Return `node` unless it says only what not to find."""
        if not isinstance(node, Not) and not (
            isinstance(node, All) and all(isinstance(operand, Not) for operand in node.operands)
        ):
            return node
        while self.tokens[number].kind is not Kind.NOT:
            number -= 1
        raise self._wrong(self.tokens[number], problem)

    def _wrong(self, token: Token, problem: str, detail: str = "") -> BadQuery:
        return BadQuery(self.typed, token.position, problem, detail)

    def _leaf(self, token: Token, within: str) -> Leaf:
        if within == "cat":
            return self._category(token)
        found = tuple(tuple(self._part(part, token) for part in element) for element in elements(token.text))
        if not found:
            raise self._wrong(token, "empty")
        if within == "au":
            return Author(tuple(part for element in found for part in element))
        return Term(within, found, token.slop if len(found) > 1 else None)

    def _part(self, part: Part, token: Token) -> Part:
        if not part.prefix or len(part.word) >= SHORTEST_PREFIX:
            return part
        if part.word.isascii():
            raise self._wrong(token, "short_prefix", f"{part}")
        return Part(part.word)  # a character of a script without blanks goes on in any case

    def _category(self, token: Token) -> Category:
        said = readable(token.text).strip(" .,;")
        prefix = said.endswith("*") and not said.endswith(".*")
        name = canonical(said.rstrip(".*") if said.endswith("*") else said)
        if name is None or not (begins_category(name) if prefix else is_category(name)):
            raise self._wrong(token, "category", shortened(token.text.strip()))
        return Category(name, prefix)


def _flat(kind: type[All] | type[Any], operands: list[Node]) -> tuple[Node, ...]:
    return tuple(
        inner
        for operand in operands
        for inner in (operand.operands if isinstance(operand, kind) else (operand,))
    )


def _structure(tokens: list[Token]) -> str:
    """Return the query for luqum, with AND between neighbours that no sign sets apart.

    What luqum finds side by side without an operator holds loosest, which is what signs need.
    """
    said: list[str] = []
    signed = False  # the term being read, or just read, stands behind a sign
    groups: list[bool] = []
    before: Kind | None = None
    for number, token in enumerate(tokens):
        neighbour = before in (Kind.WORD, Kind.PHRASE, Kind.CLOSE)
        if token.kind in _SIGNS:
            signed = neighbour or before in (None, Kind.OPEN)
        elif neighbour and token.kind in (Kind.WORD, Kind.PHRASE, Kind.FIELD, Kind.OPEN):
            if not signed:
                said.append("AND")
            signed = False
        elif token.kind in (Kind.AND, Kind.OR):
            signed = False
        if token.kind is Kind.OPEN:
            groups.append(signed)
            signed = False
        elif token.kind is Kind.CLOSE:
            signed = groups.pop()
        said.append(_SAID.get(token.kind) or f"t{number}" + ":" * (token.kind is Kind.FIELD))
        before = token.kind
    return " ".join(said)


_SAID = {
    Kind.OPEN: "(",
    Kind.CLOSE: ")",
    Kind.AND: "AND",
    Kind.OR: "OR",
    Kind.NOT: "NOT",
    Kind.MUST: "+",
}
