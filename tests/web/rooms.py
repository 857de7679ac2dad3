"""A reading room over a real store, served on a socket, whose papers were announced as the reader does it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import httpx

from bot.editions.editor import Editor
from bot.editions.roundups import Roundups
from bot.editions.volumes import Volumes
from bot.language import ENGLISH, Language
from bot.papers.apart import Apart
from bot.papers.gate import LocalGate
from bot.papers.paper import Paper
from bot.papers.pdf import Pdfs
from bot.store.client import Store
from bot.store.figures import FigureShelf
from bot.topics import catalogue
from bot.web.reading import Reading
from bot.web.room import Exported, Room
from bot.web.server import room_app, serving
from bot.writing.composing import Composer
from tests.editions.newsroom import MON, RAG, SPEECH, TUE, WED, Newsroom, newsroom, paper, papers
from tests.editions.rig import QuickFiling
from tests.fakes.arxiv import ArxivFake
from tests.fakes.corpus import Corpus
from tests.writing.samples import ANY_CHINESE, ANY_ENGLISH
from tests.writing.scripted import Line, ScriptedModel

CHINESE = Language("zh-Hans")
BY = "http://creativecommons.org/licenses/by/4.0/"
HOSTILE = (
    "</title></style><script>alert(1)</script>\"'><img src=x onerror=alert(1)> {{ 7*7 }} ]]> &lt; \x00\x08"
)
CHROMIUM = Path("/usr/bin/chromium")


def writer() -> ScriptedModel:
    """Return a model that says the same of every paper, in English or Chinese."""

    def lines() -> Iterator[Line]:
        while True:
            yield lambda turns: ANY_CHINESE if "Chinese" in turns[1].text else ANY_ENGLISH

    return ScriptedModel(lines())


@dataclass
class Served:
    """The room, where it is, and what stands behind it."""

    news: Newsroom
    room: Room
    reading: Reading
    figures: FigureShelf
    roundups: Roundups
    address: str
    http: httpx.AsyncClient

    async def get(self, path: str, **headers: str) -> httpx.Response:
        return await self.http.get(self.address + path, headers=headers)

    async def text(self, path: str) -> str:
        answer = await self.get(path)
        assert answer.status_code == 200, (path, answer.status_code, answer.text[:300])
        return answer.text

    def asked(self) -> tuple[int, int]:
        """Return how often the arXiv and the model were asked."""
        assert isinstance(self.news.model, ScriptedModel)
        return self.news.asked, len(self.news.model.prompts)


@asynccontextmanager
async def reading_room(
    store: Store, *, public: str = "", exported: Exported | None = None
) -> AsyncIterator[Served]:
    """Open a room with nothing in it."""
    model = writer()
    with ArxivFake(Corpus()) as arxiv:
        async with newsroom(store, arxiv, model) as news:
            news.filing = QuickFiling(store, catalogue.load)
            news.editor = Editor(
                days=news.days,
                filing=news.filing,
                searches=news.searches,
                records=news.records,
                library=news.library,
            )
            gate = LocalGate(gap=0.0, first_pause=0.01)
            figures = FigureShelf(Pdfs(gate, arxiv.settings()["ARXIV_PDF_URL"]), Apart(), news.cache, store)
            roundups = Roundups(
                days=news.days,
                filing=news.filing,
                records=news.records,
                texts=news.kept_texts,
                composer=Composer(model),
                catalogue=catalogue.load,
                clock=news.moment,
            )
            reading = Reading(
                days=news.days,
                filing=news.filing,
                editor=news.editor,
                records=news.records,
                texts=news.kept_texts,
                figures=figures,
                roundups=roundups,
                volumes=Volumes(news.days, news.filing, catalogue.load),
                catalogue=catalogue.load,
            )
            room = Room(reading, default=ENGLISH, public=public, exported=exported)
            async with (
                serving(lambda: room_app(room), "127.0.0.1", 0, "the reading room", "HTTP_PORT") as address,
                httpx.AsyncClient(trust_env=False, timeout=60) as http,
            ):
                assert address
                yield Served(news, room, reading, figures, roundups, address, http)
            await figures.close()


@asynccontextmanager
async def filled_room(store: Store, **options: object) -> AsyncIterator[Served]:
    """Open a room with three days in it, of which the last has briefs in two languages."""
    async with reading_room(store, **options) as served:  # type: ignore[arg-type]
        await fill(served)
        yield served


async def fill(served: Served) -> None:
    """Announce three days, and let an edition be made of the last."""
    news = served.news
    for day, first in ((MON, 100), (TUE, 200)):
        await news.announce(day, [*papers(RAG, first, 3, day), *papers(SPEECH, first + 50, 2, day)])
    await news.announce(WED, wednesday())
    for language in (ENGLISH, CHINESE):
        await news.edition("rag", WED, language, top=3)
    news.arxiv.forget()
    assert isinstance(news.model, ScriptedModel)
    news.model.prompts.clear()
    for day in (MON, TUE, WED):
        known = await news.days.read(day)
        await news.filing.topics(known, lambda ids: news.days.papers(ids, fetch=False))


def wednesday() -> list[Paper]:
    """Return ordinary papers, one with everything that a paper can have, and a hostile one."""
    ordinary = papers(RAG, 300, 4)
    full = paper(
        "2611.00390",
        "Retrieval-Augmented Generation with Everything: 𝒪(n²) and α → β",
        "Retrieval-augmented generation (RAG) has a comment here. It holds for x² ≤ 1.",
        authors=("Zoë van Müller", "李明", "The Paper Collaboration"),
        categories=("cs.CL", "cs.IR"),
        comment="Accepted at ACL 2026; 12 pages",
        doi="10.5555/1234.5678",
        licence=BY,
    )
    hostile = paper(
        "2611.00391",
        f"Retrieval-Augmented Generation {HOSTILE}",
        f"Retrieval-augmented generation (RAG). {HOSTILE}",
        authors=(HOSTILE,),
        comment=HOSTILE,
    )
    return [*ordinary, replace(full), hostile, *papers(SPEECH, 350, 2)]
