"""Papers filed under the topics that they are about, once for all who follow them."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Self

from bot.papers.paper import Paper
from bot.topics.catalogue import Catalogue
from bot.topics.evidence import FEATURES, Evidence, Found, Witness
from bot.topics.index import Index
from bot.topics.query import Query
from bot.topics.terms import Hit, bounds
from bot.topics.weights import WEIGHTS

_AT_ONCE = 128  # papers: their word vectors take 30 MB
_MOST_WORDS = 4


@dataclass(frozen=True, slots=True)
class Reason:
    """The words found, as the paper writes them; or, where none names the topic, how near its text is."""

    words: tuple[str, ...]
    similarity: float | None = None

    def __str__(self) -> str:
        if self.words:
            return ", ".join(self.words)
        return f"close to the topic's description, {self.similarity or 0:.2f}"


@dataclass(frozen=True, slots=True)
class Match:
    """A paper is about `topic`, the id of one or the text of a query; `score` is from 0 to 1."""

    topic: str
    score: float
    reason: Reason


class Filer:
    """Files papers under the topics of a catalogue.

    What it needs for that, some 40 MB, is loaded by `file` and let go at its end; used as a context, it
    keeps it from one call to the next.
    """

    def __init__(self, catalogue: Catalogue) -> None:
        self._topics = tuple(catalogue)
        self._witness: Witness | None = None

    def __enter__(self) -> Self:
        self._witness = Witness(self._topics)
        return self

    def __exit__(self, *_: object) -> None:
        self._witness = None

    def file(self, papers: Sequence[Paper]) -> list[tuple[Match, ...]]:
        """Return the matches of each paper, best first; a paper's do not depend on the others."""
        import numpy

        if not papers:
            return []
        witness = self._witness or Witness(self._topics)
        weights = numpy.array([WEIGHTS.get(name, 0.0) for name in FEATURES])
        return [
            self._matches(paper, evidence, weights)
            for start in range(0, len(papers), _AT_ONCE)
            for paper, evidence in _pairs(papers[start : start + _AT_ONCE], witness)
        ]

    def follow(self, papers: Sequence[Paper] | Index, query: Query) -> list[Match | None]:
        """Return the match of each paper with a query, in which the words alone decide.

        Make the `Index` once where many queries are put to the same papers.
        """
        index = papers if isinstance(papers, Index) else Index(papers)
        matches: list[Match | None] = [None] * len(index)
        for position, words in query.find(index).items():
            score = _standing(index.papers[position], words)
            matches[position] = Match(query.text, score, Reason(words))
        return matches

    def _matches(self, paper: Paper, evidence: Evidence, weights: Any) -> tuple[Match, ...]:
        sums = (evidence.rows * weights).sum(axis=1)
        matches = []
        texts = _Text(paper.title), _Text(evidence.told)
        for place in map(int, (sums >= 0).nonzero()[0]):
            found = evidence.found.get(place, Found())
            words = _as_written(found, texts)
            near = None if words else round(float(evidence.near[place]), 2)
            score = round(1 / (1 + math.exp(-float(sums[place]))), 3)
            matches.append(Match(self._topics[place].id, score, Reason(words, near)))
        return tuple(sorted(matches, key=lambda match: -match.score))


def _pairs(papers: Sequence[Paper], witness: Witness) -> Iterable[tuple[Paper, Evidence]]:
    return zip(papers, witness.read(papers), strict=True)


def _standing(paper: Paper, words: Sequence[str]) -> float:
    """Score the words of a query by where they stand and how often: the title counts most."""
    title, abstract = paper.title.lower(), paper.abstract.lower()
    said = {word.lower() for word in words}
    in_title = sum(word in title for word in said) / max(1, len(said))
    often = sum(map(abstract.count, said))
    return round(0.5 + 0.3 * in_title + 0.2 * (1 - math.exp(-often / 4)), 3)


def _as_written(found: Found, texts: Sequence[_Text]) -> tuple[str, ...]:
    """Return the words found, those of the title first; what overlaps is one, as in large language model."""
    said: dict[str, str] = {}
    for text, by_term in zip(texts, (found.title, found.abstract), strict=True):
        reach = 0
        for hit in sorted((hit for hits in by_term.values() for hit in hits), key=_longest_first):
            if hit.first >= reach:
                first, reach = hit.first, hit.beyond
            else:
                reach = max(reach, hit.beyond)
            written = text.between(first, reach)
            said.setdefault(written.casefold(), written)
    telling = [word for word in said if not any(word != other and word in other for other in said)]
    return tuple(said[word] for word in telling[:_MOST_WORDS])


def _longest_first(hit: Hit) -> tuple[int, int]:
    return hit.first, -hit.beyond


class _Text:
    """A text whose words are counted when first asked for."""

    def __init__(self, text: str) -> None:
        self._text = text

    @cached_property
    def _bounds(self) -> list[tuple[int, int]]:
        return bounds(self._text)

    def between(self, first: int, beyond: int) -> str:
        return self._text[self._bounds[first][0] : self._bounds[beyond - 1][1]]
