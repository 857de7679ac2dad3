"""What the reading room shows: all of it from the store; nobody is asked, and nothing is written about."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta
from functools import partial

from bot.editions.days import Day, Days, Papers
from bot.editions.edition import Entry
from bot.editions.editor import Editor, edition_of
from bot.editions.filing import Filing
from bot.editions.period import Period
from bot.editions.roundup import Made
from bot.editions.roundups import Asked, Roundups
from bot.editions.volumes import Trend, Volumes
from bot.language import Language
from bot.papers.figures import Figures
from bot.papers.ids import PaperId
from bot.papers.licence import Licence
from bot.papers.paper import Paper
from bot.papers.schedule import announcement_days, batch_day
from bot.papers.threads import in_thread
from bot.store.figures import FigureShelf
from bot.store.papers import PaperRecords
from bot.topics.catalogue import Catalogue, Topic
from bot.topics.matching import Reason
from bot.topics.query import Query
from bot.topics.ranking import venue_of
from bot.topics.wanted import Wanted
from bot.web.extracts import Extracts
from bot.web.fitting import fitting
from bot.web.shown import About, Found, Front, Retold, Told
from bot.writing.tasks.brief import Brief, BriefTask
from bot.writing.texts import Texts
from bot.writing.written import Written

_SEARCHED = 10  # days that a search looks through
_MOST_FOUND = 50  # papers
_LONGEST_SEARCH = 3.0  # seconds after which no further day is looked through
_NEAREST = 12  # announcement days, among which the one before or after is looked for
_PICTURED = 12  # papers of an edition whose figures are shown
_TOP = 3  # papers of a topic on the front page
_NEIGHBOURS = 6
_BELIEVED = 600.0  # seconds that the papers of a day are taken to be still on the shelf
_DAYS = 64  # at hand


class Reading:
    """Reads the store for the pages. Raises `StoreUnavailable` throughout."""

    def __init__(
        self,
        *,
        days: Days,
        filing: Filing,
        editor: Editor,
        records: PaperRecords,
        texts: Texts,
        figures: FigureShelf,
        roundups: Roundups,
        volumes: Volumes,
        catalogue: Callable[[], Catalogue],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._days = days
        self._filing = filing
        self._editor = editor
        self._records = records
        self._texts = texts
        self._figures = figures
        self._roundups = roundups
        self._volumes = volumes
        self._extracts = Extracts()
        self._catalogue = catalogue
        self._clock = clock
        self._standing: dict[date, tuple[float, str, Day, int]] = {}
        self._searching = asyncio.Semaphore(1)  # a search takes a core for a second

    @property
    def catalogue(self) -> Catalogue:
        return self._catalogue()

    async def recent(self, most: int) -> list[date]:
        """Return the last days on which papers were announced and read, the newest first."""
        return await self._volumes.recent(most)

    async def trends(self) -> Mapping[str, Trend]:
        """Return how each topic's volume moved of late, by its id, as far as the days are filed."""
        return await self._volumes.trends()

    async def front(self, language: Language) -> Front:
        """Return the latest day of which papers are known."""
        latest = await self.recent(2)
        if not latest:
            return Front(None)
        known, _ = await self._known(latest[0])
        sections: list[tuple[Topic, int, tuple[Entry, ...]]] = []
        empty: list[Topic] = []
        for topic in self.catalogue:
            filed = await self._filing.ranked(known, Wanted(topic), self._on_shelf)
            if not filed:
                empty.append(topic)
                continue
            first = {one.number: one for one in filed[:_TOP]}
            loaded = await self._on_shelf([one for one in known.ids if one.number in first])
            order = list(first)
            entries = [
                _entry(paper, first[paper.id.number].reason)
                for paper in sorted(loaded.papers, key=lambda paper: order.index(paper.id.number))
            ]
            sections.append((topic, len(filed), tuple(entries)))
        every = list({entry.paper.id: entry for _, _, entries in sections for entry in entries}.values())
        undone = await self._days.withdrawn([entry.paper for entry in every])
        every = [replace(entry, paper=undone.get(entry.paper.id.number, entry.paper)) for entry in every]
        told, _ = await self._told(every, language)
        by_number = {entry.paper.id.number: entry for entry in told}
        return Front(
            known.day,
            len(known.ids),
            tuple(
                (topic, count, tuple(by_number[e.paper.id.number] for e in some))
                for topic, count, some in sections
            ),
            tuple(empty),
            latest[1] if len(latest) > 1 else None,
        )

    async def edition(self, topic: Topic, day: date, language: Language, *, most: int | None = None) -> Told:
        """Return all papers of a day that were filed under the topic, with what is kept about the first, or all."""
        known, missing = await self._known(day)
        entries, lost = await self._editor.entries(known, Wanted(topic), fetch=False)
        told, languages = await self._told(entries[:most], language)
        told = await in_thread(lambda: [self._extracts.filled(entry) for entry in told])
        every = (*told, *entries[len(told) :])
        edition = edition_of(known, Wanted(topic), language, every, missing + lost)
        return Told(
            replace(edition, announced=edition.announced + missing),
            languages,
            await self._nearest(day, -1),
            await self._nearest(day, 1),
            self._neighbours(topic, entries),
            await self._pictures([entry.paper for entry in entries]),
        )

    async def papers_of(self, topic: Topic, day: date) -> list[Paper]:
        """Return the papers of an edition alone, in its order."""
        known, _ = await self._known(day)
        entries, _ = await self._editor.entries(known, Wanted(topic), fetch=False)
        return [entry.paper for entry in entries]

    async def paper(self, paper_id: PaperId, language: Language) -> About | None:
        """Return a paper that is on record, None for any other."""
        known = (await self._records.get_many([paper_id])).get(paper_id)
        if known is None:
            return None
        paper = known.paper
        (entry,), languages = await self._told([_entry(paper, Reason((), None))], language)
        entry = await in_thread(lambda: self._extracts.filled(entry))
        day, topics = await self._filed(paper)
        figures = await self._pictures([paper])
        return About(known, entry, languages, figures.get(paper.id.number), day, topics)

    async def figure(self, paper_id: PaperId, place: int) -> tuple[bytes, str] | None:
        """Return a figure and its kind, if it is on the shelf and may be shown; `place` counts from 1."""
        known = (await self._records.get_many([paper_id])).get(paper_id)
        if known is None or not Licence.of(known.paper.licence).may_show:
            return None
        figures = await self._figures.kept(known.paper.id)
        if figures is None or not 1 <= place <= len(figures.figures):
            return None
        return figures.figures[place - 1].data, figures.figures[place - 1].kind

    async def roundup(self, asked: Asked) -> Made | None:
        """Return a roundup that was made, None if none was."""
        return await self._roundups.kept(asked)

    async def roundups(self, topic: Topic | None = None) -> list[Retold]:
        """Return the roundups that were made, of one topic or all, the latest period first."""
        found: dict[tuple[str, Period], list[Language]] = {}
        for asked in await self._roundups.listed():
            about = asked.wanted.topic
            if about and (topic is None or about.id == topic.id):
                found.setdefault((about.id, asked.period), []).append(asked.language)
        return [Retold(self.catalogue[about], period, tuple(some)) for (about, period), some in found.items()]

    async def search(self, query: Query, language: Language) -> Found:
        """Return papers of the last days that fit, one search at a time; nothing of it is kept."""
        found: list[tuple[date, Entry]] = []
        looked: list[date] = []
        async with self._searching:
            begun = self._clock()
            for day in await self.recent(_SEARCHED):
                known, _ = await self._known(day)
                papers = (await self._on_shelf(known.ids)).papers
                matches = await in_thread(partial(fitting, papers, query))
                looked.append(day)
                found += [(day, _entry(paper, match.reason)) for paper, match in matches]
                if len(found) > _MOST_FOUND or self._clock() - begun > _LONGEST_SEARCH:
                    break
        shown = found[:_MOST_FOUND]
        told, _ = await self._told([entry for _, entry in shown], language)
        pairs = tuple((day, entry) for (day, _), entry in zip(shown, told, strict=True))
        return Found(pairs, tuple(looked), len(found) > len(shown))

    # What is known of a day

    async def _known(self, day: date) -> tuple[Day, int]:
        """Return the day with those of its papers that are still on the shelf, and how many are not.

        A day without some of its papers has another mark, so that what it is filed under is kept apart from
        what is known of the whole day.
        """
        known = await self._days.kept(day)
        held = self._standing.get(day)
        now = self._clock()
        if held and held[1] == known.mark and 0 <= now - held[0] < _BELIEVED:
            return held[2], held[3]
        loaded = await self._on_shelf(known.ids)
        here = {paper.id.number for paper in loaded.papers}
        left = known
        if loaded.missing:
            left = replace(known, ids=tuple(one for one in known.ids if one.number in here))
        self._standing[day] = (now, known.mark, left, loaded.missing)
        while len(self._standing) > _DAYS:
            del self._standing[next(iter(self._standing))]
        return left, loaded.missing

    async def _on_shelf(self, ids: Sequence[PaperId]) -> Papers:
        return await self._days.papers(ids, fetch=False)

    async def _nearest(self, day: date, step: int) -> date | None:
        """Return the nearest announcement day before or after of which papers are known."""
        if not date.min + timedelta(days=60) < day < date.max - timedelta(days=60):
            return None
        span = timedelta(days=2 * _NEAREST)
        if step < 0:
            days: Iterable[date] = reversed(announcement_days(day - span, day - timedelta(days=1)))
        else:
            days = announcement_days(day + timedelta(days=1), day + span)
        for other in list(days)[:_NEAREST]:
            if (await self._days.kept(other)).ids:
                return other
        return None

    async def _filed(self, paper: Paper) -> tuple[date | None, tuple[Topic, ...]]:
        """Return the day that announced the paper, if it was read and filed, and its topics there."""
        if not paper.published:
            return None, ()
        first = batch_day(paper.published)
        for day in announcement_days(first, first + timedelta(days=4)):  # moderation holds some back
            known, _ = await self._known(day)
            if all(one.number != paper.id.number for one in known.ids):
                continue
            if not await self._filing.knows(known):
                return day, ()
            shelves = await self._filing.topics(known, self._on_shelf)
            found = shelves.matches.get(paper.id.number, ())
            return day, tuple(self.catalogue[m.topic] for m in found if m.topic in self.catalogue)
        return None, ()

    # What is known of papers

    async def _told(
        self, entries: Sequence[Entry], language: Language
    ) -> tuple[list[Entry], tuple[Language, ...]]:
        """Return the entries with what is kept about each, and all languages in which anything is."""
        kept = await self._texts.kept([entry.paper.id for entry in entries], BriefTask.name, language, Brief)
        told = [
            replace(entry, written=_fit(one.written, entry.paper), shown=one.written is not None)
            for entry, one in zip(entries, kept, strict=True)
        ]
        return told, tuple(dict.fromkeys(one for texts in kept for one in texts.languages))

    async def _pictures(self, papers: Iterable[Paper]) -> dict[str, Figures]:
        """Return the figures that are on the shelf, of papers whose licence permits to show them."""
        permitted = [paper for paper in papers if Licence.of(paper.licence).may_show and not paper.withdrawn]
        found: dict[str, Figures] = {}
        for paper in permitted[:_PICTURED]:
            figures = await self._figures.kept(paper.id)
            if figures and figures.figures:
                found[paper.id.number] = figures
        return found

    def _neighbours(self, topic: Topic, entries: Sequence[Entry]) -> tuple[tuple[Topic, int], ...]:
        """Return the topics that most of these papers were filed under too, with how many of them were."""
        known = self.catalogue
        counts = Counter(other for entry in entries for other in entry.topics if other != topic.id)
        ranked = [(known[other], count) for other, count in counts.most_common() if other in known]
        return tuple(ranked[:_NEIGHBOURS])


def _entry(paper: Paper, reason: Reason) -> Entry:
    return Entry(paper, 0.0, reason, (), shown=False, venue=venue_of(paper))


def _fit(written: Written[Brief] | None, paper: Paper) -> Written[Brief] | None:
    """A withdrawn paper is not written about, whatever was written before."""
    return None if paper.withdrawn else written
