"""How alike papers are in their words: enough to tell neighbours apart, with nothing to load."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Sequence
from functools import cached_property

from bot.papers.paper import Paper
from bot.topics.terms import split

_TITLE = 3  # times that a word of the title counts
_RARE = 2  # papers that a word has to stand in to make any two alike
_EVERYWHERE = 0.3  # share of the papers from which on a word says nothing

Vector = dict[str, float]


class Likeness:
    """The words of some papers, weighed by how few of the others have them."""

    def __init__(self, papers: Sequence[Paper]) -> None:
        bags = [_words(paper) for paper in papers]
        spread = Counter(word for bag in bags for word in bag)
        most = max(_RARE, _EVERYWHERE * len(bags))
        self._weights = {
            word: math.log(len(bags) / count) + 0.1
            for word, count in spread.items()
            if _RARE <= count <= most
        }
        self.vectors = [self._vector(bag) for bag in bags]

    @cached_property
    def middle(self) -> Vector:
        """What the papers have in common, of length one."""
        return centre(self.vectors)

    def of(self, text: str) -> Vector:
        """Return the vector of another text, such as the title of a theme."""
        return self._vector(Counter(word.casefold() for word in split(text)))

    def _vector(self, bag: Counter[str]) -> Vector:
        weights = self._weights
        return _unit({w: (1 + math.log(count)) * weights[w] for w, count in bag.items() if w in weights})


def centre(vectors: Iterable[Vector]) -> Vector:
    """Return the mean direction of `vectors`."""
    total: dict[str, float] = {}
    for vector in vectors:
        for word, value in vector.items():
            total[word] = total.get(word, 0.0) + value
    return _unit(total)


def alike(one: Vector, other: Vector) -> float:
    """Return the cosine between two vectors, from 0 to 1."""
    if len(one) > len(other):
        one, other = other, one
    return sum(value * other[word] for word, value in one.items() if word in other)


def _unit(vector: Vector) -> Vector:
    length = math.sqrt(sum(value * value for value in vector.values()))
    return {word: value / length for word, value in vector.items()} if length else {}


def _words(paper: Paper) -> Counter[str]:
    bag = Counter(word.casefold() for word in split(paper.abstract))
    for word in split(paper.title):
        bag[word.casefold()] += _TITLE
    return bag
