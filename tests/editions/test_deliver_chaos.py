"""Delivery while everything fails at random: nothing lost, nothing repeated without need, everything in order."""

from __future__ import annotations

import asyncio
import contextlib
import random
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from bot.chat.request import Address
from bot.editions.deliver import Deliverer, Uncertain
from bot.errors import (
    Ambiguous,
    PlatformUnavailable,
    RetryAfter,
    StoreUnavailable,
)
from bot.store.client import Store
from bot.store.outbox import Outbox
from tests.editions.delivery_desk import (
    LEASE,
    WINDOW,
    Clock,
    Line,
    Outcome,
    Platform,
    Told,
)


class Mortal:
    """A process's way to the store: commands get lost, go twice, or stay without an answer; or it is dead."""

    def __init__(self, store: Store, faults: Callable[[], float], line: Line) -> None:
        self._store, self._faults, self._line = store, faults, line

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)

    def script(self, source: str) -> Any:
        async def run(*, args: list[Any]) -> Any:
            return await self._faulty(lambda: self._store.script(source)(args=args))

        return run

    async def text(self, key: str) -> Any:
        return await self._faulty(lambda: self._store.text(key))

    async def _faulty(self, do: Callable[[], Any]) -> Any:
        dice = self._faults()
        await self._alive()
        if dice < 0.03:
            raise StoreUnavailable("unreachable")
        said = await do()
        if dice < 0.06:
            said = await do()
        await self._alive()
        if dice > 0.97:
            raise StoreUnavailable("unreachable")
        return said

    async def _alive(self) -> None:
        if self._line.dead.is_set():
            await asyncio.Event().wait()


class Chaos:
    """Processes that deliver, one after the other, each killed in the midst of it; and faults of every kind."""

    def __init__(
        self, store: Store, seed: int, platform: Platform, clock: Clock, uncertain: Uncertain
    ) -> None:
        self.dice = random.Random(seed)
        self.store, self.platform, self.clock, self.uncertain = store, platform, clock, uncertain
        self.calm = False
        self.unsure: Counter[str] = Counter()  # keys → how often it stayed open whether they went out
        self.tasks: list[asyncio.Task[None]] = []
        self.chats = Told(Outbox(store))

    def happens(self, address: Address, key: str) -> Outcome:
        dice = 1.0 if self.calm else self.dice.random()
        if dice < 0.25:
            self.unsure[key] += 1
            return self.dice.choice([Ambiguous("reset"), "hang", "late", "late"])
        if dice < 0.4:
            return RetryAfter(self.dice.choice([0.5, 5, 40]))
        if dice < 0.43:
            return RetryAfter(0.03, everywhere=True)
        if dice < 0.432:  # for a second at least
            return PlatformUnavailable("it")
        return "ok"

    def start(self) -> Line:
        line = Line(self.platform, self.happens)
        faults: Callable[[], float] = lambda: 0.5 if self.calm else self.dice.random()  # noqa: E731
        outbox = Outbox(Mortal(self.store, faults, line), lease=LEASE)  # type: ignore[arg-type]
        deliverer = Deliverer(outbox, line, self.chats, uncertain=self.uncertain, idle=0.01, clock=self.clock)
        self.tasks.append(asyncio.create_task(deliverer.run()))
        return line

    async def kill(self, line: Line) -> None:
        """Let the process have done what it has done so far, and nothing more."""
        line.dead.set()
        await asyncio.sleep(0.01)  # commands that were on their way arrive
        async for name in self.store.scan_iter("pw:out:row:*"):
            row = await self.store.execute_command("HGETALL", name)
            if row.get("state") == "sending":
                self.unsure[f"{name.removeprefix('pw:out:row:')}/{row.get('at', 0)}"] += 1


@contextlib.contextmanager
def ended(tasks: list[asyncio.Task[None]]) -> Iterator[None]:
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()


SEEDS = range(2)


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("mode", ["nonce", "resend", "leave"])
async def test_whatever_happens_nothing_is_lost_or_repeated_and_order_is_kept(
    store: Store, mode: str, seed: int
) -> None:
    clock = Clock(200)
    platform = Platform(WINDOW if mode == "nonce" else None, clock.true)
    chaos = Chaos(store, seed, platform, clock, "leave" if mode == "leave" else "resend")
    plain, name = Outbox(store), "discord" if mode == "nonce" else "telegram"
    planned: dict[str, list[str]] = {}

    async def plan(number: int) -> None:
        for chat in range(12):
            key, address = f"{chat}-{number}", f"{name}:{chat}"
            content = await plain.freeze([f"{key} part 0", f"{key} part 1"])
            for _ in range(chaos.dice.choice([1, 1, 2])):
                await plain.plan(key, address, content, 2, now=clock())
            planned.setdefault(address, []).extend([f"{key}/0", f"{key}/1"])

    with ended(chaos.tasks):
        for number in range(7):
            line = chaos.start()
            await plan(number)
            await asyncio.sleep(chaos.dice.uniform(0.05, 0.6))
            if chaos.dice.random() < 0.5:
                clock.jumped = chaos.dice.choice([-1e8, -1e5, 0, 1e5, 1e8])
            await chaos.kill(line)
        chaos.calm = True
        chaos.start()
        async with asyncio.timeout(60):
            while await plain.waiting(name):
                await asyncio.sleep(0.01)

    assert not chaos.chats.said
    assert not platform.wrong
    for address, keys in planned.items():
        stands = platform.arrived.get(address, [])
        once = list(dict.fromkeys(stands))
        assert once == [key for key in keys if key in once], "out of order"
        assert [key for key, before in zip(stands[1:], stands, strict=False) if key != before] == once[1:]
        for key in keys:
            times = stands.count(key)
            state = await store.execute_command("HGET", f"pw:out:row:{key.partition('/')[0]}", "state")
            assert state in ("sent", "uncertain")
            assert times or state == "uncertain", "lost"
            if mode == "nonce":
                assert (times, state) == (1, "sent")
            else:
                most = 2 if mode == "resend" else 1
                assert times <= most
                assert times < 2 or chaos.unsure[key], "repeated without need"
                assert times or _given_up(key, chaos.unsure, most), "given up without need"


def _given_up(key: str, unsure: Counter[str], most: int) -> bool:
    """Whether a part, or one before it, had its chances."""
    delivery, _, part = key.partition("/")
    return any(unsure[f"{delivery}/{earlier}"] >= most for earlier in range(int(part) + 1))
