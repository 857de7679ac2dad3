"""A licence is asked for once, and kept for the version that it was told of."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from bot.errors import ArxivUnavailable
from bot.papers.gate import LocalGate
from bot.papers.ids import PaperId
from bot.papers.licence import Licence
from bot.papers.oai import Harvester
from bot.papers.paper import Paper
from bot.store.cache import Cache
from bot.store.client import Store
from bot.store.licences import Licences
from bot.store.papers import PaperRecords
from tests.fakes.arxiv import ArxivFake
from tests.fakes.arxiv_small import CC_BY, LATEX, REVISED, small_corpus
from tests.fakes.corpus import NONEXCLUSIVE

NOW = datetime(2025, 6, 11, 9, tzinfo=UTC)
BY = Licence.of(CC_BY)


@pytest.fixture
def arxiv() -> Iterator[ArxivFake]:
    with ArxivFake(corpus=small_corpus()) as fake:
        yield fake


@pytest.fixture
def records(store: Store) -> PaperRecords:
    return PaperRecords(Cache(store, keep_days=400))


@pytest.fixture
def licences(store: Store, arxiv: ArxivFake, records: PaperRecords) -> Licences:
    return Licences(Harvester(LocalGate(gap=0.0, first_pause=0.01), arxiv.oai_url), records, store)


def paper(number: str, version: int = 1) -> Paper:
    return Paper(PaperId(number, version), "A Title", ("A",), "Text.", ("cs.CL",), published=NOW, updated=NOW)


async def put(records: PaperRecords, one: Paper) -> Paper:
    await records.put_fetched(one.id.unversioned, one, None, NOW)
    return one


async def test_what_is_known_is_not_asked(licences: Licences, arxiv: ArxivFake) -> None:
    assert await licences.of(replace(paper(LATEX), licence=CC_BY)) == BY
    assert not (await licences.of(replace(paper(LATEX), licence=""))).may_show
    assert arxiv.requests == []


async def test_it_is_asked_once_however_many_ask(
    licences: Licences, arxiv: ArxivFake, records: PaperRecords
) -> None:
    one = await put(records, paper(LATEX))
    assert set(await asyncio.gather(*(licences.of(one) for _ in range(9)))) == {BY}
    assert await licences.of(one) == BY
    assert len(arxiv.requests) == 1
    kept = await records.get(PaperId(LATEX))
    assert kept
    assert kept.paper == replace(one, licence=CC_BY)


async def test_a_later_look_up_does_not_lose_it(licences: Licences, records: PaperRecords) -> None:
    one = await put(records, paper(LATEX))
    await licences.of(one)
    await put(records, replace(one, comment="EMNLP 2026"))
    kept = await records.get(PaperId(LATEX, 1))
    assert kept
    assert (kept.paper.licence, kept.paper.comment) == (CC_BY, "EMNLP 2026")


async def test_that_none_is_named_is_kept_too(
    licences: Licences, arxiv: ArxivFake, records: PaperRecords
) -> None:
    there = arxiv.corpus.paper(LATEX)
    assert there
    arxiv.corpus.add(replace(there, licence=""))
    one = await put(records, paper(LATEX))
    for _ in range(2):
        assert (await licences.of(one)).name == ""
    assert len(arxiv.requests) == 1


async def test_the_answer_is_about_the_newest_version(
    licences: Licences, arxiv: ArxivFake, records: PaperRecords
) -> None:
    newest = await put(records, paper(REVISED, 3))
    older = paper(REVISED, 1)
    await records.put_fetched(older.id, older, newest, NOW)
    assert (await licences.of(older)).name == ""
    assert await licences.of(older) == Licence.of(None)
    assert await licences.of(newest) == Licence.of(NONEXCLUSIVE)
    assert len(arxiv.requests) == 1
    kept = await records.get_many([older.id, newest.id])
    assert {one.paper.id.version: one.paper.licence for one in kept.values()} == {1: "", 3: NONEXCLUSIVE}


async def test_a_paper_that_oai_does_not_have_yet_is_asked_for_again(
    licences: Licences, arxiv: ArxivFake, records: PaperRecords
) -> None:
    one = await put(records, paper("2506.98765"))
    for _ in range(2):
        assert (await licences.of(one)).name == ""
    assert len(arxiv.requests) == 2


async def test_no_answer_is_no_licence_and_is_not_kept(
    licences: Licences, arxiv: ArxivFake, records: PaperRecords
) -> None:
    one = await put(records, paper(LATEX))
    arxiv.fail("500", times=2)
    with pytest.raises(ArxivUnavailable):
        await licences.of(one)
    assert await licences.of(one) == BY
