"""A paper's text by paragraphs, each with the place where a reader finds it again."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from bot.papers.fulltext import FullText, Section

_K, _B = 1.4, 0.6  # BM25: how fast repetition tires, how much length counts
_CJK = "\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff\uac00-\ud7af"
# Not compiled before it is used: sets of so many signs take milliseconds, and a short command uses none.
_WORD = rf"[{_CJK}]|[^\W_{_CJK}]+"
# Of questions: words that stand in every paragraph, or in none.
_IDLE = frozenset(
    "a an and are as at be been by can could did do does doing for from had has have how i if in into is it its many me much of"
    " on or our paper papers please say should show tell than that the their them there these they this those to was we were"
    " what when where which who whom whose why will with would you your 的 了 是 在 和 与 有 吗 呢 么 什 这 那 论 文 章 篇 它 们 个 用 为 何 如 多 少".split()
)


@dataclass(frozen=True, slots=True)
class Place:
    """Where something stands: the section as printed, and the pages, the first of the PDF being 1."""

    number: str
    title: str
    first: int
    last: int

    @classmethod
    def of(cls, section: Section) -> Place:
        return cls(section.number, section.title, section.first, section.last)

    @property
    def name(self) -> str:
        """`3.2 Ablations`."""
        return " ".join(filter(None, (self.number, self.title)))


@dataclass(frozen=True, slots=True)
class Passage:
    """A paragraph under the name by which a model may point at it; `section` is the place of all of its section."""

    id: str
    section: Place
    place: Place
    text: str


def passages(full: FullText, abstract: str = "") -> list[Passage]:
    """Return the paragraphs of a paper in order, begun by its `abstract` if the text has none."""
    sections = list(full.sections)
    if abstract and not any(section.title.casefold() == "abstract" for section in sections):
        sections.insert(0, Section("", "Abstract", 1, 1, abstract))
    found: list[Passage] = []
    for section in sections:
        whole = Place.of(section)
        paragraphs = [part for part in section.text.split("\n\n") if part.strip()]
        for at, paragraph in enumerate(paragraphs):
            first, last = _pages(section, at, len(paragraphs))
            place = Place(section.number, section.title, first, last)
            found.append(Passage(f"P{len(found) + 1}", whole, place, paragraph.strip()))
    return found


def _pages(section: Section, at: int, count: int) -> tuple[int, int]:
    """Return the pages of a paragraph: from where it begins to where the next one does."""
    begins: Sequence[int] = section.pages
    if len(begins) != count:
        return section.first, section.last
    # A paragraph before one that begins a page mostly ended on its own page.
    return begins[at], begins[at]


def laid_out(chosen: Sequence[Passage], *, named: bool = False) -> str:
    """Return passages as a model reads them: under the headings of their sections, `named` with their ids."""
    parts: list[str] = []
    within: Place | None = None
    for passage in chosen:
        if passage.section != within:
            within = passage.section
            parts.append(f"## {within.name or 'Beginning'} ({pages_of(within)})")
        parts.append(f"[{passage.id}] {passage.text}" if named else passage.text)
    return "\n\n".join(parts)


def pages_of(place: Place) -> str:
    """Return "page 3" or "pages 3-5"."""
    return f"page {place.first}" if place.first == place.last else f"pages {place.first}-{place.last}"


def nearest(among: Sequence[Passage], question: str) -> list[Passage]:
    """Return the passages that share words with `question`, those that share most of what is rare first.

    Okapi BM25, as in Robertson & Zaragoza, "The Probabilistic Relevance Framework: BM25 and Beyond" (2009),
    https://doi.org/10.1561/1500000019. The words of a passage's heading count as its own.
    """
    asked = set(_words(question)) - _IDLE
    bags = [Counter(_words(f"{passage.section.title} {passage.text}")) for passage in among]
    lengths = [bag.total() for bag in bags]
    usual = sum(lengths) / (len(lengths) or 1) or 1.0
    within = Counter(word for bag in bags for word in asked & bag.keys())
    worth = {word: math.log(1 + (len(bags) - seen + 0.5) / (seen + 0.5)) for word, seen in within.items()}

    def score(bag: Counter[str], length: int) -> float:
        damp = _K * (1 - _B + _B * length / usual)
        return sum(worth[word] * bag[word] * (_K + 1) / (bag[word] + damp) for word in asked & bag.keys())

    scores = [score(bag, length) for bag, length in zip(bags, lengths, strict=True)]
    order = sorted(range(len(among)), key=lambda at: (-scores[at], at))
    return [among[at] for at in order if scores[at] > 0]


def _words(text: str) -> list[str]:
    return [_stem(word.casefold()) for word in re.findall(_WORD, text)]


def _stem(word: str) -> str:
    """Fold the commonest endings, so that "trained" finds "training"."""
    if not word.isascii() or len(word) < 5:
        return word
    for ending in ("ations", "ation", "ings", "ing", "ies", "ed", "es", "s"):
        if word.endswith(ending) and len(word) - len(ending) >= 3:
            return word[: -len(ending)].rstrip("e")
    return word.rstrip("e")
