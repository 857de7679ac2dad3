"""What there is to show on the pages of the reading room."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from bot.editions.edition import Edition, Entry
from bot.editions.period import Period
from bot.language import Language
from bot.papers.figures import Figures
from bot.store.papers import Known
from bot.topics.catalogue import Topic


@dataclass(frozen=True, slots=True)
class Front:
    """The latest day by topic: how many papers each has, and the first of them."""

    day: date | None
    announced: int = 0
    sections: tuple[tuple[Topic, int, tuple[Entry, ...]], ...] = ()
    empty: tuple[Topic, ...] = ()
    before: date | None = None


@dataclass(frozen=True, slots=True)
class Told:
    """An edition with what stands around it. `figures` are by the number of the paper."""

    edition: Edition
    languages: tuple[Language, ...]
    before: date | None
    after: date | None
    neighbours: tuple[tuple[Topic, int], ...]
    figures: Mapping[str, Figures]


@dataclass(frozen=True, slots=True)
class About:
    """One paper, its text in the language asked for, its day, and the topics that it was filed under there."""

    known: Known
    entry: Entry
    languages: tuple[Language, ...]
    figures: Figures | None
    day: date | None
    topics: tuple[Topic, ...]


@dataclass(frozen=True, slots=True)
class Retold:
    """A roundup that was made, and the languages in which it was."""

    topic: Topic
    period: Period
    languages: tuple[Language, ...]


@dataclass(frozen=True, slots=True)
class Found:
    """What a search found, the newest day first; `more` if there is more than is shown."""

    entries: tuple[tuple[date, Entry], ...]
    days: tuple[date, ...]
    more: bool = False
