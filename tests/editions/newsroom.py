"""An editor over a real store, with announced days put on record as the reader does it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from bot.announcements.batch import Batch, Item, State
from bot.announcements.record import Announcements
from bot.editions.days import Day, Days
from bot.editions.edition import Edition
from bot.editions.editor import Editor
from bot.editions.filing import Filing
from bot.editions.searches import Searches
from bot.language import ENGLISH, Language
from bot.papers.api import ArxivApi
from bot.papers.feed import Kind
from bot.papers.gate import LocalGate
from bot.papers.ids import PaperId
from bot.papers.limits import Limits
from bot.papers.paper import Paper
from bot.papers.schedule import submission_window
from bot.store.cache import Cache
from bot.store.client import Store
from bot.store.papers import PaperRecords
from bot.store.quotas import Ceilings, Payer, Quotas
from bot.topics import catalogue
from bot.topics.wanted import Wanted
from bot.writing.composing import Composer
from bot.writing.library import Library
from bot.writing.texts import Texts
from bot.writing.writer import ModelWriter
from tests.fakes.arxiv import ArxivFake
from tests.fakes.corpus import ArxivPaper, made_paper
from tests.writing.scripted import ScriptedModel

FRI, MON, TUE, WED = date(2026, 11, 13), date(2026, 11, 16), date(2026, 11, 17), date(2026, 11, 18)
THU, THANKSGIVING = date(2026, 11, 19), date(2026, 11, 27)  # no feed on the day after the holiday
NOW = datetime(2026, 11, 18, 12, tzinfo=UTC)
QUICK = Limits(connect=1, silence=1, whole=5)

RAG = ("Retrieval-Augmented Generation for {}", "We study retrieval-augmented generation (RAG). It holds.")
SPEECH = (
    "Automatic Speech Recognition of {}",
    "Speech recognition of long recordings gets better. It holds.",
)


def paper(
    number: str, title: str, abstract: str = "We say one thing.", day: date = WED, **rest: object
) -> Paper:
    """Return a paper that was announced on `day`; complete, as if looked up already."""
    told: dict[str, object] = {"authors": ("Ada Example",), "categories": ("cs.CL",)} | rest
    at = submission_window(day)[0] + timedelta(hours=1)
    return Paper(PaperId(number, 1), title, abstract=abstract, published=at, updated=at, **told)  # type: ignore[arg-type]


def papers(kind: tuple[str, str], first: int, count: int, day: date = WED) -> list[Paper]:
    """Return papers of one sort, each with words of its own."""
    title, abstract = kind
    return [
        paper(
            f"2611.{number:05}",
            title.format(f"Task{number}"),
            f"{abstract} " + " ".join(f"word{number}x{i}" for i in range(40)),
            day,
        )
        for number in range(first, first + count)
    ]


def on_arxiv(one: Paper, day: date = WED) -> ArxivPaper:
    """Return the same paper for the stand-in."""
    return made_paper(
        one.id.number,
        one.title,
        one.abstract,
        categories=one.categories,
        authors=one.authors,
        announced=day,
        submitted=one.published,
    )


class Editing:
    """An editor, and everything behind it; `moment` is what its clock says."""

    def __init__(
        self,
        store: Store,
        *,
        api: ArxivApi,
        announcements: Announcements,
        records: PaperRecords,
        cache: Cache,
        model: ScriptedModel | None,
        ceilings: Ceilings,
        filing: type[Filing] = Filing,
    ) -> None:
        self.store, self.api, self.model, self.cache = store, api, model, cache
        self.announcements, self.records = announcements, records
        self.kept_texts = Texts(cache, store, Quotas(store, ceilings))
        self.library = Library(
            api=api,
            cache=cache,
            store=store,
            writer=ModelWriter(Composer(model)) if model else None,
            texts=self.kept_texts,
            clock=self.moment,
        )
        self.searches = Searches(api=api, records=records, store=store, cache=cache, clock=self.moment)
        self.filing = filing(store, catalogue.load)
        self.days = Days(
            announcements=announcements,
            records=records,
            api=api,
            store=store,
            cache=cache,
            categories=self.followed_categories,
            clock=self.moment,
        )
        self.editor = Editor(
            days=self.days,
            filing=self.filing,
            searches=self.searches,
            records=records,
            library=self.library,
        )

    def moment(self) -> datetime:
        raise NotImplementedError

    async def followed_categories(self) -> set[str]:
        raise NotImplementedError


class Newsroom(Editing):
    """Days are put on record as the reader does it; `now` is what the clock says."""

    def __init__(
        self, store: Store, arxiv: ArxivFake, model: ScriptedModel | None, ceilings: Ceilings, shelf: int
    ) -> None:
        self.arxiv = arxiv
        self.now = NOW
        cache = Cache(store, keep_days=400, shelf_bytes=shelf)
        super().__init__(
            store,
            api=ArxivApi(LocalGate(gap=0.0, first_pause=0.01), arxiv.api_url, patience=5, limits=QUICK),
            announcements=Announcements(store),
            records=PaperRecords(cache),
            cache=cache,
            model=model,
            ceilings=ceilings,
        )

    def moment(self) -> datetime:
        return self.now

    async def followed_categories(self) -> set[str]:
        return {"cs.CL", "cs.IR"}

    async def announce(
        self, day: date, some: Iterable[Paper], category: str = "cs.CL", *, known: bool = True, **rest: object
    ) -> None:
        """Put a batch on record; its papers too, unless they are not `known` any more."""
        told = list(some)
        if known:
            await self.records.put_announced(told, self.now)
        batch = Batch(
            category,
            day,
            State.READ,
            tuple(Item(one.id, Kind.NEW) for one in told),
            read_at=datetime.combine(day, time(5, 20), UTC),
            enriched=True,
        )
        await self.announcements.save(replace(batch, **rest), watermark=(category, day))  # type: ignore[arg-type]

    async def looked(self, day: date, state: State, category: str = "cs.CL") -> None:
        """Put on record that nothing came of looking."""
        await self.announcements.save(
            Batch(category, day, state, read_at=self.now), watermark=(category, day)
        )

    async def edition(
        self, wanted: str, day: date = WED, language: Language = ENGLISH, **rest: int
    ) -> Edition:
        return await self.editor.edition(day, wish(wanted), language, payer, **rest)

    async def latest(self, wanted: str, **rest: Any) -> list[str]:
        """Return the numbers of the papers that `/topic` lists."""
        self.answer = await self.editor.latest(wish(wanted), ENGLISH, **rest)
        return [entry.paper.id.number for _, entry in self.answer.entries]

    async def read(self, day: date = WED) -> Day:
        return await self.days.read(day)

    @property
    def asked(self) -> int:
        """How often the arXiv was asked."""
        return len(self.arxiv.requests)


@asynccontextmanager
async def newsroom(
    store: Store,
    arxiv: ArxivFake,
    model: ScriptedModel | None = None,
    *,
    ceilings: Ceilings = Ceilings(person=99, chat=99, bot=99),  # noqa: B008 - frozen
    shelf: int = 64_000_000,
) -> AsyncIterator[Newsroom]:
    """Open a newsroom, and close it behind the test."""
    room = Newsroom(store, arxiv, model, ceilings, shelf)
    try:
        yield room
    finally:
        await room.library.close()


def wish(text: str) -> Wanted:
    return Wanted.parse(text, catalogue.load())


async def payer() -> Payer:
    return Payer("test:7", "test:1")
