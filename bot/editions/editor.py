"""The editor: from what was announced to an edition, and to the latest papers on a topic."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date

from bot.announcements.batch import Source, State
from bot.editions.days import Day, Days, Papers
from bot.editions.edition import Edition, Entry, Why
from bot.editions.filing import Filed, Filing, Load
from bot.editions.public import Public
from bot.editions.searches import Searches
from bot.errors import CeilingReached, ModelUnavailable, ModelUnusable
from bot.language import Language
from bot.papers.ids import PaperId
from bot.papers.paper import Paper
from bot.papers.schedule import is_announcement_day
from bot.store.papers import Known, PaperRecords
from bot.topics.matching import Match, Reason
from bot.topics.ranking import venue_of
from bot.topics.wanted import Wanted
from bot.writing.library import Library, Purse

TOP = 10  # papers shown
_AT_ONCE = 10  # texts written at the same time
_LOOKED_BACK = 14  # days of announcements that the latest papers are taken from

_EMPTY = {
    State.HOLIDAY: Why.HOLIDAY,
    State.EMPTY: Why.EMPTY,
    State.STALE: Why.STALE,
    State.UNREAD: Why.UNREAD,
}


@dataclass(frozen=True, slots=True)
class Latest:
    """Papers on a topic, those of the newest day first, with the day of each.

    `searched`: nothing that was announced matched, so the arXiv was asked.
    """

    wanted: Wanted
    entries: tuple[tuple[date | None, Entry], ...]
    more: bool
    searched: bool = False


class Editor:
    """Puts editions together. Everything that costs is done once for all who ask."""

    def __init__(
        self,
        *,
        days: Days,
        filing: Filing,
        searches: Searches,
        records: PaperRecords,
        library: Library,
        public: Public = Public(),  # noqa: B008 - frozen
    ) -> None:
        self.public = public
        self._days = days
        self._filing = filing
        self._searches = searches
        self._records = records
        self._library = library

    async def edition(
        self, day: date, wanted: Wanted, language: Language, purse: Purse, *, top: int = TOP
    ) -> Edition:
        """Return the edition of `day`, what it shows written about; rebuilt if the day was not read.

        A text that cannot be written is extracted. Raises `ArxivUnavailable`, `ArxivClosed`, `StoreUnavailable`.
        """
        known = await self._days.day(day)
        entries, missing = await self.entries(known, wanted)
        at_once = asyncio.Semaphore(_AT_ONCE)

        async def shown(entry: Entry) -> Entry:
            async with at_once:
                return await self.write(replace(entry, shown=True), language, purse)

        found = (*await asyncio.gather(*map(shown, entries[:top])), *entries[top:])
        edition = edition_of(known, wanted, language, found, missing)
        return replace(edition, page=self.public.page(wanted, day, language))

    async def latest(
        self, wanted: Wanted, language: Language, *, first: int = 0, count: int = TOP, at_hand: bool = False
    ) -> Latest:
        """Return matches of the last days from the one numbered `first`; nothing is written for it.

        Where nothing announced matches, one search of the arXiv answers; with `at_hand` nothing does, and no day is
        filed for it. Raises as `edition` does.
        """
        found: list[tuple[Day, Filed]] = []
        waiting = at_hand
        for day in await self._days.recent(_LOOKED_BACK):
            known = await self._days.read(day)
            if not known.ids:
                continue
            if wanted.topic and not await self._filing.knows(known):
                # A second of work for each day: the schedule does it, and who asks waits for one at most.
                if waiting:
                    continue
                waiting = True
            found += [(known, filed) for filed in await self._filing.ranked(known, wanted, self._on_shelf)]
            if len(found) > first + count:
                break
        if found:
            page = await self._listed(found[first : first + count])
            more = len(found) > first + count
        else:
            searched = [] if at_hand else await self._search(wanted)
            page = [(None, entry) for entry in searched[first : first + count]]
            more = len(searched) > first + count
        written = await self._library.written([entry.paper for _, entry in page], language)
        entries = tuple(
            (day, replace(entry, written=None if entry.paper.withdrawn else text))
            for (day, entry), text in zip(page, written, strict=True)
        )
        return Latest(wanted, entries, more, searched=not found and not at_hand)

    async def file(self) -> None:
        """File the days that were read of late and are not filed yet, the newest first. Raises as `edition` does."""
        for day in await self._days.recent(_LOOKED_BACK):
            known = await self._days.read(day)
            if known.ids and not await self._filing.knows(known):
                await self._filing.topics(known, self._in_background)

    async def _search(self, wanted: Wanted) -> list[Entry]:
        """Return the papers that the arXiv has, as far as they fit, the newest first."""
        papers = list(await self._searches.find(wanted.query, "submittedDate"))
        matches = await self._filing.of(papers, wanted)
        fitting = [(paper, match) for paper, match in zip(papers, matches, strict=True) if match]
        return [Entry(paper, match.score, match.reason, (), shown=False) for paper, match in fitting]

    async def entries(self, known: Day, wanted: Wanted, *, fetch: bool = True) -> tuple[list[Entry], int]:
        """Return the papers of a day that fit, ranked, and how many could not be looked at.

        Without `fetch` nobody is asked for what is no longer on the shelf.
        """
        if not known.ids:
            return [], 0
        load = self._fetched if fetch else self._on_shelf
        shelves = await self._filing.topics(known, load)
        filed = await self._filing.ranked(known, wanted, load)
        papers = await self._by_number(known, filed, load)
        entries = [
            _entry(papers[one.number], one, shelves.matches.get(one.number, ()))
            for one in filed
            if one.number in papers
        ]
        entries.sort(key=lambda entry: entry.paper.withdrawn)
        return entries, shelves.missing + len(filed) - len(entries)

    async def _listed(self, found: Sequence[tuple[Day, Filed]]) -> list[tuple[date | None, Entry]]:
        """Return the entries of what was filed on some days, in its order."""
        listed: list[tuple[date | None, Entry]] = []
        for known in dict.fromkeys(known for known, _ in found):
            filed = [one for day, one in found if day is known]
            papers = await self._by_number(known, filed, self._on_shelf)
            listed += [(known.day, _entry(papers[o.number], o, ())) for o in filed if o.number in papers]
        return listed

    async def _by_number(self, known: Day, filed: Iterable[Filed], load: Load) -> dict[str, Paper]:
        numbers = {one.number for one in filed}
        loaded = await load([paper_id for paper_id in known.ids if paper_id.number in numbers])
        papers = {paper.id.number: paper for paper in loaded.papers}
        return papers | await self._days.withdrawn(loaded.papers)

    async def _on_shelf(self, ids: Sequence[PaperId]) -> Papers:
        return await self._days.papers(ids, fetch=False)

    async def _fetched(self, ids: Sequence[PaperId]) -> Papers:
        return await self._days.papers(ids, fetch=True)

    async def _in_background(self, ids: Sequence[PaperId]) -> Papers:
        return await self._days.papers(ids, fetch=True, background=True)

    async def entries_of(self, ids: Sequence[PaperId], language: Language) -> list[Entry]:
        """Return these papers with what is written about them already; without those that cannot be had.

        Raises as `edition` does.
        """
        papers = (await self._fetched(ids)).papers
        withdrawn = await self._days.withdrawn(papers)
        newest = [withdrawn.get(paper.id.number, paper) for paper in papers]
        written = await self._library.written(newest, language)
        return [
            Entry(
                paper,
                0.0,
                Reason((), None),
                (),
                shown=False,
                venue=venue_of(paper),
                written=None if paper.withdrawn else text,
            )
            for paper, text in zip(newest, written, strict=True)
        ]

    async def missing(self, known: Day, wanted: Wanted, language: Language) -> Edition:
        """Return the edition of a day whose announcement could not be had: it says why."""
        return Edition(wanted, known.day, language, 0, (), empty=_why(known))

    async def extract(self, entry: Entry, language: Language) -> Entry:
        """Return the entry with sentences of the paper's own; as it is if the paper was withdrawn."""
        if entry.paper.withdrawn:
            return entry
        known = await self._known(entry.paper.id)
        return replace(entry, written=await self._library.extract(known, language))

    async def write(self, entry: Entry, language: Language, purse: Purse) -> Entry:
        """Return the entry with its brief, or with the paper's own sentences if none can be written.

        A withdrawn paper is not written about.
        """
        if entry.paper.withdrawn:
            return entry
        known = await self._known(entry.paper.id)
        try:
            written = await self._library.brief(known, language, purse)
        except (CeilingReached, ModelUnavailable, ModelUnusable):
            written = await self._library.extract(known, language)
        return replace(entry, written=written)

    async def _known(self, paper_id: PaperId) -> Known:
        """Return the paper as it was announced: whether more is known of it by now matters to no brief."""
        records = await self._records.get_many([paper_id])
        return records.get(paper_id) or await self._library.paper(paper_id)


def edition_of(
    known: Day, wanted: Wanted, language: Language, entries: Sequence[Entry], missing: int
) -> Edition:
    """Return the edition of a day that holds these entries, with what is known of how complete it is."""
    return Edition(
        wanted,
        known.day,
        language,
        len(known.ids),
        tuple(entries),
        empty=None if entries else _why(known),
        reconstructed=known.reconstructed or any(b.source is Source.SEARCH for b in known.batches),
        late=any(batch.late for batch in known.batches),
        incomplete=tuple(
            (batch.category, batch.state.value)
            for batch in known.batches
            if batch.state not in (State.READ, State.HOLIDAY)
        ),
        missing=missing,
    )


def _entry(paper: Paper, filed: Filed, matches: Iterable[Match]) -> Entry:
    topics = tuple(match.topic for match in matches)
    return Entry(paper, filed.score, filed.reason, topics, shown=False, venue=venue_of(paper))


def _why(known: Day) -> Why:
    """Say why a day holds nothing for a reader."""
    if known.ids or known.reconstructed or any(batch.state is State.READ for batch in known.batches):
        return Why.NO_MATCH
    if known.ahead:
        return Why.AHEAD
    if not is_announcement_day(known.day):
        return Why.HOLIDAY
    states = [batch.state for batch in known.batches]
    return _EMPTY.get(max(set(states), key=states.count), Why.UNREACHABLE) if states else Why.UNREAD
