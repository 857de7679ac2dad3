"""What speaks for a paper's being about a topic, as numbers that mean the same for every topic."""

from __future__ import annotations

import math
import re
from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import accumulate
from operator import itemgetter
from typing import Any

from bot.papers.paper import Paper
from bot.topics.catalogue import Topic
from bot.topics.embedding import Embedding, unit
from bot.topics.terms import Hit, Terms, split
from bot.topics.tree import Term, elements

_SENTENCE = re.compile(r"(?<=[.!?])\s+(?=[A-Z0-9])")
_TERM = re.compile(r'(?:(?P<field>ti|abs):)?(?:"(?P<phrase>[^"]+)"(?:~(?P<slop>\d+))?|(?P<word>\S+))')
# A sentence that says where the code lies does not make a paper one about code.
_RELEASE = re.compile(
    r"https?://|github|\b(?:source )?(?:codes?|data|datasets?|models?|weights|resources|materials|project|demos?|videos?|"
    r"implementations?)\b[^.]{0,80}\b(?:available|released?|open[- ]sourced?|published|public)\b"
    r"|\b(?:available|released?|releasing|open[- ]sourced?|open[- ]sourcing)\b[^.]{0,60}\b(?:code|repository|codebase)\b",
    re.IGNORECASE,
)
_RELEASE_SIGNS = ("vailable", "eleas", "pen", "ublic", "ublish", "ithub", "itHub", "http")
_PLACE = itemgetter(1, 2)  # of a hit: where it begins and ends
_LONGEST_TITLE, _LONGEST_ABSTRACT = 1_000, 6_000  # characters: the arXiv takes 1,920, a pipe may bring a book

# By words; the order is that of `_by_words`.
_WORDS = (
    "title",  # words that name the topic in the title
    "title_more",  # in two places of it
    "kinds",  # different ones in the abstract, by their logarithm
    "spread",  # share of sentences
    "early",  # in the first two sentences
    "both",
    "title_hints",
    "unnamed",  # no word names it, though some may hint at it
    "unnamed_hints",
)
# How near to the topic's description, among those of the whole catalogue.
_NEAR = ("near_title", "near_text", "near_sentence")
FEATURES = (*_WORDS, *_NEAR, *(f"unnamed_{name}" for name in _NEAR), "constant")
_UNNAMED = FEATURES.index("unnamed")
_NO_WORDS = (0.0,) * 7 + (1.0, 0.0)


@dataclass(slots=True)
class Found:
    """The words of one topic in one paper, by their term."""

    title: dict[int, list[Hit]] = field(default_factory=dict)
    abstract: dict[int, list[Hit]] = field(default_factory=dict)
    title_hints: set[int] = field(default_factory=set)
    hints: set[int] = field(default_factory=set)


@dataclass(slots=True)
class Evidence:
    """Of one paper: a row of `FEATURES` for each topic, the words, and the nearness to each description.

    `told` is the part of the abstract in which the words stand.
    """

    rows: Any
    found: dict[int, Found]
    told: str
    near: Any


@dataclass(slots=True)
class _Text:
    """The words of a title and of an abstract; `ends` are where in the latter its sentences end."""

    title: list[str]
    sentences: list[list[str]]
    abstract: list[str]
    ends: list[int]

    @classmethod
    def of(cls, title: str, sentences: Sequence[str]) -> _Text:
        parts = [split(sentence) for sentence in sentences] or [[]]
        ends = list(accumulate(map(len, parts)))
        return cls(split(title), parts, [word for part in parts for word in part], ends)


class Witness:
    """Reads papers for the topics given; holds 16 MB of word vectors while it lives."""

    def __init__(self, topics: Sequence[Topic]) -> None:
        self._topics = topics
        self._terms = Terms()
        self._owners: dict[int, tuple[int, bool, str]] = {}
        for place, topic in enumerate(topics):
            for written in topic.terms:
                self._add(place, written, names=True)
            for written in topic.hints:
                self._add(place, written, names=False)
        self._embedding = Embedding()
        described = unit(self._embedding.sums([split(topic.description) for topic in topics]))
        # What all descriptions have in common says nothing.
        self._middle = described.mean(axis=0)
        self._described = unit(described - self._middle).T.copy()

    def _add(self, place: int, written: str, *, names: bool) -> None:
        term, word = read_term(written)
        self._owners[self._terms.add(term, word)] = (place, names, term.field)

    def read(self, papers: Sequence[Paper]) -> Iterable[Evidence]:
        """Yield the evidence on each paper; it is the same whatever papers stand beside it."""
        told = [_telling(paper.abstract) for paper in papers]
        texts = [
            _Text.of(paper.title[:_LONGEST_TITLE], sentences)
            for paper, sentences in zip(papers, told, strict=True)
        ]
        sums = self._embedding.sums([words for text in texts for words in (text.title, *text.sentences)])
        start = 0
        for sentences, text in zip(told, texts, strict=True):
            beyond = start + 1 + len(text.sentences)
            yield self._evidence(sentences, text, sums[start:beyond])
            start = beyond

    def _evidence(self, sentences: list[str], text: _Text, sums: Any) -> Evidence:
        import numpy

        vectors = numpy.vstack((sums, sums[1:].sum(axis=0)))
        # One product for each paper: a larger one may round otherwise.
        near = unit(unit(vectors) - self._middle) @ self._described
        near[~vectors.any(axis=1)] = 0
        nearest = numpy.vstack((near[0], near[-1], near[1:-1].max(axis=0))).astype(numpy.float64)
        spread = nearest.std(axis=1, keepdims=True) + 1e-6
        standing = ((nearest - nearest.mean(axis=1, keepdims=True)) / spread).T
        found = self._found(text)
        rows = numpy.ones((len(self._topics), len(FEATURES)), numpy.float64)
        rows[:, : len(_WORDS)] = [
            _by_words(found[place], text) if place in found else _NO_WORDS
            for place in range(len(self._topics))
        ]
        unnamed = rows[:, _UNNAMED : _UNNAMED + 1]
        rows[:, len(_WORDS) : -1] = numpy.hstack((standing, standing * unnamed))
        return Evidence(rows, found, " ".join(sentences), nearest.max(axis=0))

    def _found(self, text: _Text) -> dict[int, Found]:
        found: dict[int, Found] = {}
        owners = self._owners
        for hit in self._terms.find(text.title):
            if owner := owners.get(hit.term):
                place, names, within = owner
                words = found.get(place) or found.setdefault(place, Found())
                if not names:
                    words.title_hints.add(hit.term)
                elif within != "abs":
                    words.title.setdefault(hit.term, []).append(hit)
        for hit in self._terms.find(text.abstract):
            if owner := owners.get(hit.term):
                place, names, within = owner
                words = found.get(place) or found.setdefault(place, Found())
                if not names:
                    words.hints.add(hit.term)
                elif within != "ti":
                    words.abstract.setdefault(hit.term, []).append(hit)
        return found


def _telling(abstract: str) -> list[str]:
    """Return the sentences that say what a paper is about."""
    sentences = _SENTENCE.split(abstract[:_LONGEST_ABSTRACT])
    return [
        sentence
        for sentence in sentences
        if not (any(sign in sentence for sign in _RELEASE_SIGNS) and _RELEASE.search(sentence))
    ]


def _by_words(words: Found, text: _Text) -> tuple[float, ...]:
    title = _mentions(words.title)
    hints = math.log1p(len(words.hints))
    title_hints = math.log1p(len(words.title_hints))
    if not words.abstract:
        named = bool(title)
        return (named, len(title) > 1, 0, 0, 0, 0, title_hints, not named, 0 if named else hints)
    mentions = _mentions(words.abstract)
    kinds = {" ".join(text.abstract[first:beyond]).lower() for first, beyond in mentions}
    sentences = {bisect_right(text.ends, first) for first, _ in mentions}
    spread = len(sentences) / len(text.ends)
    early = min(sentences) < 2
    kind = math.log1p(len(kinds))
    return (bool(title), len(title) > 1, kind, spread, early, bool(title), title_hints, 0, 0)


def _mentions(found: Mapping[int, list[Hit]]) -> list[tuple[int, int]]:
    """Return the stretches of words that hits cover; a name and its short form behind it are one."""
    stretches: list[tuple[int, int]] = []
    for _, first, beyond in sorted((hit for hits in found.values() for hit in hits), key=_PLACE):
        if stretches and first <= stretches[-1][1]:
            stretches[-1] = (stretches[-1][0], max(beyond, stretches[-1][1]))
        else:
            stretches.append((first, beyond))
    return stretches


def read_term(written: str) -> tuple[Term, str]:
    """Return a term of a query, and its word with its capitals where it is one word."""
    match = _TERM.fullmatch(written.strip())
    assert match, written
    said = match["phrase"] or match["word"]
    slop = int(match["slop"]) if match["slop"] else None
    return Term(match["field"] or "", elements(said), slop), "" if " " in said or "*" in said else said
