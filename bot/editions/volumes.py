"""How many papers each topic had, day by day, as far as the announcements were read and filed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from statistics import median

from bot.announcements.batch import State
from bot.editions.days import Day, Days, Papers
from bot.editions.filing import Filing
from bot.papers.ids import PaperId
from bot.papers.schedule import announcement_days
from bot.topics.catalogue import Catalogue, Topic

LOOKED_BACK = 30  # days of announcements
WEEK = 5  # announcements of an ordinary week
_BEFORE = 4 * WEEK
_HELD = 64  # days at hand


@dataclass(frozen=True, slots=True)
class Trend:
    """How many papers a topic had on the days that were counted, the oldest first, and how many all had.

    `partial` are those of these days of which some categories could not be read; `left_out` are announcement
    days between them that were not counted at all.
    """

    topic: Topic
    days: tuple[date, ...] = ()
    counts: tuple[int, ...] = ()
    announced: tuple[int, ...] = ()
    partial: tuple[date, ...] = ()
    left_out: tuple[date, ...] = ()

    @property
    def median(self) -> float:
        """The papers of an ordinary day; 0 without any days."""
        return median(self.counts) if self.counts else 0.0

    @property
    def late(self) -> tuple[int, ...]:
        """The counts of the last five days."""
        return self.counts[-WEEK:]

    @property
    def before(self) -> tuple[int, ...]:
        """The counts of the four weeks before the last five days, of as much of them as was counted."""
        return self.counts[:-WEEK][-_BEFORE:]

    @property
    def change(self) -> float | None:
        """How much more papers a day the last five days had than those before, in parts; None if that says nothing."""
        usual = sum(self.before) / len(self.before) if len(self.before) >= WEEK else 0.0
        return sum(self.late) / len(self.late) / usual - 1 if usual else None

    @property
    def rising(self) -> float:
        """What topics are ordered by: the change, in which a handful of papers counts for little."""
        early = self.before or self.counts[:1]
        if not early:
            return 0.0
        usual = sum(early) / len(early)
        return (sum(self.late) / len(self.late) - usual) / (usual + 3)

    @property
    def share(self) -> float | None:
        """The topic's part of all that was announced; None if that was nothing."""
        return sum(self.counts) / sum(self.announced) if sum(self.announced) else None


class Volumes:
    """Counts what is filed; nothing is read or filed for it. Raises `StoreUnavailable` throughout."""

    def __init__(self, days: Days, filing: Filing, catalogue: Callable[[], Catalogue]) -> None:
        self._days = days
        self._filing = filing
        self._catalogue = catalogue
        self._counts: dict[date, tuple[str, Counter[str]]] = {}

    async def recent(self, most: int) -> list[date]:
        """Return the last days on which papers were announced and read, the newest first."""
        found: list[date] = []
        for day in await self._days.recent(2 * most + 10):
            if len(found) == most:
                break
            if (await self._days.read(day)).ids:
                found.append(day)
        return found

    async def trends(self) -> Mapping[str, Trend]:
        """Return the trend of every topic, by its id."""
        days: list[tuple[Day, Counter[str]]] = []
        for day in reversed(await self.recent(LOOKED_BACK)):
            known = await self._days.read(day)
            if (counts := await self._count(known)) is not None:
                days.append((known, counts))
        counted = tuple(known.day for known, _ in days)
        due = announcement_days(counted[0], counted[-1]) if counted else []
        left_out = tuple(day for day in due if day not in counted)
        partial = tuple(known.day for known, _ in days if _is_partial(known))
        announced = tuple(len(known.ids) for known, _ in days)
        return {
            topic.id: Trend(
                topic, counted, tuple(counts[topic.id] for _, counts in days), announced, partial, left_out
            )
            for topic in self._catalogue()
        }

    async def _count(self, known: Day) -> Counter[str] | None:
        """Return how many papers each topic had, None if the day is not filed."""
        held = self._counts.get(known.day)
        if held and held[0] == known.mark:
            return held[1]
        if not await self._filing.knows(known):
            return None
        shelves = await self._filing.topics(known, self._on_shelf)
        counts = Counter(match.topic for found in shelves.matches.values() for match in found)
        self._counts[known.day] = (known.mark, counts)
        while len(self._counts) > _HELD:
            del self._counts[next(iter(self._counts))]
        return counts

    async def _on_shelf(self, ids: Sequence[PaperId]) -> Papers:
        return await self._days.papers(ids, fetch=False)


def _is_partial(known: Day) -> bool:
    """Whether more may have been announced; a small category whose feed was empty is no sign of it."""
    return any(batch.state not in (State.READ, State.HOLIDAY, State.EMPTY) for batch in known.batches)
