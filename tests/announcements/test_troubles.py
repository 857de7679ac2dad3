"""Every way in which a feed was seen to go wrong, and what the reader makes of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta

import pytest

from bot.announcements.batch import Source, State
from bot.papers.feed import Kind
from bot.store.client import Store
from tests.announcements.rig import THREE, Arxiv, World, arxiv_of, paper, revised
from tests.fakes.arxiv_small import CC_BY

THU, FRI, SAT = date(2026, 11, 12), date(2026, 11, 13), date(2026, 11, 14)
MON, TUE, WED = date(2026, 11, 16), date(2026, 11, 17), date(2026, 11, 18)
EVE, THANKSGIVING = date(2026, 11, 26), date(2026, 11, 27)


@pytest.fixture
def arxiv() -> Iterator[Arxiv]:
    with arxiv_of() as fake:
        for day, first in ((FRI, 90100), (MON, 90200), (TUE, 90300), (WED, 90400)):
            for n in range(4):
                fake.corpus.add(paper(first + n, day, "cs.CL"))
                fake.corpus.add(paper(first + 10 + n, day, "cs.LG", "cs.CL"))
        yield fake


@pytest.fixture
def world(store: Store, arxiv: Arxiv) -> World:
    return World(store, arxiv, ["cs.CL"])


@dataclass(frozen=True)
class Trouble:
    """What is wrong on Tuesday at ten past midnight, and what we call it."""

    name: str
    state: State
    begin: Callable[[World], None]


def yesterday(world: World) -> None:
    world.arxiv.day_of["cs.CL"] = MON


def yesterday_dated_today(world: World) -> None:
    world.stuck, world.arxiv.shown_day = MON, TUE


def failing(name: str) -> Callable[[World], None]:
    return lambda world: world.arxiv.fail(name, times=None, path="/rss/cs.CL")  # type: ignore[arg-type]


def good_again(world: World) -> None:
    world.arxiv.recover()
    world.arxiv.day_of.clear()
    world.stuck = world.arxiv.shown_day = None


TROUBLES = [
    Trouble("yesterday's batch under its own date", State.STALE, yesterday),
    Trouble("yesterday's batch under a fresh date", State.STALE, yesterday_dated_today),
    Trouble("nothing on a working day", State.EMPTY, failing("no_items")),
    Trouble("half a document", State.MALFORMED, failing("malformed")),
    Trouble("less than announced", State.UNREACHABLE, failing("truncated")),
    Trouble("throttled", State.UNREACHABLE, failing("429")),
    Trouble("throttled in disguise", State.UNREACHABLE, failing("rate_exceeded_200")),
    Trouble("a fault of theirs", State.UNREACHABLE, failing("503")),
    Trouble("a broken connection", State.UNREACHABLE, failing("reset")),
]


@pytest.mark.parametrize("trouble", TROUBLES, ids=lambda trouble: trouble.name)
async def test_a_trouble_is_told_apart_and_outlasted(world: World, trouble: Trouble) -> None:
    await world.at(MON)
    world.arxiv.asked()
    trouble.begin(world)
    assert await world.at(TUE) == frozenset()
    batch = await world.batch("cs.CL", TUE)
    assert (batch.state, batch.items, batch.settled) == (trouble.state, (), False)
    await world.at(TUE, "00:15")
    assert world.arxiv.asked() == {"rss": 1}  # not every tick is a look
    for hour in ("00:20", "03:00", "03:15", "03:45"):
        await world.at(TUE, hour)
    assert world.arxiv.asked() == {"rss": 2}  # often in the first three hours, then hourly
    assert (await world.announcements.watermarks())["cs.CL"] == MON
    good_again(world)
    assert await world.at(TUE, "04:00") == {TUE}
    assert (await world.batch("cs.CL", TUE)).state is State.READ
    assert len(await world.numbers("cs.CL", TUE)) == 8
    assert (await world.announcements.watermarks())["cs.CL"] == TUE


async def test_one_category_in_trouble_holds_up_no_other(world: World) -> None:
    world.categories = {"cs.CL", "cs.LG"}
    failing("malformed")(world)
    assert await world.at(MON) == {MON}
    assert await world.states(MON) == {"cs.CL": "malformed", "cs.LG": "read"}


async def test_dates_of_items_prove_nothing(world: World) -> None:
    await world.at(MON)
    world.arxiv.items_behind = timedelta(days=1)
    await world.at(TUE)
    assert (await world.batch("cs.CL", TUE)).state is State.READ


async def test_a_paper_in_three_categories_is_one_paper(world: World) -> None:
    world.categories = set(THREE)
    world.arxiv.corpus.add(paper(90777, MON, "cs.IR", "cs.CL", "cs.LG"))
    await world.at(MON)
    for category in THREE:
        assert "2611.90777" in await world.numbers(category, MON)
    found = [paper_id.number for paper_id in await world.announcements.papers(MON)]
    assert found.count("2611.90777") == 1
    assert len(found) == len(set(found)) == 9
    only = await world.announcements.papers(MON, ["cs.IR"])
    assert [str(paper_id) for paper_id in only] == ["2611.90777v1"]


async def test_what_was_announced_before_is_not_new_again(world: World) -> None:
    await world.at(MON)
    # Listed again as it was, as happens when a paper was taken out of the listing for a correction.
    again = paper(90200, MON, "cs.CL")
    world.arxiv.corpus.add(paper(90200, TUE, "cs.CL"))
    await world.at(TUE)
    batch = await world.batch("cs.CL", TUE)
    assert (batch.state, batch.repeated, len(batch.announced)) == (State.READ, 1, 8)
    assert again.id not in await world.numbers("cs.CL", TUE)


async def test_replacements_do_not_count_and_old_ids_are_read(world: World) -> None:
    old = paper("cs/0502999", date(2005, 3, 1), "cs.CL")
    world.arxiv.corpus.add(revised(old, MON))
    world.arxiv.corpus.add(revised(paper("solv-int/9502001", date(1995, 2, 1), "cs.LG", "cs.CL"), MON))
    await world.at(MON)
    batch = await world.batch("cs.CL", MON)
    assert (len(batch.announced), batch.count(Kind.REPLACE), batch.count(Kind.REPLACE_CROSS)) == (8, 1, 1)
    assert {str(item.id) for item in batch.items} >= {"cs/0502999v2", "solv-int/9502001v2"}
    assert not {"cs/0502999", "solv-int/9502001"} & await world.numbers("cs.CL", MON)


async def test_a_replacement_supersedes_and_a_withdrawal_shows(world: World) -> None:
    await world.at(MON)
    await world.records.shown(await world.known("2611.90200"))
    gone = {"comment": "This paper has been withdrawn by the author", "source_type": "I"}
    for number, changes in ((90200, {}), (90201, gone)):
        before = world.arxiv.corpus.paper(f"2611.{number}")
        assert before
        world.arxiv.corpus.add(revised(before, TUE, **changes))
    await world.at(TUE)
    pinned = await world.known("2611.90200v1")
    assert (pinned.newest, pinned.shown) == (2, True)
    assert (await world.known("2611.90201v1")).newest == 2
    assert await store_life(world, "2611.90200v1") > 399
    assert await store_life(world, "2611.90200") > 399  # what was shown of it keeps its long life
    assert 29 < await store_life(world, "2611.90201") <= 30


async def store_life(world: World, number: str) -> float:
    """Return for how many days a paper stays on record."""
    return float(await world.store.ttl(f"pw:paper:{number}")) / 86_400


async def test_the_licence_of_the_feed_stays_and_the_venue_comes(world: World) -> None:
    world.arxiv.corpus.add(paper(90777, MON, "cs.CL", licence=CC_BY, comment="EMNLP 2026", doi="10.5555/7"))
    world.arxiv.fail("500", times=None, path="/api")
    assert await world.at(MON) == {MON}  # a batch waits for no comment
    before = (await world.known("2611.90777")).paper
    assert (before.licence, before.comment, before.published) == (CC_BY, None, None)
    batch = await world.batch("cs.CL", MON)
    assert (batch.state, batch.enriched) == (State.READ, False)
    world.arxiv.recover()
    world.arxiv.asked()
    await world.at(MON, "00:12")
    assert world.arxiv.asked() == {}
    assert await world.at(MON, "00:20") == frozenset()
    assert world.arxiv.asked() == {"api": 1}
    after = (await world.known("2611.90777")).paper
    assert (after.licence, after.comment, after.doi) == (CC_BY, "EMNLP 2026", "10.5555/7")
    assert after.published
    assert (await world.batch("cs.CL", MON)).enriched
    await world.at(MON, "02:00")
    assert world.arxiv.asked() == {}


@pytest.mark.parametrize("records_come", [True, False])
async def test_a_feed_that_was_cut_is_completed(store: Store, records_come: bool) -> None:
    with arxiv_of(*(paper(10_000 + n, MON, "cs.LG") for n in range(2030))) as arxiv:
        world = World(store, arxiv, ["cs.LG"])
        if not records_come:
            arxiv.fail("500", times=None, path="/oai")
        arxiv.fail("500", times=None, path="/api")
        assert await world.at(MON) == {MON}
        batch = await world.batch("cs.LG", MON)
        if not records_come:
            assert (batch.state, batch.settled, len(batch.announced)) == (State.TRUNCATED, False, 2000)
            arxiv.fail("malformed", times=None, path="/rss")  # which need not be asked again
            arxiv._faults = [fault for fault in arxiv._faults if fault.path != "/oai"]
            assert await world.at(MON, "00:20") == {MON}
            batch = await world.batch("cs.LG", MON)
        assert (batch.state, batch.source, len(batch.announced)) == (State.READ, Source.FEED_AND_OAI, 2030)
        assert len(await world.announcements.papers(MON)) == 2030


async def test_nothing_is_asked_on_days_off(world: World) -> None:
    await world.at(FRI)
    world.arxiv.asked()
    for day in (SAT, SAT + timedelta(days=1)):
        for hour in ("00:10", "03:00", "12:00"):
            assert await world.at(day, hour) == frozenset()
    assert world.arxiv.asked() == {}
    assert await world.announcements.days(9) == [FRI]


async def test_a_holiday_is_looked_at_once(world: World) -> None:
    world.arxiv.corpus.add(paper(90777, EVE, "cs.CL"))
    await world.at(EVE)
    world.arxiv.asked()
    world.arxiv.holidays.add(THANKSGIVING)
    for hour in ("00:10", "02:00", "02:45", "05:00", "18:00"):
        assert await world.at(THANKSGIVING, hour) == frozenset()
    assert world.arxiv.asked() == {"rss": 1}
    assert await world.states(THANKSGIVING) == {"cs.CL": "holiday"}


async def test_a_batch_on_a_supposed_holiday_is_taken(world: World) -> None:
    world.arxiv.corpus.add(paper(90777, EVE, "cs.CL"))
    world.arxiv.corpus.add(paper(90778, THANKSGIVING, "cs.CL"))
    await world.at(EVE)
    assert await world.at(THANKSGIVING, "00:10") == frozenset()
    assert await world.at(THANKSGIVING, "02:45") == {THANKSGIVING}
    assert await world.numbers("cs.CL", THANKSGIVING) == {"2611.90778"}


async def test_a_refusal_ends_all_asking(world: World) -> None:
    world.categories = set(THREE)
    world.arxiv.fail("403", times=None)
    for hour in ("00:10", "00:20", "00:30", "05:00"):
        assert await world.at(MON, hour) == frozenset()
    assert world.arxiv.asked() == {"rss": 1}
    assert set((await world.states(MON)).values()) == {"unreachable"}
    world.arxiv.recover()
    await world.gate.reopen()
    assert await world.at(MON, "06:00") == {MON}


async def test_a_clock_that_jumped_back_does_not_stop_the_reading(world: World) -> None:
    failing("500")(world)
    await world.at(MON, "12:00")
    good_again(world)
    assert await world.at(MON, "01:00") == {MON}


@pytest.mark.parametrize("days", [3, 365])
async def test_a_clock_that_was_ahead_settled_nothing(world: World, days: int) -> None:
    await world.at(MON)
    world.stuck = MON
    for hour in ("02:00", "12:00"):
        await world.at(MON + timedelta(days=days), hour)
    good_again(world)
    assert await world.at(TUE) == {TUE}
    assert (await world.batch("cs.CL", TUE)).state is State.READ


async def test_clocks_may_differ_a_little(world: World) -> None:
    await world.at(MON, "00:11")
    world.arxiv.asked()
    for hour in ("00:10", "06:00"):
        await world.at(MON, hour)
    assert world.arxiv.asked() == {}


async def test_a_feed_of_yesterday_that_we_missed_is_welcome(world: World) -> None:
    """The feed is late, and so were we: what it still holds is the batch of its own day."""
    await world.at(FRI)
    yesterday(world)
    assert await world.at(TUE) == {MON}
    assert await world.states(MON) == {"cs.CL": "read"}
    assert await world.states(TUE) == {"cs.CL": "stale"}
    good_again(world)
    world.arxiv.asked()
    assert await world.at(TUE, "00:20") == {TUE}
    assert world.arxiv.asked()["rss"] == 1
    assert (await world.announcements.watermarks())["cs.CL"] == TUE


async def test_whose_feed_it_is_in_the_first_minutes_nobody_knows(world: World) -> None:
    failing("500")(world)
    await world.at(MON, "23:30")
    good_again(world)
    world.arxiv.asked()
    await world.at(TUE, "00:05")
    assert "rss" not in world.arxiv.asked()
