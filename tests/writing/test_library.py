"""Fetched once, written once, kept for good."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta

import pytest

from bot.errors import ArxivUnavailable, CeilingReached, ModelMissing, ModelUnavailable, PaperNotFound
from bot.language import ENGLISH, Language
from bot.papers.api import ArxivApi
from bot.papers.gate import LocalGate
from bot.papers.ids import PaperId
from bot.store.cache import Cache
from bot.store.client import Store
from bot.store.quotas import Ceilings, Payer, Quotas
from bot.writing.composing import Composer
from bot.writing.library import Library
from bot.writing.texts import Texts
from bot.writing.writer import ModelWriter
from tests.fakes.arxiv import ArxivFake
from tests.fakes.arxiv_small import LATEX, PLAIN, REVISED, small_corpus
from tests.fakes.corpus import Version
from tests.writing.samples import ANY_CHINESE, ANY_ENGLISH
from tests.writing.scripted import ScriptedModel

CHINESE = Language("zh-Hans")
NOW = datetime(2025, 6, 11, 9, tzinfo=UTC)


class Clock:
    """Time that a test moves."""

    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> datetime:
        return self.now


async def payer() -> Payer:
    return Payer("test:7", "test:1")


@pytest.fixture
def arxiv() -> Iterator[ArxivFake]:
    with ArxivFake(corpus=small_corpus()) as fake:
        yield fake


@pytest.fixture
def clock() -> Clock:
    return Clock()


@asynccontextmanager
async def library_of(
    store: Store,
    arxiv: ArxivFake,
    clock: Clock,
    model: ScriptedModel | None,
    ceilings: Ceilings = Ceilings(person=9, chat=9, bot=9),  # noqa: B008 - frozen
) -> AsyncIterator[Library]:
    api = ArxivApi(LocalGate(gap=0.0), arxiv.api_url, patience=5)
    cache = Cache(store, keep_days=400)
    library = Library(
        api=api,
        cache=cache,
        store=store,
        writer=ModelWriter(Composer(model)) if model else None,
        texts=Texts(cache, store, Quotas(store, ceilings)),
        clock=clock,
    )
    try:
        yield library
    finally:
        await library.close()


def model() -> ScriptedModel:
    return ScriptedModel(itertools.repeat(ANY_ENGLISH))


async def test_a_paper_is_fetched_once_however_many_ask(store: Store, arxiv: ArxivFake, clock: Clock) -> None:
    async with library_of(store, arxiv, clock, None) as one, library_of(store, arxiv, clock, None) as other:
        asked = [library.paper(PaperId(LATEX)) for library in (one, other) for _ in range(50)]
        found = await asyncio.gather(*asked)
        assert {known.paper.id for known in found} == {PaperId(LATEX, 1)}
        await one.paper(PaperId(LATEX))
    assert len(arxiv.requests) == 1


async def test_a_brief_is_written_once_however_many_ask(store: Store, arxiv: ArxivFake, clock: Clock) -> None:
    scripted = model()
    async with library_of(store, arxiv, clock, scripted) as library:
        known = await library.paper(PaperId(LATEX))
        written = await asyncio.gather(*(library.brief(known, ENGLISH, payer) for _ in range(50)))
        assert len(scripted.prompts) == 1
        assert len(set(written)) == 1
        assert written[0].paper == PaperId(LATEX, 1)
        assert (written[0].writer, written[0].read, written[0].written_at) == ("scripted", "abstract", NOW)
        assert (
            await store.ttl("pw:text:" + f"{LATEX}v1:brief:{written[0].revision}:en:scripted") > 399 * 86_400
        )


async def test_each_language_and_each_version_is_written_for_itself(
    store: Store, arxiv: ArxivFake, clock: Clock
) -> None:
    scripted = ScriptedModel([ANY_ENGLISH, ANY_CHINESE, ANY_ENGLISH])
    async with library_of(store, arxiv, clock, scripted) as library:
        newest = await library.paper(PaperId(REVISED))
        first = await library.paper(PaperId(REVISED, 1))
        assert newest.paper.id.version == newest.newest == 3
        assert (first.paper.id.version, first.newest) == (1, 3)
        english = await library.brief(newest, ENGLISH, payer)
        chinese = await library.translation(newest, CHINESE, payer)
        assert chinese.content.title
        assert english.content.title is None
        assert (await library.brief(first, ENGLISH, payer)).paper == PaperId(REVISED, 1)
        assert len(scripted.prompts) == 3


async def test_absence_is_remembered_for_a_while(store: Store, arxiv: ArxivFake, clock: Clock) -> None:
    async with library_of(store, arxiv, clock, None) as library:
        for _ in range(3):
            with pytest.raises(PaperNotFound):
                await library.paper(PaperId("2506.98765"))
        assert len(arxiv.requests) == 2  # asked twice, because an empty page may be a disguise
        assert 0 < await store.ttl("pw:paper:2506.98765") <= 600


async def test_a_day_later_a_newer_version_is_noticed(store: Store, arxiv: ArxivFake, clock: Clock) -> None:
    async with library_of(store, arxiv, clock, model()) as library:
        before = await library.paper(PaperId(PLAIN))
        await library.brief(before, ENGLISH, payer)
        arxiv.corpus.revise(PLAIN, Version(2, NOW + timedelta(hours=20), NOW.date() + timedelta(days=1)))
        clock.now += timedelta(hours=23)
        assert (await library.paper(PaperId(PLAIN))).paper.id.version == 1
        clock.now += timedelta(hours=2)
        after = await library.paper(PaperId(PLAIN))
        assert after.paper.id.version == 2
        pinned = await library.paper(before.paper.id)
        assert (pinned.paper.id.version, pinned.newest) == (1, 2)


async def test_what_is_known_serves_while_the_arxiv_is_down(
    store: Store, arxiv: ArxivFake, clock: Clock
) -> None:
    async with library_of(store, arxiv, clock, None) as library:
        await library.paper(PaperId(LATEX))
        clock.now += timedelta(days=2)
        arxiv.fail("500", times=None)
        assert (await library.paper(PaperId(LATEX))).unreachable
        with pytest.raises(ArxivUnavailable):
            await library.paper(PaperId(PLAIN))


async def test_a_kept_paper_does_not_vanish(store: Store, arxiv: ArxivFake, clock: Clock) -> None:
    """Empty pages are a disguise of throttling; papers are withdrawn, never taken away."""
    async with library_of(store, arxiv, clock, None) as library:
        await library.shown(await library.paper(PaperId(LATEX)))
        clock.now += timedelta(days=2)
        arxiv.fail("empty_page", times=None)
        assert (await library.paper(PaperId(LATEX))).unreachable
        assert await store.ttl(f"pw:paper:{LATEX}") > 397 * 86_400
        arxiv.recover()
        clock.now += timedelta(days=2)
        assert not (await library.paper(PaperId(LATEX))).unreachable


async def test_every_call_counts_towards_the_ceiling(store: Store, arxiv: ArxivFake, clock: Clock) -> None:
    """A reply that had to be repaired cost two."""
    scripted = ScriptedModel(["no JSON at all", ANY_ENGLISH])
    async with library_of(store, arxiv, clock, scripted, Ceilings(person=2, chat=9, bot=9)) as library:
        await library.brief(await library.paper(PaperId(LATEX)), ENGLISH, payer)
        with pytest.raises(CeilingReached):
            await library.brief(await library.paper(PaperId(PLAIN)), ENGLISH, payer)


async def test_a_shown_paper_is_kept_for_good(store: Store, arxiv: ArxivFake, clock: Clock) -> None:
    async with library_of(store, arxiv, clock, None) as library:
        known = await library.paper(PaperId(LATEX))
        assert await store.ttl(f"pw:paper:{LATEX}") <= 7 * 86_400
        await library.shown(known)
        for key in (f"pw:paper:{LATEX}", f"pw:paper:{LATEX}v1"):
            assert await store.ttl(key) > 399 * 86_400
        assert [number for number, _ in await library.recent("fold")] == [LATEX]
        assert await library.recent("nothing like it") == []


async def test_without_a_model_sentences_are_extracted(store: Store, arxiv: ArxivFake, clock: Clock) -> None:
    async with library_of(store, arxiv, clock, None) as library:
        known = await library.paper(PaperId(LATEX))
        extracted = await library.brief(known, ENGLISH, payer)
        assert extracted.writer == "extractive"
        assert extracted.content.summary.split(". ")[0] in known.paper.abstract
        with pytest.raises(ModelMissing):
            await library.translation(known, CHINESE, payer)
    async with library_of(store, arxiv, clock, model()) as library:
        # What was extracted never stands in for what a model writes.
        assert (await library.brief(known, ENGLISH, payer)).writer == "scripted"


async def test_a_failure_of_the_model_keeps_nothing(store: Store, arxiv: ArxivFake, clock: Clock) -> None:
    scripted = ScriptedModel([ModelUnavailable("timeout"), ANY_ENGLISH])
    async with library_of(store, arxiv, clock, scripted) as library:
        known = await library.paper(PaperId(LATEX))
        with pytest.raises(ModelUnavailable):
            await library.brief(known, ENGLISH, payer)
        assert await store.keys("pw:text:*") == []
        assert (await library.brief(known, ENGLISH, payer)).writer == "scripted"


async def test_a_ceiling_holds_however_many_ask_at_once(store: Store, arxiv: ArxivFake, clock: Clock) -> None:
    scripted = model()
    async with library_of(store, arxiv, clock, scripted, Ceilings(person=2, chat=9, bot=9)) as library:
        papers = [await library.paper(PaperId(number)) for number in (LATEX, PLAIN, REVISED)]
        asked = (library.brief(known, ENGLISH, payer) for known in papers for _ in range(3))
        results = await asyncio.gather(*asked, return_exceptions=True)
        assert len(scripted.prompts) == 2
        refused = [result for result in results if isinstance(result, CeilingReached)]
        assert refused
        assert {error.whose for error in refused} == {"person"}
        # What is written costs nothing, over the ceiling or not.
        done = {result.paper for result in results if not isinstance(result, BaseException)}
        for known in papers:
            if known.paper.id in done:
                await library.brief(known, ENGLISH, payer)
