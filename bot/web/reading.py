"""What the reading room shows: all of it from the store; nobody is asked, and nothing is written about."""

from __future__ import annotations

import asyncio
import re
import time
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from functools import partial

from bot.editions.days import Day, Days, Papers
from bot.editions.edition import Edition, Entry
from bot.editions.editor import Editor, edition_of
from bot.editions.filing import Filing
from bot.editions.roundup import Made
from bot.editions.roundups import Asked, Roundups
from bot.language import ENGLISH, Language
from bot.papers.figures import Figures
from bot.papers.ids import PaperId
from bot.papers.licence import Licence
from bot.papers.paper import Paper
from bot.papers.schedule import announcement_days, batch_day
from bot.papers.threads import in_thread
from bot.store.figures import FigureShelf
from bot.store.papers import Known, PaperRecords
from bot.topics.catalogue import Catalogue, Topic
from bot.topics.matching import Filer, Match, Reason
from bot.topics.query import Query
from bot.topics.ranking import venue_of
from bot.topics.tree import Author, Category, Leaf, Term
from bot.topics.tree import wanted as leaves
from bot.topics.wanted import Wanted
from bot.topics.words import normal, singular
from bot.writing.extractive import brief_of
from bot.writing.tasks.brief import Brief, BriefTask
from bot.writing.texts import Texts
from bot.writing.usage import Usage
from bot.writing.writer import EXTRACTIVE
from bot.writing.written import Written

_LOOKED_BACK = 30  # days of announcements of which volumes are told
_SEARCHED = 10  # days that a search looks through
_MOST_FOUND = 50  # papers
_LONGEST_SEARCH = 3.0  # seconds after which no further day is looked through
_NEAREST = 12  # announcement days, among which the one before or after is looked for
_PICTURED = 12  # papers of an edition whose figures are shown
_TOP = 3  # papers of a topic on the front page
_NEIGHBOURS = 6
_BELIEVED = 600.0  # seconds that the papers of a day are taken to be still on the shelf
_DAYS = 64  # at hand
_ACCENTS = re.compile("[\u00ad\u0300-\u036f\u200b-\u200d\u2060]")  # and what cannot be seen
_NO_HYPHENS = dict.fromkeys(map(ord, "-\u2010\u2011\u2012\u2013"))


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
class Volumes:
    """How many papers were announced on each day, the oldest first, and how many of them each topic had."""

    days: tuple[date, ...]
    announced: tuple[int, ...]
    topics: Mapping[str, tuple[int, ...]]


@dataclass(frozen=True, slots=True)
class Found:
    """What a search found, the newest day first; `more` if there is more than is shown."""

    entries: tuple[tuple[date, Entry], ...]
    days: tuple[date, ...]
    more: bool = False


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
        self._catalogue = catalogue
        self._clock = clock
        self._standing: dict[date, tuple[float, str, Day, int]] = {}
        self._counts: dict[date, tuple[str, Counter[str]]] = {}
        self._searching = asyncio.Semaphore(1)  # a search takes a core for a second

    @property
    def catalogue(self) -> Catalogue:
        return self._catalogue()

    async def recent(self, most: int) -> list[date]:
        """Return the last days on which papers were announced and read, the newest first."""
        found: list[date] = []
        for day in await self._days.recent(2 * most + 10):
            if len(found) == most:
                break
            if (await self._days.read(day)).ids:
                found.append(day)
        return found

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

    async def edition(self, topic: Topic, day: date, language: Language) -> Told:
        """Return all papers of a day that were filed under the topic, with what is kept about each."""
        known, missing = await self._known(day)
        entries, lost = await self._editor.entries(known, Wanted(topic), fetch=False)
        told, languages = await self._told(entries, language)
        told = await in_thread(lambda: [_extracted(entry) for entry in told])
        edition = edition_of(known, Wanted(topic), language, told, missing + lost)
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
        entry = await in_thread(lambda: _extracted(entry))
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

    async def volumes(self) -> Volumes:
        """Return how many papers each topic had on the last days, as far as those are filed."""
        days: list[tuple[date, int, Counter[str]]] = []
        for day in reversed(await self.recent(_LOOKED_BACK)):
            known = await self._days.read(day)
            if (counts := await self._count(known)) is not None:
                days.append((day, len(known.ids), counts))
        return Volumes(
            tuple(day for day, _, _ in days),
            tuple(announced for _, announced, _ in days),
            {topic.id: tuple(counts[topic.id] for _, _, counts in days) for topic in self.catalogue},
        )

    async def search(self, query: Query, language: Language) -> Found:
        """Return papers of the last days that fit, one search at a time; nothing of it is kept."""
        found: list[tuple[date, Entry]] = []
        looked: list[date] = []
        async with self._searching:
            begun = self._clock()
            for day in await self.recent(_SEARCHED):
                known, _ = await self._known(day)
                papers = (await self._on_shelf(known.ids)).papers
                matches = await in_thread(partial(_fitting, papers, query))
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
        while len(self._counts) > _DAYS:
            del self._counts[next(iter(self._counts))]
        return counts

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


def _extracted(entry: Entry) -> Entry:
    """Return the entry with sentences of the paper's own where nothing was written about it."""
    paper = entry.paper
    if entry.written or paper.withdrawn:
        return entry
    written = Written(
        paper=paper.id,
        task=BriefTask.name,
        revision=0,
        language=ENGLISH,
        writer=EXTRACTIVE,
        read="abstract",
        written_at=paper.updated or paper.published or datetime.min.replace(tzinfo=UTC),
        content=brief_of(paper),
        usage=Usage(),
    )
    return replace(entry, written=written)


def _fitting(papers: Sequence[Paper], query: Query) -> list[tuple[Paper, Match]]:
    """Return the papers that fit, the best first; those that cannot are left out before words are counted."""
    wanted = tuple(leaves(query.tree))
    likely = [paper for paper in papers if _may_fit(paper, wanted)]
    matches = Filer(Catalogue(())).follow(likely, query)
    fitting = [(paper, match) for paper, match in zip(likely, matches, strict=True) if match]
    return sorted(fitting, key=lambda pair: -pair[1].score)


def _may_fit(paper: Paper, wanted: Sequence[Leaf]) -> bool:
    """Whether any leaf may be found in the paper; a look at letters, which costs a hundredth of the words."""
    told = (paper.title, paper.abstract, paper.comment or "", paper.journal_ref or "", *paper.authors)
    said = _ACCENTS.sub("", unicodedata.normalize("NFKD", " ".join((*told, *paper.categories)).casefold()))
    whole = said.translate(_NO_HYPHENS)
    return any(
        not letters.isascii() or letters in said or letters in whole for letters in map(_letters, wanted)
    )


def _letters(leaf: Leaf) -> str:
    """Return letters that stand in whatever the leaf finds."""
    match leaf:
        case Term(elements=elements):
            word = max((part.word for element in elements for part in element), key=len)
        case Author(parts=parts):
            word = max((part.word for part in parts), key=len)
        case Category(name=name):
            word = normal(name)
    stem = singular(word)
    return stem[:-1] if stem.endswith("y") else stem  # the plural of which ends in -ies
