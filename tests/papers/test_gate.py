"""The promises of the gate, held by the one in Redis and by that of a single process alike."""

from __future__ import annotations

import asyncio
import time
from itertools import pairwise

import pytest

from bot.errors import ArxivClosed, ArxivUnavailable
from bot.papers.gate import Answered, Gate, LocalGate, Refused, Silent, Throttled, Turn, pause_after
from bot.store.client import Store
from bot.store.gate import RedisGate
from tests.papers.conditions import until

SLACK = 0.003  # seconds; Redis counts whole milliseconds


class Clock:
    """A monotonic clock that can be put forward."""

    def __init__(self) -> None:
        self.ahead = 0.0

    def __call__(self) -> float:
        return time.monotonic() + self.ahead


class Case:
    """A gate, with the ways to look into it and to let its time pass."""

    def __init__(self, kind: str, store: Store) -> None:
        self.kind = kind
        self.store = store
        self.clock = Clock()

    def gate(self, gap: float = 0.0) -> Gate:
        return (
            LocalGate(gap=gap, clock=self.clock) if self.kind == "local" else RedisGate(self.store, gap=gap)
        )

    async def pass_time(self) -> None:
        """Let whatever pause there is be over."""
        self.clock.ahead += 10_000
        await self.store.execute_command("HDEL", "pw:gate", "next")

    async def waiting(self, gate: Gate) -> int:
        """Return how many wait."""
        if isinstance(gate, LocalGate):
            return len(gate._people) + len(gate._background)
        return sum([await self.store.zcard(f"pw:gate:{kind}") for kind in ("people", "background")])


@pytest.fixture(params=["local", "redis"])
def case(request: pytest.FixtureRequest, store: Store) -> Case:
    return Case(request.param, store)


async def line_up(case: Case, gate: Gate, names: str) -> tuple[Turn, list[str], list[asyncio.Task[None]]]:
    """Take the turn; behind it let one wait for each letter, in that order, a small one in the background."""
    turn = await gate.enter()
    served: list[str] = []

    async def one(name: str) -> None:
        mine = await gate.enter(background=name.islower())
        served.append(name)
        await mine.leave(Answered())

    tasks = []
    for count, name in enumerate(names, 1):
        tasks.append(asyncio.create_task(one(name)))

        async def queued(count: int = count) -> bool:
            return await case.waiting(gate) == count

        await until(queued)
    return turn, served, tasks


async def pause_of(gate: Gate) -> float:
    """Return the seconds that the gate asks whoever comes now to wait."""
    with pytest.raises(ArxivUnavailable) as busy:
        await gate.enter(patience=0)
    assert busy.value.reason == "busy"
    assert busy.value.retry_after is not None
    return busy.value.retry_after


async def test_fifty_at_once_go_one_by_one_a_gap_apart(case: Case) -> None:
    gate = case.gate(0.01)
    spans: list[tuple[float, float]] = []

    async def one() -> None:
        turn = await gate.enter(patience=60)
        began = time.monotonic()
        await asyncio.sleep(0.002)
        spans.append((began, time.monotonic()))
        await turn.leave(Answered())

    await asyncio.gather(*(one() for _ in range(50)))
    assert len(spans) == 50
    assert all(later[0] - earlier[1] >= 0.01 - SLACK for earlier, later in pairwise(spans))


async def test_first_come_first_served(case: Case) -> None:
    turn, served, tasks = await line_up(case, case.gate(), "ABC")
    await turn.leave(Answered())
    await asyncio.gather(*tasks)
    assert served == ["A", "B", "C"]


async def test_people_go_first_and_every_fourth_slot_is_for_background_work(case: Case) -> None:
    turn, served, tasks = await line_up(case, case.gate(), "abcABCDEFG")
    await turn.leave(Answered())
    await asyncio.gather(*tasks)
    order = "".join(served)
    assert order.replace("a", "").replace("b", "").replace("c", "") == "ABCDEFG"
    # The first slot was the one that all waited behind.
    assert order == "ABaCDEbFGc"


async def test_waiting_is_bounded(case: Case) -> None:
    gate = case.gate()
    turn = await gate.enter()
    start = time.monotonic()
    with pytest.raises(ArxivUnavailable) as busy:
        await gate.enter(patience=0.2)
    assert busy.value.reason == "busy"
    assert time.monotonic() - start < 5
    assert await case.waiting(gate) == 0
    await turn.leave(Answered())
    await (await gate.enter(patience=5)).leave(Answered())


async def test_a_pause_longer_than_our_patience_is_told_at_once(case: Case) -> None:
    gate = case.gate()
    await (await gate.enter()).leave(Throttled(120))
    with pytest.raises(ArxivUnavailable) as busy:
        await gate.enter(patience=60)
    assert busy.value.retry_after == pytest.approx(120, abs=2)


async def test_pauses_double_until_an_answer_comes(case: Case) -> None:
    gate = case.gate()
    for seconds in (5, 10, 20, 40, 80, 160, 300, 300):
        await (await gate.enter()).leave(Throttled())
        assert await pause_of(gate) == pytest.approx(seconds, abs=2)
        await case.pass_time()
    await (await gate.enter()).leave(Silent())
    await (await gate.enter()).leave(Throttled())
    assert await pause_of(gate) == pytest.approx(300, abs=2)
    await case.pass_time()
    await (await gate.enter()).leave(Answered())
    await (await gate.enter()).leave(Throttled())
    assert await pause_of(gate) == pytest.approx(5, abs=2)


@pytest.mark.parametrize(("asked", "held"), [(1.0, 5), (90.0, 90), (1e9, 3600)])
async def test_what_the_arxiv_asks_for_is_done_within_reason(case: Case, asked: float, held: float) -> None:
    gate = case.gate()
    await (await gate.enter()).leave(Throttled(asked))
    assert await pause_of(gate) == pytest.approx(held, abs=2)


async def test_a_refusal_closes_until_it_is_reopened(case: Case) -> None:
    gate = case.gate()
    turn, _, tasks = await line_up(case, gate, "Aa")
    await turn.leave(Refused())
    for ended in await asyncio.gather(*tasks, return_exceptions=True):
        assert isinstance(ended, ArxivClosed)
    with pytest.raises(ArxivClosed):
        await gate.enter()
    await case.pass_time()
    with pytest.raises(ArxivClosed):
        await gate.enter(background=True)
    await gate.reopen()
    await (await gate.enter(patience=5)).leave(Answered())


async def test_reopening_forgets_the_pause(case: Case) -> None:
    gate = case.gate()
    await (await gate.enter()).leave(Throttled(600))
    await gate.reopen()
    await (await gate.enter(patience=5)).leave(Throttled())
    assert await pause_of(gate) == pytest.approx(5, abs=2)


async def test_reopening_does_not_forget_the_gap(case: Case) -> None:
    gate = case.gate(1.0)
    await (await gate.enter()).leave(Answered())
    await gate.reopen()
    assert await pause_of(gate) == pytest.approx(1, abs=0.5)


async def test_a_waiter_that_leaves_is_passed_over(case: Case) -> None:
    gate = case.gate()
    turn, served, tasks = await line_up(case, gate, "ABC")
    tasks[0].cancel()
    await asyncio.gather(tasks[0], return_exceptions=True)
    assert await case.waiting(gate) == 2
    await turn.leave(Answered())
    await asyncio.gather(*tasks[1:])
    assert served == ["B", "C"]


async def test_a_holder_that_is_cancelled_lets_the_next_in(case: Case) -> None:
    gate = case.gate()
    holds = asyncio.Event()

    async def hold() -> None:
        turn = await gate.enter()
        try:
            holds.set()
            await asyncio.Event().wait()
        finally:
            await turn.leave(Silent())

    holding = asyncio.create_task(hold())
    await holds.wait()
    holding.cancel()
    await asyncio.gather(holding, return_exceptions=True)
    await (await gate.enter(patience=5)).leave(Answered())


async def test_no_turn_is_lost_however_early_its_waiter_leaves(case: Case) -> None:
    gate = case.gate()
    for round_ in range(60):
        entering = asyncio.create_task(gate.enter())
        for _ in range(round_ % 12):
            await asyncio.sleep(0)
        if round_ % 3 == 0:
            await asyncio.sleep(round_ / 20_000)
        entering.cancel()
        await asyncio.gather(entering, return_exceptions=True)
        if not entering.cancelled():
            await entering.result().leave(Silent())
        turn = await gate.enter(patience=1)
        await turn.leave(Silent())


async def test_leaving_twice_lets_no_second_in(case: Case) -> None:
    gate = case.gate()
    turn, served, tasks = await line_up(case, gate, "A")
    await turn.leave(Answered())
    await asyncio.gather(*tasks)
    held = await gate.enter()
    await turn.leave(Answered())
    with pytest.raises(ArxivUnavailable):
        await gate.enter(patience=0.1)
    await held.leave(Answered())
    assert served == ["A"]


@pytest.mark.parametrize(
    ("strikes", "asked", "pause"),
    [(1, None, 5), (3, None, 20), (10_000, None, 300), (1, 7.5, 7.5), (2, -1, 10)],
)
def test_pause(strikes: int, asked: float | None, pause: float) -> None:
    assert pause_after(strikes, asked) == pause
