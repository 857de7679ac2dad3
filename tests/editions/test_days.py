"""The days that were read, and those that are rebuilt."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import replace

import pytest

from bot.announcements.batch import State
from bot.errors import ArxivUnavailable
from bot.store.client import Store
from tests.editions.newsroom import FRI, MON, RAG, THU, TUE, WED, newsroom, on_arxiv, papers
from tests.fakes.arxiv import ArxivFake
from tests.fakes.corpus import Corpus


@pytest.fixture
def arxiv() -> Iterator[ArxivFake]:
    with ArxivFake(Corpus()) as fake:
        for number, day in enumerate((FRI, MON, TUE, WED)):
            for one in papers(RAG, 10 * number, 3, day):
                fake.corpus.add(on_arxiv(one, day))
        yield fake


async def test_a_day_that_was_not_read_is_rebuilt_once(store: Store, arxiv: ArxivFake) -> None:
    async with newsroom(store, arxiv) as room, newsroom(store, arxiv) as other:
        days = await asyncio.gather(*(r.days.day(MON) for r in (room, other) for _ in range(5)))
        assert {tuple(str(i) for i in day.ids) for day in days} == {
            ("2611.00012v1", "2611.00011v1", "2611.00010v1")
        } or all({i.number for i in day.ids} == {"2611.00010", "2611.00011", "2611.00012"} for day in days)
        assert all(day.reconstructed for day in days)
        edition = await room.edition("rag", MON)
        assert (edition.matched, edition.reconstructed) == (3, True)
    assert room.asked == 1


async def test_a_weekend_belongs_to_the_monday_after_it(store: Store, arxiv: ArxivFake) -> None:
    async with newsroom(store, arxiv) as room:
        assert {i.number for i in (await room.days.day(FRI)).ids} == {
            "2611.00000",
            "2611.00001",
            "2611.00002",
        }
        assert (await room.days.day(FRI.replace(day=14))).ids == ()
    assert room.asked == 1


@pytest.mark.parametrize("state", [State.UNREAD, State.UNREACHABLE, State.MALFORMED])
async def test_a_day_that_could_not_be_read_is_rebuilt(store: Store, arxiv: ArxivFake, state: State) -> None:
    async with newsroom(store, arxiv) as room:
        await room.looked(WED, state)
        day = await room.days.day(WED)
        assert (len(day.ids), day.reconstructed) == (3, True)


async def test_what_is_read_later_replaces_what_was_rebuilt(store: Store, arxiv: ArxivFake) -> None:
    async with newsroom(store, arxiv) as room:
        await room.days.day(WED)
        await room.announce(WED, papers(RAG, 30, 1))
        day = await room.days.day(WED)
        assert (len(day.ids), day.reconstructed) == (1, False)


async def test_a_rebuilt_day_is_of_many_pages(
    store: Store, arxiv: ArxivFake, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.editions.days._SLICE", 2)
    async with newsroom(store, arxiv) as room:
        assert len((await room.days.day(WED)).ids) == 3
    assert room.asked == 2


async def test_a_rebuilding_that_fails_is_said_and_tried_again(store: Store, arxiv: ArxivFake) -> None:
    async with newsroom(store, arxiv) as room:
        arxiv.fail("503", times=None)
        with pytest.raises(ArxivUnavailable):
            await room.days.day(WED)
        arxiv.recover()
        await asyncio.sleep(0.05)  # the gate's first pause
        assert len((await room.days.day(WED)).ids) == 3


async def test_of_two_versions_the_newest_that_was_announced_counts(store: Store, arxiv: ArxivFake) -> None:
    async with newsroom(store, arxiv) as room:
        (one,) = papers(RAG, 1, 1)
        await room.announce(WED, [one])
        await room.announce(WED, [replace(one, id=replace(one.id, version=2))], "cs.IR")
        assert [str(i) for i in (await room.days.read(WED)).ids] == ["2611.00001v2"]


async def test_a_day_is_another_once_more_is_known(store: Store, arxiv: ArxivFake) -> None:
    async with newsroom(store, arxiv) as room:
        marks = set()
        await room.announce(WED, papers(RAG, 1, 1), enriched=False)
        marks.add((await room.read()).mark)
        await room.announce(WED, papers(RAG, 1, 1))
        marks.add((await room.read()).mark)
        await room.announce(WED, papers(RAG, 1, 2))
        marks.add((await room.read()).mark)
        assert len(marks) == 3
        assert (await room.read()).mark in marks


async def test_what_the_arxiv_has_no_more_is_left_out_for_good(store: Store, arxiv: ArxivFake) -> None:
    async with newsroom(store, arxiv) as room:
        gone = papers(RAG, 77, 1)
        await room.announce(THU, [*papers(RAG, 30, 2), *gone], known=False)
        day = await room.read(THU)
        loaded = await room.days.papers(day.ids, fetch=True)
        assert ([paper.id.number for paper in loaded.papers], loaded.missing) == (
            ["2611.00030", "2611.00031"],
            0,
        )
        bare = await room.days.papers(day.ids, fetch=False)
        assert (len(bare.papers), bare.missing) == (2, 1)
