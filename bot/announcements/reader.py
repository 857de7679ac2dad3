"""The reader: looks for each day's batches until they are there, and catches up with the days it missed."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta

from bot.announcements.batch import Batch, Item, Source, State
from bot.announcements.harvest import HELD, Found, from_records, from_search
from bot.announcements.judging import in_order, judge
from bot.announcements.record import Announcements
from bot.errors import ArxivClosed, ArxivUnavailable
from bot.logs import about
from bot.papers.api import ArxivApi
from bot.papers.feed import Feed, Feeds
from bot.papers.ids import PaperId
from bot.papers.oai import Harvester
from bot.papers.paper import Paper
from bot.papers.schedule import (
    NEW_YORK,
    announcement_days,
    is_announcement_day,
    latest_day,
    submission_window,
)
from bot.store.lease import Lease
from bot.store.papers import PaperRecords

log = logging.getLogger(__name__)

_OPENS = timedelta(minutes=10)  # after midnight in New York the feeds are new
WINDOW = timedelta(hours=3)  # after that, in which most of what is late comes
_OFTEN, _SELDOM = timedelta(minutes=10), timedelta(hours=1)  # between two looks, in the window and after it
_JITTER = timedelta(seconds=30)  # of whoever calls `tick`
_SKEW = timedelta(
    hours=1
)  # between the clocks of two processes; what is further ahead is a clock that jumped
# The table of holidays may be wrong: on one that falls on a working day we look once, this late.
_DOUBT = WINDOW - timedelta(minutes=30)
_LONGEST_GAP = timedelta(days=30)  # what was missed before is given up
_RECENT = timedelta(days=14)  # in which the batch before a feed's is found
_REMEMBERED = timedelta(days=60)  # that a feed is compared with
_MEMORY = timedelta(days=400)  # that records are compared with
_AT_ONCE = 250  # ids in one request
_PAGE = 1000  # papers of a search

Categories = Callable[[], Awaitable[Collection[str]]]


@dataclass(slots=True)
class _Watch:
    """How things stand with one category: what is on record since its watermark, and what is to be done."""

    category: str
    mark: date
    batches: dict[date, Batch]
    today: date
    look: date | None = None
    missed: list[date] = field(default_factory=list)

    def settled(self, day: date) -> bool:
        """Whether nobody needs to look for the batch of `day` again."""
        return day <= self.mark or (day in self.batches and self.batches[day].settled)

    def due(self, day: date) -> bool:
        """Whether a batch of `day` was to be expected, or was seen in spite of a holiday."""
        return is_announcement_day(day) or day in self.batches

    def reached(self) -> date:
        """Return the watermark: the day up to which everything is settled."""
        days = [day for day in self.batches if not self.settled(day)]
        last = max((day for day in self.batches if self.settled(day)), default=self.mark)
        open_days = [*self.missed, *days]
        if open_days:
            last = min(last, min(open_days) - timedelta(days=1))
        return max(self.mark, last)


class Reader:
    """Read the announcements of the categories that are wanted, in whichever process comes first.

    Call `tick` every few minutes, in any number of processes: it decides by what is on record whether
    anything is due, so that neither restarts nor many callers make more requests than there are batches.
    """

    def __init__(
        self,
        *,
        feeds: Feeds,
        harvester: Harvester,
        api: ArxivApi,
        announcements: Announcements,
        records: PaperRecords,
        lease: Lease,
        categories: Categories,
    ) -> None:
        """`lease` is the right to read, one for all processes; `categories` says what is wanted now."""
        self._feeds = feeds
        self._harvester = harvester
        self._api = api
        self._announcements = announcements
        self._records = records
        self._lease = lease
        self._categories = categories
        self._ticking = asyncio.Lock()

    async def tick(self, now: datetime) -> frozenset[date]:
        """Do what is due; return the days of which batches became known. Raises `StoreUnavailable`.

        Where another process is at work it waits for that, and then finds nothing due.
        """
        changed: set[date] = set()

        async def work() -> None:
            await self._work(now, changed)

        async with self._ticking:
            watches = await self._watches(now)
            due = any(watch.look or _missed_due(watch, now) for watch in watches)
            if due or _bare(watches, now):
                await self._lease.hold(work)
        return frozenset(changed)

    async def _work(self, now: datetime, changed: set[date]) -> None:
        watches = await self._watches(now)
        for watch in watches:
            if watch.look:
                with about(category=watch.category, day=watch.look):
                    await self._look(watch, watch.look, now, changed)
        await self._enrich(_bare(watches, now), now)
        for watch in watches:
            if _missed_due(watch, now):
                with about(category=watch.category):
                    await self._catch_up(watch, now, changed)

    # What is due

    async def _watches(self, now: datetime) -> list[_Watch]:
        today, day = _today(now), latest_day(now)
        marks = {
            category: mark
            for category, mark in (await self._announcements.watermarks()).items()
            if mark <= today
        }
        wanted = sorted(await self._categories())
        # Without a watermark we begin with the newest announcement: what was before is not missed.
        begin = _announcement_before(day)
        oldest = min((marks.get(category, begin) for category in wanted), default=begin)
        span = _weekdays(max(min(oldest, begin), today - _LONGEST_GAP), today)
        known: dict[str, dict[date, Batch]] = {category: {} for category in wanted}
        for batch in await self._announcements.batches(wanted, span):
            known[batch.category][batch.day] = batch
        return [
            _watch(category, marks.get(category, begin), known[category], span, now) for category in wanted
        ]

    # Feeds

    async def _look(self, watch: _Watch, day: date, now: datetime, changed: set[date]) -> None:
        """Look for the batch of `day`: one request, and those that complete a feed that was cut."""
        before = watch.batches.get(day) or Batch(watch.category, day)
        if before.state is State.TRUNCATED:
            await self._complete(watch, before, now, changed)
            return
        try:
            feed = await self._feeds.read(watch.category)
        except (ArxivUnavailable, ArxivClosed) as error:
            log.warning("no feed: %s", error)
            malformed = isinstance(error, ArxivUnavailable) and error.reason == "malformed"
            state = State.MALFORMED if malformed else State.UNREACHABLE
            await self._save(watch, [replace(before, state=state, read_at=now)], changed)
            return
        memory = await self._announcements.memory(watch.category, day - _REMEMBERED, day)
        days = _weekdays(day - _RECENT, day - timedelta(days=1))
        earlier = await self._announcements.batches([watch.category], days)
        previous = next((batch for batch in reversed(earlier) if batch.items), None)
        batch = judge(feed, day, memory=memory, previous=previous, now=now)
        if batch.day != day:
            if batch.day in watch.missed:
                await self._keep(watch, batch, _papers_of(feed), now, changed)
            batch = replace(before, state=State.STALE, read_at=now)
        if batch.state in (State.EMPTY, State.STALE) and not is_announcement_day(day):
            batch = replace(batch, state=State.HOLIDAY)
        await self._keep(watch, batch, _papers_of(feed), now, changed)
        if batch.state is State.TRUNCATED:
            await self._complete(watch, batch, now, changed)

    async def _complete(self, watch: _Watch, batch: Batch, now: datetime, changed: set[date]) -> None:
        """Add what the feed had no room for: records of that day that the category had not announced."""
        day = batch.day
        try:
            records = await self._harvester.records(watch.category, day, day)
        except (ArxivUnavailable, ArxivClosed) as error:
            log.warning("the feed was cut, and its rest cannot be had: %s", error)
            await self._save(watch, [replace(batch, read_at=now)], changed)
            return
        memory = await self._announcements.memory(watch.category, day - _MEMORY, day)
        found = from_records(records, watch.category, [day], memory, current=True).get(day, [])
        items = in_order([*batch.items, *(item for item, _ in found)])
        whole = replace(batch, state=State.READ, items=items, source=Source.FEED_AND_OAI, read_at=now)
        await self._keep(watch, whole, {item.id: paper for item, paper in found}, now, changed)

    # Gaps

    async def _catch_up(self, watch: _Watch, now: datetime, changed: set[date]) -> None:
        """Put the missed batches together, once: they are saved with the watermark that moves past them."""
        category, missed, today = watch.category, watch.missed, _today(now)
        memory = await self._announcements.memory(category, missed[0] - _MEMORY, today)
        current = watch.settled(today) and is_announcement_day(today)
        try:
            source = Source.OAI
            records = await self._harvester.records(category, missed[0], today)
            found = from_records(records, category, missed, memory, current=current)
        except (ArxivUnavailable, ArxivClosed) as error:
            log.warning("no records since %s: %s", missed[0], error)
            try:
                source = Source.SEARCH
                found = from_search(await self._search(category, missed), category, missed, memory)
            except (ArxivUnavailable, ArxivClosed) as second:
                log.warning("no search since %s: %s", missed[0], second)
                await self._save(watch, [_unreached(watch, day, now) for day in missed], changed)
                return
        await self._put((pair for pairs in found.values() for pair in pairs), now)
        batches = [_caught_up(watch, day, found, source, now) for day in missed]
        await self._save(watch, batches, changed)
        log.info("caught up with %d days from %s", len(batches), source)

    async def _search(self, category: str, missed: Sequence[date]) -> list[Paper]:
        first, last = submission_window(missed[0])[0] - HELD, submission_window(missed[-1])[1]
        query = f"cat:{category} AND submittedDate:[{first:%Y%m%d%H%M} TO {last:%Y%m%d%H%M}]"
        papers: list[Paper] = []
        while True:
            found = await self._api.search(query, start=len(papers), most=_PAGE, background=True)
            papers += found.papers
            if not found.papers or len(papers) >= found.total:
                return papers

    # Comments and dates

    async def _enrich(self, batches: Sequence[Batch], now: datetime) -> None:
        """Look up what feeds do not say; what cannot be had now is tried again, and holds nothing up."""
        if not batches:
            return
        ids = dict.fromkeys(item.id for batch in batches for item in batch.announced)
        known = await self._records.get_many(ids)
        there = {paper_id for paper_id, record in known.items() if record.complete}
        bare = [paper_id for paper_id in ids if paper_id not in there]
        try:
            for start in range(0, len(bare), _AT_ONCE):
                found = await self._api.papers(bare[start : start + _AT_ONCE], background=True)
                papers = {paper_id: paper for paper_id, paper in found.items() if paper}
                await self._records.put_announced(papers.values(), now)
                there |= set(papers)
        except (ArxivUnavailable, ArxivClosed) as error:
            log.warning("comments of %d announced papers have to wait: %s", len(set(ids) - there), error)
        await self._announcements.save(
            *(
                replace(batch, enriched=all(item.id in there for item in batch.announced), enriched_at=now)
                for batch in batches
            )
        )

    # What is put on record

    async def _keep(
        self, watch: _Watch, batch: Batch, papers: Mapping[PaperId, Paper], now: datetime, changed: set[date]
    ) -> None:
        # First the papers: a batch must not name what cannot be found.
        await self._put(((item, papers[item.id]) for item in batch.items if item.id in papers), now)
        await self._save(watch, [batch], changed)
        log.info("%s: %s, %d announced", batch.day, batch.state, len(batch.announced))

    async def _put(self, found: Iterable[tuple[Item, Paper]], now: datetime) -> None:
        """Put announced papers on record, and replacements of papers that are there."""
        pairs = list(found)
        replaced = [item.id.unversioned for item, _ in pairs if not item.announced]
        known = await self._records.get_many(replaced)
        papers = [paper for item, paper in pairs if item.announced or item.id.unversioned in known]
        await self._records.put_announced(papers, now)

    async def _save(self, watch: _Watch, batches: Sequence[Batch], changed: set[date]) -> None:
        for batch in batches:
            before = watch.batches.get(batch.day) or Batch(watch.category, batch.day)
            came = batch.state is State.READ and not before.settled
            if came or len(batch.announced) > len(before.announced):
                changed.add(batch.day)
            watch.batches[batch.day] = batch
        watch.missed = [day for day in watch.missed if not watch.settled(day)]
        await self._announcements.save(*batches, watermark=(watch.category, watch.reached()))


def _papers_of(feed: Feed) -> dict[PaperId, Paper]:
    return {item.paper.id: item.paper for item in feed.items}


def _watch(
    category: str, mark: date, batches: dict[date, Batch], span: Sequence[date], now: datetime
) -> _Watch:
    today = _today(now)
    # What a clock that was ahead has read is as if nobody had looked.
    batches = {d: b for d, b in batches.items() if not b.read_at or b.read_at <= now + _SKEW}
    watch = _Watch(category, mark, batches, today)
    watch.missed = [day for day in span if day < today and not watch.settled(day) and watch.due(day)]
    opens = _opening(today) + (timedelta(0) if is_announcement_day(today) else _DOUBT)
    # In the first minutes of a day nobody knows whose feed it is.
    is_open = now >= opens and now.astimezone(NEW_YORK).date() == today
    if is_open and today.weekday() < 5 and not watch.settled(today) and _is_due(batches.get(today), now):
        watch.look = today
    return watch


def _missed_due(watch: _Watch, now: datetime) -> bool:
    """Whether to catch up now: what was announced today is taken off first, where that can be had."""
    if not watch.missed:
        return False
    today = watch.today
    waiting = is_announcement_day(today) and not watch.settled(today) and now < _opening(today) + WINDOW
    tried = (watch.batches[day] for day in watch.missed if day in watch.batches)
    # Only what was tried after its day ended was an attempt to catch up.
    ended = _opening(today)
    return not waiting and all(
        _is_due(batch, now) for batch in tried if batch.read_at and batch.read_at >= ended
    )


def _bare(watches: Iterable[_Watch], now: datetime) -> list[Batch]:
    """Return the batches of the last two announcements whose comments are due to be looked up."""
    first = _announcement_before(latest_day(now))
    return [
        batch
        for watch in watches
        for day, batch in sorted(watch.batches.items())
        if day >= first
        and batch.state in (State.READ, State.TRUNCATED)
        and not batch.enriched
        and _is_past(batch.enriched_at, now)
    ]


def _caught_up(watch: _Watch, day: date, found: Found, source: Source, now: datetime) -> Batch:
    before = watch.batches.get(day) or Batch(watch.category, day)
    items = in_order([*before.items, *(item for item, _ in found.get(day, ()))])
    return replace(
        before,
        state=State.READ if items else State.EMPTY if is_announcement_day(day) else State.HOLIDAY,
        items=items,
        read_at=now,
        source=source,
        late=True,
        enriched=not before.items,  # records and searches tell comments and dates
    )


def _unreached(watch: _Watch, day: date, now: datetime) -> Batch:
    before = watch.batches.get(day) or Batch(watch.category, day)
    state = before.state if before.items else State.UNREACHABLE
    return replace(before, state=state, read_at=now)


def _is_due(batch: Batch | None, now: datetime) -> bool:
    return batch is None or _is_past(batch.read_at, now)


def _is_past(tried: datetime | None, now: datetime) -> bool:
    """Whether it is time to try again."""
    if tried is None or tried > now + _SKEW:
        return True
    in_window = now < _opening(_today(now)) + WINDOW
    return now - tried >= (_OFTEN if in_window else _SELDOM) - _JITTER


def _today(now: datetime) -> date:
    """Return the date in New York, where a day begins ten minutes late: with its feeds."""
    return (now.astimezone(NEW_YORK) - _OPENS).date()


def _opening(day: date) -> datetime:
    return (datetime.combine(day, time(), NEW_YORK) + _OPENS).astimezone(UTC)


def _announcement_before(day: date) -> date:
    return announcement_days(day - timedelta(days=14), day - timedelta(days=1))[-1]


def _weekdays(first: date, last: date) -> list[date]:
    days = (first + timedelta(days=n) for n in range((last - first).days + 1))
    return [day for day in days if day.weekday() < 5]
