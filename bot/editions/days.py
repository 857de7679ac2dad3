"""What was announced on a day: as it was read at the time, or rebuilt from submission dates."""

from __future__ import annotations

import hashlib
import json
import logging
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from functools import cached_property

from bot.announcements.batch import Batch, State
from bot.announcements.record import Announcements
from bot.errors import ArxivClosed, ArxivUnavailable
from bot.papers.api import ArxivApi
from bot.papers.ids import PaperId
from bot.papers.paper import Paper
from bot.papers.schedule import is_announcement_day, latest_day, submission_window
from bot.store.cache import Cache
from bot.store.client import Store
from bot.store.flight import SingleFlight
from bot.store.papers import PaperRecords

log = logging.getLogger(__name__)

_REMEMBERED = 35 * 86_400  # seconds
_SLICE = 2000  # papers in one answer of the query API
_AT_ONCE = 250  # ids in one request to it
_NOT_READ = (State.UNREAD, State.UNREACHABLE, State.MALFORMED)


@dataclass(frozen=True, eq=False)
class Day:
    """The papers of a day, each once however many categories it is in, and the batches that told of them.

    `ahead`: its announcement is still to come.
    """

    day: date
    ids: tuple[PaperId, ...]
    batches: tuple[Batch, ...] = ()
    reconstructed: bool = False
    ahead: bool = False

    @cached_property
    def mark(self) -> str:
        """The same for as long as the same papers are known, and the same about them."""
        enriched = (batch.category for batch in self.batches if batch.enriched)
        said = " ".join([*sorted(map(str, self.ids)), *enriched])
        return hashlib.sha256(said.encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Papers:
    """Papers that were asked for; `missing` counts those that could not be had."""

    papers: Sequence[Paper]
    missing: int = 0


class Days:
    """The days that were read, and those that can be rebuilt."""

    def __init__(
        self,
        *,
        announcements: Announcements,
        records: PaperRecords,
        api: ArxivApi,
        store: Store,
        cache: Cache,
        categories: Callable[[], Awaitable[set[str]]],
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        """`categories` names those that are read; a day that was not read is rebuilt from the same."""
        self._announcements = announcements
        self._records = records
        self._api = api
        self._cache = cache
        self._categories = categories
        self._clock = clock
        self._rebuilding: SingleFlight[list[str]] = SingleFlight(store)

    async def recent(self, most: int) -> list[date]:
        """Return the last days of which anything was read, the newest first."""
        return await self._announcements.days(most)

    async def read(self, day: date) -> Day:
        """Return what was read of `day`, be it nothing."""
        batches = tuple(await self._announcements.day(day))
        newest: dict[str, PaperId] = {}
        for batch in batches:
            for item in batch.announced:
                newest[item.id.number] = max(item.id, newest.get(item.id.number, item.id))
        return Day(day, tuple(newest[number] for number in sorted(newest)), batches)

    async def day(self, day: date) -> Day:
        """Return what was read of `day`, or rebuild it if it was announced and not read at the time.

        Raises `ArxivUnavailable`, `ArxivClosed`, `StoreUnavailable`.
        """
        known = await self.read(day)
        if any(batch.state not in _NOT_READ for batch in known.batches) or not is_announcement_day(day):
            return known
        if day > latest_day(self._clock()):
            return replace(known, ahead=True)
        return _rebuilt_of(known, await self._rebuilt(day))

    async def kept(self, day: date) -> Day:
        """Return what was read of `day`, or rebuilt of it before; the arXiv is not asked for anything."""
        known = await self.read(day)
        if any(batch.state not in _NOT_READ for batch in known.batches) or not is_announcement_day(day):
            return known
        if day > latest_day(self._clock()):
            return replace(known, ahead=True)
        found = await self._find_rebuilt(self._rebuilt_key(day, await self._categories()))
        return known if found is None else _rebuilt_of(known, found)

    async def papers(self, ids: Iterable[PaperId], *, fetch: bool, background: bool = False) -> Papers:
        """Return the papers of `ids` in their order, without those that the arXiv has no more.

        With `fetch`, those that are no longer on the shelf are looked up. Raises `ArxivUnavailable` and
        `ArxivClosed` only where nothing at all can be had.
        """
        wanted = list(ids)
        papers = {paper_id: known.paper for paper_id, known in (await self._records.get_many(wanted)).items()}
        missing = [paper_id for paper_id in wanted if paper_id not in papers]
        if not fetch:
            return Papers(list(papers.values()), len(missing))
        while missing:
            try:
                found = await self._api.papers(missing[:_AT_ONCE], background=background)
            except (ArxivUnavailable, ArxivClosed) as error:
                if not papers:
                    raise
                log.warning("%d announced papers cannot be looked up: %s", len(missing), error)
                break
            come = {paper_id: paper for paper_id, paper in found.items() if paper}
            await self._records.put_announced(come.values(), self._clock())
            papers |= come
            missing = missing[_AT_ONCE:]
        return Papers([papers[paper_id] for paper_id in wanted if paper_id in papers], len(missing))

    async def withdrawn(self, papers: Sequence[Paper]) -> dict[str, Paper]:
        """Return those papers of which a newer version on record says that they were withdrawn, by number."""
        newest = await self._records.get_many([paper.id.unversioned for paper in papers])
        return {known.paper.id.number: known.paper for known in newest.values() if known.paper.withdrawn}

    async def _rebuilt(self, day: date) -> list[str]:
        categories = sorted(await self._categories())
        key = self._rebuilt_key(day, categories)

        async def find() -> list[str] | None:
            return await self._find_rebuilt(key)

        async def rebuild() -> list[str]:
            ids = [str(paper.id) for paper in await self._submitted_for(day, categories)]
            await self._cache.shelve(key, json.dumps(ids), _REMEMBERED)
            return ids

        found = await find()
        return found if found is not None else await self._rebuilding.run(key, find, rebuild)

    async def _find_rebuilt(self, key: str) -> list[str] | None:
        (text,) = await self._cache.get(key)
        return json.loads(text) if text else None

    @staticmethod
    def _rebuilt_key(day: date, categories: Iterable[str]) -> str:
        return f"pw:rebuilt:{day}:{'+'.join(sorted(categories))}"

    async def _submitted_for(self, day: date, categories: list[str]) -> list[Paper]:
        start, end = submission_window(day)
        where = " OR ".join(f"cat:{category}" for category in categories)
        query = f"({where}) AND submittedDate:[{start:%Y%m%d%H%M} TO {end:%Y%m%d%H%M}]"
        papers: dict[str, Paper] = {}
        seen = 0
        while True:
            page = await self._api.search(query, start=seen, most=_SLICE)
            seen += len(page.papers)
            for paper in page.papers:
                if paper.published and start <= paper.published < end:  # the range takes its last minute in
                    papers[paper.id.number] = paper
            if seen >= page.total:
                break
            if not page.papers:  # what is cut short is no day
                raise ArxivUnavailable("malformed")
        await self._records.put_announced(papers.values(), self._clock())
        return list(papers.values())


def _rebuilt_of(known: Day, ids: Iterable[str]) -> Day:
    return replace(known, ids=tuple(map(PaperId.parse, ids)), reconstructed=True)
