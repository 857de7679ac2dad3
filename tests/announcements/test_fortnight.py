"""A fortnight in which everything goes wrong that ever did, in one go; at its end nothing is missing."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta

import pytest

from bot.papers.feed import Kind
from bot.papers.schedule import announcement_days
from bot.store.client import Store
from tests.announcements.rig import THREE, Arxiv, World, arxiv_of, moment, paper, revised
from tests.fakes.arxiv_small import CC_BY
from tests.fakes.corpus import ArxivPaper, Corpus

FIRST, LAST = date(2026, 11, 16), date(2026, 11, 30)
DAYS = announcement_days(FIRST, LAST)
HOLIDAY = date(2026, 11, 27)  # nothing was closed on Thanksgiving, the day before
OUTAGE = (date(2026, 11, 23), date(2026, 11, 24), date(2026, 11, 25))
FULL = date(2026, 11, 20)

READ = dict.fromkeys(THREE, "read")
HOLIDAYS = dict.fromkeys(THREE, "holiday")
STALE = dict.fromkeys(THREE, "stale")


def quiet(world: World) -> None:
    """Nothing is wrong any more."""
    world.arxiv.recover()
    world.arxiv.items_behind = timedelta(0)
    world.stuck = world.arxiv.shown_day = None


def items_behind(world: World) -> None:
    world.arxiv.items_behind = timedelta(days=1)


def stale_under_a_fresh_date(world: World) -> None:
    world.stuck, world.arxiv.shown_day = FIRST, FIRST + timedelta(days=1)


def nothing_in_one(world: World) -> None:
    world.arxiv.fail("no_items", path="/rss/cs.IR")


def malformed_in_one(world: World) -> None:
    world.arxiv.fail("malformed", path="/rss/cs.CL")


def throttled_in_disguise(world: World) -> None:
    quiet(world)
    world.arxiv.fail("rate_exceeded_200", path="/rss/cs.CL")


def restarted(world: World) -> None:
    quiet(world)
    world.reader = world.another()


def no_records_at_first(world: World) -> None:
    world.arxiv.fail("503", times=4, path="/oai")  # the first category gives up, the others are served


@dataclass(frozen=True)
class Step:
    """A tick in New York, what happened before it, and what stands afterwards."""

    day: str
    hour: str
    states: Mapping[str, str]
    asked: Mapping[str, int] = field(default_factory=dict)
    before: Callable[[World], None] = quiet


STEPS = [
    Step("11-16", "00:10", READ, {"rss": 3, "api": 1}, items_behind),
    Step("11-16", "00:15", READ),
    Step("11-17", "00:10", STALE, {"rss": 3}, stale_under_a_fresh_date),
    Step("11-17", "00:15", STALE, {}, stale_under_a_fresh_date),
    Step("11-17", "01:10", READ, {"rss": 3, "api": 1}),
    Step("11-18", "00:10", READ | {"cs.IR": "empty"}, {"rss": 3, "api": 1}, nothing_in_one),
    Step("11-18", "00:20", READ, {"rss": 1, "api": 1}),
    Step("11-19", "00:10", READ | {"cs.CL": "malformed"}, {"rss": 3, "api": 1}, malformed_in_one),
    Step("11-19", "00:20", READ | {"cs.CL": "unreachable"}, {"rss": 1}, throttled_in_disguise),
    Step("11-19", "00:25", READ | {"cs.CL": "unreachable"}, {}, restarted),
    Step("11-19", "00:30", READ, {"rss": 1, "api": 1}),
    Step("11-20", "00:10", READ | {"cs.LG": "read feed+oai"}, {"rss": 3, "api": 9, "oai": 3}),
    Step("11-21", "00:10", {}),
    Step("11-22", "12:00", {}),
    # Nobody is there on the 23rd, 24th and 25th.
    Step("11-26", "00:10", READ, {"rss": 3, "api": 2, "oai": 6}, no_records_at_first),
    Step("11-26", "01:10", READ),
    Step("11-27", "00:10", {}),
    Step("11-27", "02:45", HOLIDAYS, {"rss": 3}, lambda world: world.arxiv.holidays.add(HOLIDAY)),
    Step("11-27", "06:00", HOLIDAYS),
    Step("11-28", "06:00", {}),
    Step("11-30", "00:10", READ, {"rss": 3, "api": 1}),
]


def made_papers() -> Iterator[ArxivPaper]:
    """Yield for each day and category five papers, one of all three, one that was held, and a replacement."""
    for n, day in enumerate(DAYS):
        first = 90_000 + 100 * n
        for m, category in enumerate(THREE):
            for number in range(first + 10 * m, first + 10 * m + 5):
                made = paper(number, day, category, licence=CC_BY)
                replaced = number % 10 == 4 and day != LAST
                yield revised(made, DAYS[n + 1]) if replaced else made
        yield paper(first + 50, day, *THREE)
        yield paper(first + 60, day, "cs.CL", "cs.AI", held=6)
    for n in range(2005):
        yield paper(10_000 + n, FULL, "cs.LG")
    yield revised(paper("cs/0502999", date(2005, 3, 1), "cs.CL"), DAYS[1])


def truth(corpus: Corpus, category: str, day: date) -> set[str]:
    """Return what the category announced."""
    return {p.id for p in corpus if p.versions[0].announced == day and category in p.categories}


@pytest.fixture
def arxiv() -> Iterator[Arxiv]:
    with arxiv_of(*made_papers()) as fake:
        yield fake


async def test_nothing_is_missing_after_a_fortnight(store: Store, arxiv: Arxiv) -> None:
    world = World(store, arxiv)
    for step in STEPS:
        step.before(world)
        day = date.fromisoformat(f"2026-{step.day}")
        came = await world.at(day, step.hour)
        said = f"{step.day} {step.hour}"
        assert (said, await world.states(day)) == (said, step.states)
        assert (said, arxiv.asked()) == (said, step.asked)
        assert not came or step.asked

    for day in (day for day in DAYS if day not in OUTAGE):
        for category in THREE:
            assert await world.numbers(category, day) == truth(arxiv.corpus, category, day)
    for day in OUTAGE:
        assert await world.states(day) == {
            "cs.CL": "read late search",
            "cs.IR": "read late oai",
            "cs.LG": "read late oai",
        }
        for category in ("cs.IR", "cs.LG"):
            assert await world.numbers(category, day) == truth(arxiv.corpus, category, day)
    # A search says nothing of the day on which moderation let a paper go, but leaves none out.
    reconstructed = [await world.numbers("cs.CL", day) for day in OUTAGE]
    assert set().union(*reconstructed) == set().union(*(truth(arxiv.corpus, "cs.CL", d) for d in OUTAGE))
    assert sum(map(len, reconstructed)) == len(set().union(*reconstructed))

    tuesday = await world.batch("cs.CL", DAYS[1])
    assert {str(item.id) for item in tuesday.items if item.kind is Kind.REPLACE} == {
        "cs/0502999v2",
        "2611.90004v2",
    }
    assert (await world.known("2611.90004v1")).newest == 2
    assert (await world.known("2611.90001")).paper.licence == CC_BY
    assert set((await world.announcements.watermarks()).values()) == {LAST}


async def test_readers_that_come_together_share_the_work(store: Store, arxiv: Arxiv) -> None:
    world = World(store, arxiv)
    await world.at(DAYS[0])
    arxiv.day = DAYS[1]
    arxiv.asked()
    await asyncio.gather(*(world.another().tick(moment(DAYS[1])) for _ in range(3)))
    assert arxiv.asked() == {"rss": 3, "api": 1}
