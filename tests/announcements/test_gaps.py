"""Days that were missed: caught up with once, marked late, and complete."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from datetime import date, timedelta

import pytest

from bot.announcements.batch import State
from bot.papers.feed import Kind
from bot.store.client import Store
from tests.announcements.rig import Arxiv, World, arxiv_of, moment, paper, revised
from tests.fakes.corpus import NONEXCLUSIVE

FRI, SAT = date(2026, 11, 13), date(2026, 11, 14)
MON, TUE, WED, THU = (date(2026, 11, 16) + timedelta(days=n) for n in range(4))
MISSED = (MON, TUE, WED)


@pytest.fixture
def arxiv() -> Iterator[Arxiv]:
    with arxiv_of() as fake:
        for day, first in ((FRI, 90000), (MON, 90100), (TUE, 90200), (WED, 90300), (THU, 90400)):
            for n in range(4):
                fake.corpus.add(paper(first + n, day, "cs.CL"))
                fake.corpus.add(paper(first + 10 + n, day, "cs.LG", "cs.CL"))
        # Held by moderation for a week, announced within the gap.
        fake.corpus.add(paper(90250, TUE, "cs.CL", held=7))
        # Announced and replaced within the gap; announced before it and replaced in it; in it and replaced today.
        fake.corpus.add(revised(paper(90150, MON, "cs.CL"), WED))
        fake.corpus.add(revised(paper(90050, FRI, "cs.CL"), TUE))
        fake.corpus.add(revised(paper(90350, WED, "cs.CL"), THU))
        # Of years ago: one replaced, one whose journal reference was added.
        fake.corpus.add(revised(paper("cs/0502999", date(2005, 3, 1), "cs.CL"), TUE))
        fake.corpus.add(paper("2001.00999", date(2020, 1, 6), "cs.CL", modified=TUE))
        yield fake


@pytest.fixture
def world(store: Store, arxiv: Arxiv) -> World:
    return World(store, arxiv, ["cs.CL"])


def of(first: int, *more: int) -> set[str]:
    """Return the numbers of the eight papers from `first` on, and others."""
    every = [*range(first, first + 4), *range(first + 10, first + 14), *more]
    return {f"2611.{number}" for number in every}


async def test_three_missed_days_are_caught_up_with_once(world: World) -> None:
    await world.at(FRI)
    world.arxiv.asked()
    assert await world.at(THU) == {*MISSED, THU}
    assert world.arxiv.asked() == {"rss": 1, "api": 1, "oai": 1}
    assert [await world.states(day) for day in MISSED] == [{"cs.CL": "read late oai"}] * 3
    assert await world.states(THU) == {"cs.CL": "read"}
    assert await world.numbers("cs.CL", MON) == of(90100, 90150)
    # A paper that was held is on the day of its record, and nowhere else.
    assert await world.numbers("cs.CL", TUE) == of(90200, 90250)
    assert await world.numbers("cs.CL", WED) == of(90300, 90350)
    assert await world.numbers("cs.CL", THU) == of(90400)
    tuesday = await world.batch("cs.CL", TUE)
    assert {str(item.id) for item in tuesday.items if item.kind is Kind.REPLACE} == {
        "2611.90050v2",
        "cs/0502999v2",
    }
    assert (tuesday.count(Kind.NEW), tuesday.count(Kind.CROSS), tuesday.enriched) == (5, 4, True)
    assert (await world.known("2611.90200")).paper.licence == NONEXCLUSIVE
    for hour in ("00:20", "01:00", "06:00"):
        assert await world.at(THU, hour) == frozenset()
    assert world.arxiv.asked() == {}


async def test_what_was_read_before_the_gap_is_not_new_in_it(world: World) -> None:
    await world.at(FRI)
    await world.at(THU)
    seen = [number for day in (FRI, *MISSED, THU) for number in await world.numbers("cs.CL", day)]
    assert len(seen) == len(set(seen))
    assert "2001.00999" not in seen


async def test_pages_of_records_are_all_read(world: World) -> None:
    world.arxiv.oai_page = 7
    await world.at(FRI)
    await world.at(THU)
    assert sum([len(await world.numbers("cs.CL", day)) for day in MISSED]) == 27


async def test_without_records_the_days_are_reconstructed(world: World) -> None:
    await world.at(FRI)
    world.arxiv.fail("500", times=None, path="/oai")
    await world.at(THU)
    assert [await world.states(day) for day in MISSED] == [{"cs.CL": "read late search"}] * 3
    assert await world.numbers("cs.CL", MON) == of(90100, 90150)
    assert await world.numbers("cs.CL", WED) == of(90300, 90350)
    # Submitted before we began to watch, a paper that was held cannot be told from one announced then.
    assert await world.numbers("cs.CL", TUE) == of(90200)
    assert [(await world.batch("cs.CL", day)).reconstructed for day in MISSED] == [True] * 3
    world.arxiv.recover()
    world.arxiv.asked()
    await world.at(THU, "12:00")
    assert world.arxiv.asked() == {}


async def test_where_nothing_answers_the_gap_stays_open(world: World) -> None:
    await world.at(FRI)
    for path in ("/oai", "/api"):
        world.arxiv.fail("500", times=None, path=path)
    assert await world.at(THU) == {THU}
    assert [await world.states(day) for day in MISSED] == [{"cs.CL": "unreachable"}] * 3
    assert (await world.announcements.watermarks())["cs.CL"] == MON - timedelta(days=1)
    world.arxiv.recover()
    assert await world.at(THU, "00:15") == frozenset()
    assert await world.at(THU, "00:20") == set(MISSED)
    assert (await world.announcements.watermarks())["cs.CL"] == THU


async def test_a_day_that_never_became_good_is_caught_up_with(world: World) -> None:
    await world.at(FRI)
    world.arxiv.fail("no_items", times=None, path="/rss")
    for hour in ("00:10", "12:00"):
        assert await world.at(MON, hour) == frozenset()
    assert await world.states(MON) == {"cs.CL": "empty"}
    world.arxiv.recover()
    assert await world.at(TUE) == {MON, TUE}
    assert await world.states(MON) == {"cs.CL": "read late oai"}
    assert await world.numbers("cs.CL", MON) == of(90100, 90150)


async def test_an_empty_day_of_which_there_are_no_records_is_settled(world: World) -> None:
    """The arXiv took a day off that its table of holidays does not name."""
    for number in [*of(90100, 90150)]:
        before = world.arxiv.corpus.paper(number)
        assert before
        world.arxiv.corpus._papers.pop(number)
    await world.at(FRI)
    world.arxiv.holidays.add(MON)
    await world.at(MON)
    await world.at(TUE)
    assert await world.states(MON) == {"cs.CL": "empty late oai"}
    assert (await world.announcements.watermarks())["cs.CL"] == TUE


async def test_the_gap_waits_for_the_batch_of_today(world: World) -> None:
    """Only when today's is known can it be told apart from what came before."""
    await world.at(FRI)
    world.arxiv.asked()
    world.arxiv.fail("no_items", times=None, path="/rss")
    await world.at(THU)
    assert world.arxiv.asked() == {"rss": 1}
    assert await world.at(THU, "03:10") == set(MISSED)  # but no longer than the window
    assert await world.numbers("cs.CL", WED) == of(90300, 90350)
    world.arxiv.recover()
    await world.at(THU, "04:10")
    assert await world.numbers("cs.CL", THU) == of(90400)


async def test_on_a_weekend_friday_is_caught_up_with(world: World) -> None:
    await world.at(FRI - timedelta(days=1))
    assert await world.at(SAT) == {FRI}
    assert await world.states(FRI) == {"cs.CL": "read late oai"}


async def test_a_first_start_on_a_weekend_has_the_last_batch(world: World) -> None:
    assert await world.at(SAT) == {FRI}
    assert world.arxiv.asked() == {"oai": 1}
    assert await world.numbers("cs.CL", FRI) == of(90000, 90050)
    for hour in ("06:00", "12:00"):
        await world.at(SAT, hour)
    assert world.arxiv.asked() == {}


async def test_the_first_start_reads_today_alone(world: World) -> None:
    await world.at(WED)
    assert world.arxiv.asked() == {"rss": 1, "api": 1}
    assert await world.announcements.days(9) == [WED]


async def test_a_gap_of_months_is_cut(world: World) -> None:
    await world.at(FRI - timedelta(days=70))
    await world.at(THU)
    days = await world.announcements.days(100)
    assert min(days[:-1]) >= THU - timedelta(days=30)
    assert (await world.announcements.watermarks())["cs.CL"] == THU


async def test_the_number_of_requests_is_that_of_categories(world: World) -> None:
    """A category that a second chat wants costs nothing, one that is new costs its own."""
    await world.at(MON)
    world.categories = {"cs.CL", "cs.LG"}
    world.arxiv.asked()
    await world.at(MON, "00:20")
    assert world.arxiv.asked() == {"rss": 1}  # its papers are known from the other category


async def test_a_restart_goes_on_where_it_was(world: World) -> None:
    await world.at(MON)
    world.arxiv.fail("500", times=None, path="/rss")
    await world.at(TUE)
    world.arxiv.recover()
    world.arxiv.asked()
    world.reader = world.another()
    await world.at(TUE, "00:15")
    assert world.arxiv.asked() == {}
    assert await world.at(TUE, "00:20") == {TUE}
    world.reader = world.another()
    assert await world.at(TUE, "00:30") == frozenset()
    assert world.arxiv.asked() == {"rss": 1, "api": 1}


async def test_two_readers_at_once_ask_once(world: World) -> None:
    world.categories = {"cs.CL", "cs.LG"}
    world.arxiv.day = MON
    readers = [world.another() for _ in range(2)]
    came = await asyncio.gather(*(reader.tick(moment(MON)) for reader in readers for _ in range(2)))
    assert world.arxiv.asked() == {"rss": 2, "api": 1}
    assert sorted(map(len, came)) == [0, 0, 0, 1]


async def test_a_reader_that_died_is_replaced(world: World) -> None:
    """It left its lease, and nothing of a batch that it had not saved."""
    world.arxiv.day = MON
    await world.store.set("pw:lease:announcements", "somebody who was killed", px=300)
    assert await world.another().tick(moment(MON)) == {MON}


async def test_a_cancelled_tick_leaves_nothing_half_done(world: World) -> None:
    await world.at(FRI)
    world.arxiv.asked()
    world.arxiv.fail("hang", times=1, path="/oai")
    world.arxiv.day = THU
    ticking = asyncio.create_task(world.reader.tick(moment(THU)))
    while not any(seen.path == "/oai" for seen in world.arxiv.requests):
        await asyncio.sleep(0.005)
    ticking.cancel()
    await asyncio.gather(ticking, return_exceptions=True)
    assert [await world.announcements.batch("cs.CL", day) for day in MISSED] == [None] * 3
    world.arxiv.recover()
    assert await world.another().tick(moment(THU, "00:20")) == set(MISSED)


async def test_states_without_a_look(world: World) -> None:
    assert await world.announcements.batch("cs.CL", MON) is None
    assert await world.announcements.day(MON) == []
    assert await world.announcements.papers(MON) == []
    await world.at(MON)
    assert (await world.batch("cs.CL", MON)).state is State.READ
