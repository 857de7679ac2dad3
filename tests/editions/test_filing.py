"""What a day's papers were filed under is worked out once."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence

import pytest

from bot.editions.apart import file_apart
from bot.editions.days import Papers
from bot.papers.ids import PaperId
from bot.store.client import Store
from bot.topics import catalogue
from bot.topics.matching import Filer
from tests.editions.newsroom import RAG, SPEECH, WED, Newsroom, newsroom, paper, papers, wish
from tests.fakes.arxiv import ArxivFake
from tests.fakes.corpus import Corpus


@pytest.fixture
def arxiv() -> Iterator[ArxivFake]:
    with ArxivFake(Corpus()) as fake:
        yield fake


class Loading:
    """Loads from a newsroom's shelf and counts."""

    def __init__(self, room: Newsroom) -> None:
        self.room = room
        self.loads: list[int] = []

    async def __call__(self, ids: Sequence[PaperId]) -> Papers:
        self.loads.append(len(ids))
        return await self.room.days.papers(ids, fetch=False)


async def test_filing_apart_says_what_filing_says() -> None:
    some = [*papers(RAG, 1, 2), *papers(SPEECH, 3, 1), paper("2611.00009", 'Ünïcode \u2028 of\x85 "Soil"')]
    assert await file_apart(some) == Filer(catalogue.load()).file(some)
    assert await file_apart([]) == []


async def test_filing_that_fails_says_why(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.editions.apart.__name__", "bot.nowhere")
    with pytest.raises(RuntimeError, match="No module named"):
        await file_apart(papers(RAG, 1, 1))


async def test_a_day_is_filed_once_by_whoever_comes_first(store: Store, arxiv: ArxivFake) -> None:
    async with newsroom(store, arxiv) as room, newsroom(store, arxiv) as other:
        await room.announce(WED, [*papers(RAG, 1, 3), *papers(SPEECH, 11, 2)])
        known = await room.read()
        load = Loading(room)
        assert not await room.filing.knows(known)
        shelves = await asyncio.gather(
            *(r.filing.topics(known, load) for r in (room, other) for _ in range(4))
        )
        assert load.loads == [5]
        assert await other.filing.knows(known)
        assert {one.matches["2611.00001"][0].topic for one in shelves} == {"rag"}
        ranked = await asyncio.gather(*(r.filing.ranked(known, wish("rag"), load) for r in (room, other)))
        one, same = ([filed.number for filed in found] for found in ranked)
        assert one == same
        assert sorted(one) == ["2611.00001", "2611.00002", "2611.00003"]
        assert load.loads == [5, 3]


async def test_queries_that_mean_the_same_are_put_once(store: Store, arxiv: ArxivFake) -> None:
    async with newsroom(store, arxiv) as room:
        await room.announce(WED, papers(SPEECH, 1, 2))
        known, load = await room.read(), Loading(room)
        for query in ("speech AND recordings", "Recordings  AND speech", "(speech) recordings"):
            found = await room.filing.ranked(known, wish(query), load)
            assert [filed.number for filed in found] == ["2611.00001", "2611.00002"]
        assert load.loads == [2]


async def test_what_had_to_be_left_out_is_tried_again_within_the_hour(store: Store, arxiv: ArxivFake) -> None:
    async with newsroom(store, arxiv) as room:
        some = papers(RAG, 1, 3)
        await room.announce(WED, some, known=False)
        await room.records.put_announced(some[:1], room.now)
        known = await room.read()
        shelves = await room.filing.topics(known, Loading(room))
        assert (len(shelves.matches), shelves.missing) == (1, 2)
        await room.filing.ranked(known, wish("rag"), Loading(room))
        lives = [await store.ttl(key) for key in await store.keys("pw:filed:*")]
        assert len(lives) == 2
        assert all(0 < life <= 3600 for life in lives)


async def test_filings_are_within_the_shelfs_budget(store: Store, arxiv: ArxivFake) -> None:
    async with newsroom(store, arxiv) as room:
        await room.announce(WED, papers(RAG, 1, 3))
        before = await room.cache.shelved_bytes()
        await room.filing.ranked(await room.read(), wish("ti:generation"), Loading(room))
        assert await room.cache.shelved_bytes() > before


async def test_an_empty_day_of_papers_is_remembered_too(store: Store, arxiv: ArxivFake) -> None:
    async with newsroom(store, arxiv) as room:
        await room.announce(WED, [paper("2611.00001", "Soil")])
        known, load = await room.read(), Loading(room)
        for _ in range(2):
            assert await room.filing.ranked(known, wish("rag"), load) == []
        assert load.loads == [1, 0]
