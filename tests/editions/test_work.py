"""Work goes on when a worker dies, and nothing is done twice."""

from __future__ import annotations

import asyncio
import contextlib
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable

import pytest

from bot.editions.work import Work
from bot.store.client import Store
from bot.store.embedded import EmbeddedValkey
from bot.store.subscriptions import Claim, Subscriptions
from tests.editions.work_process import Slow


async def until(condition: Callable[[], Awaitable[bool]], seconds: float = 30) -> None:
    async with asyncio.timeout(seconds):
        while not await condition():
            await asyncio.sleep(0.02)


async def done(store: Store, list_: str = "done") -> list[str]:
    return [str(line) for line in await store.execute_command("LRANGE", list_, 0, -1)]


async def due(store: Store, chats: int, each: int = 1) -> Subscriptions:
    subs = Subscriptions(store)
    for chat in range(chats):
        for n in range(each):
            await subs.add(f"telegram:{chat}", f"topic {n}", "{}", 0.0, limit=99)
    return subs


@contextlib.asynccontextmanager
async def working(work: Work) -> AsyncIterator[asyncio.Task[None]]:
    task = asyncio.create_task(work.run())
    try:
        yield task
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


@pytest.fixture
def url(valkey: EmbeddedValkey) -> str:
    return f"unix://{valkey.socket_path}"


def quick(desk: object, subs: Subscriptions, url: str) -> Work:
    return Work(desk, subs, url, claim=5, tick=0.05, redelivery=1.0, clock=time.monotonic)  # type: ignore[arg-type]


async def test_two_workers_do_everything_once(store: Store, url: str) -> None:
    subs = await due(store, 150, 2)
    one, other = (quick(Slow(store, name, 0.01), subs, url) for name in ("one", "other"))
    async with working(one), working(other):
        await until(lambda: _count(store, 300))
    lines = await done(store)
    assert len({line.split(maxsplit=1)[1] for line in lines}) == len(lines) == 300


async def _count(store: Store, count: int) -> bool:
    return len(await done(store)) >= count


async def test_one_chats_editions_come_one_after_the_other(store: Store, url: str) -> None:
    subs = await due(store, 3, 4)
    running: set[str] = set()

    class Alone(Slow):
        async def prepare(self, claim: Claim) -> None:
            assert claim.subscription.chat not in running
            running.add(claim.subscription.chat)
            await super().prepare(claim)
            running.discard(claim.subscription.chat)

    async with working(quick(Alone(store, "one", 0.02), subs, url)):
        await until(lambda: _count(store, 12))
    assert len(await done(store)) == 12


async def test_what_fails_is_due_again(store: Store, url: str) -> None:
    subs = await due(store, 2)
    failed: set[str] = set()

    class Fails(Slow):
        async def prepare(self, claim: Claim) -> None:
            if claim.subscription.chat not in failed:
                failed.add(claim.subscription.chat)
                raise RuntimeError("a fault of ours")
            await super().prepare(claim)

    work = Work(Fails(store, "one", 0), subs, url, claim=0.3, tick=0.05, redelivery=1.0, clock=time.monotonic)
    async with working(work):
        await until(lambda: _count(store, 2))
    assert len(failed) == 2


@pytest.mark.timeout(90)
async def test_the_work_of_one_that_is_killed_is_finished_by_another(store: Store, url: str) -> None:
    await due(store, 20)
    clock = str(time.time() - time.monotonic())

    def started(name: str, seconds: float) -> subprocess.Popen[bytes]:
        command = [sys.executable, "-m", "tests.editions.work_process", url, clock, name, str(seconds)]
        return subprocess.Popen(command)

    first = started("first", 60)
    try:
        await until(lambda: _began(store, 20))
    finally:
        first.kill()
        first.wait()
    second = started("second", 0.01)
    try:
        await until(lambda: _count(store, 20), 60)
    finally:
        second.kill()
        second.wait()
    lines = await done(store)
    assert sorted(lines) == sorted(f"second telegram:{n} topic 0" for n in range(20))


async def _began(store: Store, count: int) -> bool:
    return len(await done(store, "began")) >= count


async def test_it_stops_within_seconds_and_leaves_the_rest_to_others(store: Store, url: str) -> None:
    subs = await due(store, 2)
    slow = Work(
        Slow(store, "slow", 600),
        subs,
        url,
        claim=60,
        tick=0.05,
        redelivery=1.0,
        patience=0.2,
        clock=time.monotonic,
    )
    async with working(slow):
        await until(lambda: _began(store, 2))
        began = time.monotonic()
    assert time.monotonic() - began < 5
    async with working(quick(Slow(store, "other", 0), subs, url)):
        await until(lambda: _count(store, 2), 10)


async def test_all_of_a_chats_claims_are_kept_while_the_first_takes_long(store: Store, url: str) -> None:
    subs = await due(store, 1, 3)
    work = Work(
        Slow(store, "one", 0.5), subs, url, claim=0.4, tick=0.05, redelivery=1.0, clock=time.monotonic
    )
    async with working(work):
        await until(lambda: _count(store, 3))
    assert len(await done(store, "began")) == 3
