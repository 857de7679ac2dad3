"""One edition: what a day's announcements hold for one topic or query, complete and counted."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from bot.language import Language
from bot.papers.paper import Paper
from bot.store.matched import Matches
from bot.topics.matching import Reason
from bot.topics.wanted import Wanted
from bot.writing.tasks.brief import Brief
from bot.writing.written import Written


class Why(StrEnum):
    """Why an edition holds nothing."""

    NO_MATCH = "no match"
    HOLIDAY = "holiday"  # no announcement was due: weekend or holiday
    EMPTY = "empty"  # one was due, and the feed said nothing
    STALE = "stale"  # the feed still told of the day before
    UNREACHABLE = "unreachable"
    UNREAD = "unread"
    AHEAD = "ahead"  # the announcement is still to come


@dataclass(frozen=True, slots=True)
class Entry:
    """A paper in an edition. `topics` are the ids of all topics of the catalogue that it was filed under.

    `written` is there for what is shown, and for what happened to be written about before. `also` is what else
    the chat follows that the paper fits, as it is typed.
    """

    paper: Paper
    score: float
    reason: Reason
    topics: tuple[str, ...]
    shown: bool
    venue: str | None = None
    written: Written[Brief] | None = None
    also: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Edition:
    """The papers of a day that fit what is wanted, the best first; the first of them are shown.

    Where several days come together, `first` is the first of them and `day` the last. `announced` counts the
    papers of the announcement, `missing` those of them that could not be looked at. `reconstructed`: not read
    at the time but rebuilt from the arXiv's submission dates. `incomplete` names the categories of which not
    all is known, with the reason. `page` is its address in the reading room, "" where people cannot reach that.
    """

    wanted: Wanted
    day: date
    language: Language
    announced: int
    entries: tuple[Entry, ...]
    first: date | None = None
    empty: Why | None = None
    reconstructed: bool = False
    late: bool = False
    incomplete: tuple[tuple[str, str], ...] = ()
    missing: int = 0
    page: str = ""

    @property
    def matched(self) -> int:
        return len(self.entries)

    @property
    def matches(self) -> Matches:
        """All papers that matched, as they are kept for the button beneath."""
        ids = tuple(entry.paper.id for entry in self.entries)
        return Matches(self.wanted.typed, self.first or self.day, self.day, ids)

    @property
    def shown(self) -> tuple[Entry, ...]:
        return tuple(entry for entry in self.entries if entry.shown)
