"""What some weeks of announcements hold for one topic or query."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from bot.editions.days import Day, Days, Papers
from bot.editions.filing import Filing
from bot.editions.selection import Fitting
from bot.errors import ArxivClosed, ArxivUnavailable
from bot.papers.ids import PaperId
from bot.papers.schedule import announcement_days
from bot.topics.matching import Match
from bot.topics.wanted import Wanted

log = logging.getLogger(__name__)

LONGEST = 31  # days
_BEST = 100  # of a day's papers that are looked at closely: a month of a broad topic is thousands

Told = Callable[[int, int], None]  # so many of so many


@dataclass(frozen=True, slots=True)
class Period:
    """Days from `first` to `last`, both included."""

    first: date
    last: date

    @classmethod
    def until(cls, last: date, days: int) -> Period:
        """Return the `days` that end with `last`."""
        return cls(last - timedelta(days=days - 1), last)

    @property
    def announcements(self) -> list[date]:
        """Its days on which announcements are due."""
        return announcement_days(self.first, self.last)


@dataclass(frozen=True, slots=True)
class Gathered:
    """The best of the papers of a period that fit, each once, in no order that matters.

    `announced` counts the papers of all its days, `matched` those that fit, `missing` those that could not be
    looked at; `reconstructed` counts the days that were rebuilt from submission dates, and `unread` names those
    that could not be had.
    """

    period: Period
    fitting: tuple[Fitting, ...]
    announced: int = 0
    matched: int = 0
    missing: int = 0
    reconstructed: int = 0
    unread: tuple[date, ...] = ()

    @property
    def whole(self) -> bool:
        """Whether another look at the same days would find no more."""
        return not (self.unread or self.missing)


async def gather(period: Period, wanted: Wanted, days: Days, filing: Filing, told: Told) -> Gathered:
    """Return what was announced in the period and fits; days that were not read are rebuilt.

    `told` hears of each day before it is read. Raises `ArxivUnavailable` and `ArxivClosed` where no day at all
    can be had, and `StoreUnavailable`.
    """
    fitting: dict[str, Fitting] = {}
    announced: set[str] = set()
    matched: set[str] = set()
    missing = reconstructed = 0
    unread: list[date] = []
    failure: ArxivUnavailable | ArxivClosed | None = None
    due = period.announcements
    for number, day in enumerate(due, 1):
        told(number, len(due))
        try:
            known = await days.day(day)
            found, numbers, lost = await _fitting(known, wanted, days, filing)
        except (ArxivUnavailable, ArxivClosed) as error:
            log.warning("%s cannot be had for a roundup: %s", day, error)
            failure = error
            unread.append(day)
            continue
        if known.ahead:
            unread.append(day)
        announced.update(paper_id.number for paper_id in known.ids)
        matched |= numbers
        for one in found:
            fitting.setdefault(one.paper.id.number, one)
        missing += lost
        reconstructed += known.reconstructed
    if failure and len(unread) == len(due):
        raise failure
    return Gathered(
        period,
        tuple(fitting.values()),
        len(announced),
        len(matched),
        missing,
        reconstructed,
        tuple(unread),
    )


async def _fitting(
    known: Day, wanted: Wanted, days: Days, filing: Filing
) -> tuple[list[Fitting], set[str], int]:
    """Return the best of the day's papers that fit, the numbers of all, and how many could not be looked at."""
    if not known.ids:
        return [], set(), 0

    async def load(ids: Sequence[PaperId]) -> Papers:
        return await days.papers(ids, fetch=True)

    shelves = await filing.topics(known, load)
    filed = await filing.ranked(known, wanted, load)
    best = {one.number: one for one in filed[:_BEST]}
    loaded = await load([paper_id for paper_id in known.ids if paper_id.number in best])
    withdrawn = await days.withdrawn(loaded.papers)
    fitting = [
        Fitting(
            withdrawn.get(paper.id.number, paper),
            Match(wanted.typed, best[paper.id.number].score, best[paper.id.number].reason),
            {
                match.topic: match.score
                for match in shelves.matches.get(paper.id.number, ())
                if wanted.topic is None or match.topic != wanted.topic.id
            },
        )
        for paper in loaded.papers
    ]
    return fitting, {one.number for one in filed}, shelves.missing + loaded.missing
