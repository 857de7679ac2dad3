"""Telegram's limits are kept, by counting and not by trying."""

from __future__ import annotations

import asyncio
import selectors
from collections.abc import Mapping
from itertools import pairwise
from random import Random

import pytest

from bot.platforms.telegram.pace import Limits, Pace, Turns
from tests.fakes.telegram_limits import Counters


class Asleep(selectors.SelectSelector):
    """Waits for nothing but the clock, which it puts forward instead."""

    now = 0.0

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        self.now += timeout or 0.0
        return super().select(0)


class Quick(asyncio.SelectorEventLoop):
    """A loop in which hours pass in no time, whatever else the machine has to do."""

    def __init__(self) -> None:
        self._clock = Asleep()
        super().__init__(self._clock)

    def time(self) -> float:
        return self._clock.now


def test_a_short_burst_then_one_a_second() -> None:
    """In one chat; another is not concerned."""
    pace = Pace(Limits(chat=(3, 3.0)))
    for _ in range(3):
        assert pace.free("7") <= 100
        pace.note("7", 100)
    assert pace.free("7") == 103
    assert pace.free("8") == 0


def test_twenty_a_minute_in_a_group() -> None:
    """Groups have negative ids."""
    pace = Pace(Limits(chat=(99, 1.0), group=(20, 60.0)))
    for second in range(20):
        pace.note("-7", second)
        pace.note("7", second)
    assert pace.free("-7") == 60
    assert pace.free("7") == 0


def test_thirty_a_second_in_all() -> None:
    """Over all chats."""
    pace = Pace(Limits(overall=(30, 1.0)))
    for n in range(30):
        assert pace.free_overall(urgent=True) <= 5
        pace.note(str(n), 5, urgent=True)
    assert pace.free_overall(urgent=True) == pace.free_overall(urgent=False) == 6


def test_notifications_go_out_evenly() -> None:
    """A few together and then one by one, within the limit and within 5 % of it, however late timers are."""
    pace, random = Pace(Limits()), Random(7)
    sent: list[float] = []
    while (now := pace.free_overall(urgent=False)) < 60:
        sent.append(max([now, *sent[-1:]]) + random.uniform(0, 0.003))
        pace.note(str(len(sent)), sent[-1])
    assert all(later - first > 1.01 for first, later in zip(sent, sent[30:], strict=False))
    assert max(later - first for first, later in pairwise(sent)) < 0.2
    assert len(sent) / 60 > 0.95 * 30


def test_a_late_message_counts_from_when_it_came() -> None:
    """By as much as its answer took longer than the quickest, within reason."""
    for took, free in ((0.02, 1.0), (0.07, 1.05), (5.0, 1.1)):
        pace = Pace(Limits(overall=(2, 1.0)))
        late, quick = pace.note("1", 0.0), pace.note("2", 0.0)
        pace.answered(late, took)
        pace.answered(quick, 0.02)
        assert pace.free_overall(urgent=True) == pytest.approx(free)


def test_a_hold_concerns_one_chat() -> None:
    """The longer of two holds counts."""
    pace = Pace(Limits())
    pace.hold("7", 0, 50)
    pace.hold("7", 0, 40)
    assert (pace.free("7"), pace.free("8"), pace.free_overall(urgent=False)) == (50, 0, 0)


def test_what_is_long_past_is_forgotten() -> None:
    """A bot that runs for years remembers the last minute."""
    pace = Pace(Limits(group=(2, 10.0)))
    pace.hold("-1", 0, 5)
    for n in range(5_000):
        pace.note(f"-{n}", float(n))
    assert len(pace._chats) < 2_100
    assert not pace._held


async def test_people_wait_for_nothing_until_telegram_complains() -> None:
    """Replies go out in a burst; after a complaint, everything keeps to the limits."""
    turns = Turns(Limits(overall=(1, 60), chat=(1, 60), group=(1, 60)))
    async with asyncio.timeout(5):
        for _ in range(10):
            await turns.take("7", urgent=True)
    turns.hold("8", 0)
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.05):
            await turns.take("7", urgent=True)


async def test_people_go_first() -> None:
    """Replies overtake what nobody asked for, in the order of asking; who gives up loses the place."""
    turns = Turns(Limits(overall=(1, 0.05), chat=(99, 1), group=(99, 1)))
    order: list[str] = []

    async def send(name: str, *, urgent: bool) -> None:
        await turns.take(name, urgent=urgent)
        order.append(name)

    first = asyncio.create_task(send("first", urgent=False))
    await first
    later = [asyncio.create_task(send(name, urgent=name > "m")) for name in ("a", "b", "x", "gone z", "y")]
    await asyncio.sleep(0)
    later[3].cancel()
    await asyncio.gather(*later, return_exceptions=True)
    assert order == ["first", "x", "y", "a", "b"]


async def test_one_chats_pause_is_nobody_elses() -> None:
    """The chat behind goes ahead."""
    turns = Turns(Limits())
    turns.hold("7", 60)
    waiting = asyncio.create_task(turns.take("7", urgent=True))
    await turns.take("8", urgent=False)
    assert not waiting.done()
    assert 59 < turns.delay("7") <= 60
    waiting.cancel()


@pytest.mark.parametrize("seed", range(5))
def test_telegram_counts_no_more_than_it_allows(seed: int) -> None:
    """However unevenly messages arrive: notifications to many chats, to one and to a group, and answers among them."""
    random, refused = Random(seed), list[str]()
    counters, turns = Counters(), Turns(Limits())

    async def send(chat: str, *, urgent: bool) -> None:
        turn = await turns.take(chat, urgent=urgent)
        await asyncio.sleep(random.uniform(0.01, 0.1))
        now = asyncio.get_running_loop().time()
        if counters.wait(int(chat), group=chat.startswith("-"), now=now):
            refused.append(chat)
        await asyncio.sleep(0.005)
        turns.answered(turn)

    async def all_of(unasked: Mapping[str, int], answers: Mapping[str, int]) -> float:
        # What tells how quick the quickest is, as the first calls of a process do.
        await send("99999", urgent=False)
        async with asyncio.TaskGroup() as group:
            for chats, urgent in ((unasked, False), (answers, True)):
                for chat, count in chats.items():
                    for _ in range(count):
                        group.create_task(send(chat, urgent=urgent))
        return asyncio.get_running_loop().time()

    people = {str(n): 1 for n in range(1, 400)}
    with asyncio.Runner(loop_factory=Quick) as runner:
        took = runner.run(all_of({**people, "500": 9, "-1": 45}, {str(n): 1 for n in range(600, 625)}))
    assert refused == []
    assert 120 < took < 140, "45 to a group take two minutes and a little more"
