"""The gate in Redis over processes that come, go, are killed, and over a Redis that does."""

from __future__ import annotations

import asyncio
import os
import sys
import time
from collections.abc import AsyncIterator
from itertools import pairwise
from pathlib import Path

import pytest
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff

from bot.errors import ArxivClosed, ArxivUnavailable, StoreUnavailable
from bot.papers.gate import Answered, Refused, Throttled
from bot.store.client import Store
from bot.store.embedded import EmbeddedValkey
from bot.store.gate import RedisGate
from tests.papers.conditions import until

ROOT = Path(__file__).resolve().parents[2]
GAP, LEASE, GONE = 0.03, 600, 400  # seconds, milliseconds, milliseconds
FUTURE = int((time.time() + 10 * 365 * 86_400) * 1000)


@pytest.fixture
def gate(store: Store) -> RedisGate:
    return RedisGate(store, gap=GAP, lease=LEASE, gone=GONE)


class Processes:
    """Processes that go through the same gate; none of them outlives the test."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._all: list[asyncio.subprocess.Process] = []

    async def start(self, what: str, times: int = 1) -> asyncio.subprocess.Process:
        arguments = [what, self._url, *map(str, (GAP, LEASE, GONE, times))]
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "tests.papers.gate_process",
            *arguments,
            cwd=ROOT,
            stdout=asyncio.subprocess.PIPE,
        )
        self._all.append(process)
        return process

    async def stop(self) -> None:
        for process in self._all:
            if process.returncode is None:
                process.kill()
            await process.communicate()


@pytest.fixture
async def processes(valkey: EmbeddedValkey) -> AsyncIterator[Processes]:
    started = Processes(f"unix://{valkey.socket_path}")
    yield started
    await started.stop()


async def said(process: asyncio.subprocess.Process) -> str:
    assert process.stdout
    return (await process.stdout.readline()).decode().strip()


async def test_three_processes_go_one_by_one_a_gap_apart(gate: RedisGate, processes: Processes) -> None:
    others = [await processes.start("turns", 12) for _ in range(2)]
    spans: list[tuple[float, float]] = []

    async def one() -> None:
        turn = await gate.enter()
        began = time.monotonic()
        await asyncio.sleep(0.005)
        spans.append((began, time.monotonic()))
        await turn.leave(Answered())

    async def ours() -> None:
        for _ in range(30):
            await one()

    async def theirs(process: asyncio.subprocess.Process) -> None:
        out, _ = await process.communicate()
        assert process.returncode == 0
        for line in out.decode().splitlines():
            began, ended = map(float, line.split())
            spans.append((began, ended))

    await asyncio.gather(ours(), *map(theirs, others))
    assert len(spans) == 54
    assert all(later[0] - earlier[1] >= GAP - 0.003 for earlier, later in pairwise(sorted(spans)))


async def test_a_killed_holder_is_replaced_after_its_lease(gate: RedisGate, processes: Processes) -> None:
    holder = await processes.start("hold")
    assert await said(holder) == "held"
    # It is alive and renews: nobody gets in, however long a lease is.
    with pytest.raises(ArxivUnavailable):
        await gate.enter(patience=2 * LEASE / 1000)
    holder.kill()
    await holder.wait()
    start = time.monotonic()
    turn = await gate.enter(patience=10)
    assert time.monotonic() - start < LEASE / 1000 + 1
    await turn.leave(Answered())


async def test_a_killed_waiter_is_forgotten(store: Store, gate: RedisGate, processes: Processes) -> None:
    turn = await gate.enter()
    waiter = await processes.start("wait")

    async def it_waits() -> bool:
        return await store.zcard("pw:gate:people") == 1

    await until(it_waits)
    waiter.kill()
    await waiter.wait()
    behind = asyncio.create_task(gate.enter(patience=10))

    async def we_wait() -> bool:
        return await store.zcard("pw:gate:people") == 2

    await until(we_wait)
    start = time.monotonic()
    await turn.leave(Answered())
    await (await behind).leave(Answered())
    assert time.monotonic() - start < GONE / 1000 + 1
    assert await store.zcard("pw:gate:people") == 0
    assert await store.hlen("pw:gate:heard") == 0


async def test_pauses_and_refusals_are_everybodys(
    store: Store, valkey: EmbeddedValkey, gate: RedisGate
) -> None:
    other_store = Store.at(f"unix://{valkey.socket_path}")
    other = RedisGate(other_store, gap=GAP)
    await (await gate.enter()).leave(Throttled(40))
    with pytest.raises(ArxivUnavailable) as busy:
        await other.enter(patience=10)
    assert busy.value.retry_after == pytest.approx(40, abs=2)
    await other.reopen()
    turn = await gate.enter()
    waiting = asyncio.create_task(other.enter())
    await turn.leave(Refused())
    with pytest.raises(ArxivClosed):
        await waiting
    assert await other.is_closed()
    await other.reopen()
    assert not await gate.is_closed()
    await (await gate.enter(patience=5)).leave(Answered())
    await other_store.close_all()


@pytest.mark.parametrize("field", ["until", "next"])
async def test_times_absurdly_far_ahead_are_void(store: Store, gate: RedisGate, field: str) -> None:
    await store.execute_command("HSET", "pw:gate", field, FUTURE, "holder", "a ghost")
    turn = await gate.enter(patience=1)
    await turn.leave(Answered())
    await (await gate.enter(patience=1)).leave(Answered())


async def test_waiters_heard_of_in_the_future_are_void(store: Store, gate: RedisGate) -> None:
    await store.execute_command("ZADD", "pw:gate:people", 0, "a ghost")
    await store.execute_command("HSET", "pw:gate:heard", "a ghost", FUTURE)
    await (await gate.enter(patience=1)).leave(Answered())


async def test_a_question_that_is_sent_again_is_answered_as_before(store: Store, gate: RedisGate) -> None:
    again: list[tuple[object, ...]] = []
    plain = store.execute_command

    async def twice(*command: object, **options: object) -> object:
        """Send all twice, as the client does when the first reply was lost."""
        first = await plain(*command, **options)
        second = await plain(*command, **options)
        if command[0] == "EVAL" and first == [0, 0]:
            again.append((first, second))
        return second

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(store, "execute_command", twice)
        await (await gate.enter(patience=1)).leave(Throttled())
    assert again == [([0, 0], [0, 0])]
    assert await store.execute_command("HGET", "pw:gate", "strikes") == "1"


async def test_who_lost_the_turn_shortens_no_pause(store: Store, gate: RedisGate) -> None:
    slow = await gate.enter()
    await store.execute_command("HDEL", "pw:gate", "holder", "until")  # its lease ran out
    await (await gate.enter(patience=1)).leave(Throttled(40))
    await slow.leave(Answered())
    with pytest.raises(ArxivUnavailable) as busy:
        await gate.enter(patience=1)
    assert busy.value.retry_after == pytest.approx(40, abs=2)


async def test_a_redis_that_is_killed_and_comes_back(tmp_path: Path) -> None:
    store = Store.embedded_in(tmp_path)
    assert store.embedded
    try:
        gate = RedisGate(store, gap=GAP, lease=LEASE, gone=GONE)
        turn = await gate.enter()
        waiting = asyncio.create_task(gate.enter(patience=20))
        for _ in range(2):
            await kill_server(store)
        await turn.leave(Answered())
        await (await waiting).leave(Answered())
    finally:
        await store.close_all()


async def test_a_refusal_is_not_forgotten_while_redis_is_away(tmp_path: Path) -> None:
    server = EmbeddedValkey(tmp_path)
    server.ensure_running()
    store = Store.at(f"unix://{server.socket_path}")
    store.set_retry(Retry(NoBackoff(), 0))
    gate = RedisGate(store, gap=GAP)
    turn = await gate.enter()
    server.leave()  # the last one out shuts it down
    await turn.leave(Refused())
    with pytest.raises(StoreUnavailable):
        await gate.enter(patience=1)
    server = EmbeddedValkey(tmp_path)
    server.ensure_running()
    with pytest.raises(ArxivClosed):
        await gate.enter(patience=1)
    assert await gate.is_closed()
    await store.close_all()
    server.leave()


async def kill_server(store: Store) -> None:
    """Kill the server that the store started itself, as nothing else would."""
    os.kill(int((await store.info("server"))["process_id"]), 9)
