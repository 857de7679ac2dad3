"""One request answers everybody who asks the same within the hour."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import pytest

from bot.errors import ArxivUnavailable
from bot.store.client import Store
from bot.topics.query import Query
from tests.editions.newsroom import RAG, SPEECH, newsroom, on_arxiv, papers
from tests.fakes.arxiv import ArxivFake
from tests.fakes.corpus import Corpus


@pytest.fixture
def arxiv() -> Iterator[ArxivFake]:
    with ArxivFake(Corpus(map(on_arxiv, [*papers(RAG, 1, 3), *papers(SPEECH, 11, 2)]))) as fake:
        yield fake


async def test_a_search_is_made_once_in_however_many_processes(store: Store, arxiv: ArxivFake) -> None:
    async with newsroom(store, arxiv) as room, newsroom(store, arxiv) as other:
        queries = [Query.parse(text) for text in ("speech recognition", "Recognition speech")]
        asked = [r.searches.find(query, "relevance") for r in (room, other) for query in queries * 3]
        found = await asyncio.gather(*asked)
        assert {tuple(sorted(paper.id.number for paper in papers)) for papers in found} == {
            ("2611.00011", "2611.00012")
        }
        assert len({tuple(paper.id.number for paper in papers) for papers in found}) == 1
        assert room.asked == 1
        await room.searches.find(queries[0], "submittedDate")
        assert room.asked == 2


async def test_it_is_believed_for_an_hour(store: Store, arxiv: ArxivFake) -> None:
    async with newsroom(store, arxiv) as room:
        query = Query.parse("zzz")
        assert await room.searches.find(query, "relevance") == []
        asked = room.asked
        assert await room.searches.find(query, "relevance") == []
        assert room.asked == asked
        (key,) = await store.keys("pw:search:*")
        assert 3500 < await store.ttl(key) <= 3600


async def test_what_was_found_needs_no_second_look(store: Store, arxiv: ArxivFake) -> None:
    async with newsroom(store, arxiv) as room:
        first, *_ = await room.searches.find(Query.parse("speech"), "relevance")
        assert (await room.library.paper(first.id.unversioned)).paper == first
        assert room.asked == 1


async def test_a_failure_is_not_remembered(store: Store, arxiv: ArxivFake) -> None:
    async with newsroom(store, arxiv) as room:
        arxiv.fail("503", times=None)
        with pytest.raises(ArxivUnavailable):
            await room.searches.find(Query.parse("speech"), "relevance")
        arxiv.recover()
        await asyncio.sleep(0.05)  # the gate's first pause
        assert len(await room.searches.find(Query.parse("speech"), "relevance")) == 2
