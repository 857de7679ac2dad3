"""Delivery as tests see it: a clock that jumps, a platform that answers as told, and what came of it."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, Literal

from bot.chat.request import Address
from bot.editions.deliver import Deliverer, Uncertain
from bot.store.client import Store
from bot.store.outbox import Outbox

LEASE = 0.5
WINDOW = 300.0
# Errors are raised and nothing arrives; "hang" ends when somebody gives up, "late" too, but it has arrived.
Outcome = Exception | Literal["ok", "hang", "late"]


class Clock:
    """Runs fast, and jumps."""

    def __init__(self, speed: float = 1.0) -> None:
        self._speed, self._start, self.jumped = speed, time.monotonic(), 0.0

    def true(self) -> float:
        return 1_795_000_000 + self._speed * (time.monotonic() - self._start)

    def __call__(self) -> float:
        return self.true() + self.jumped


@dataclass
class Platform:
    """What stands in the chats, by their keys, in the order in which it came."""

    window: float | None = None
    clock: Callable[[], float] = time.time
    arrived: dict[str, list[str]] = field(default_factory=dict)
    noisy: list[str] = field(default_factory=list)  # keys of those that notified
    at: dict[str, float] = field(default_factory=dict)
    tries: Counter[str] = field(default_factory=Counter)
    recalled: list[str] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)
    at_once: int = 0
    most_at_once: int = 0
    opened: asyncio.Event | None = None  # what comes before it is, waits

    def take(self, address: Address, key: str, *, first: bool) -> str:
        stands = self.arrived.setdefault(str(address), [])
        nonced = self.window is not None and self.clock() - self.at.get(key, -1e12) < self.window
        if not nonced:
            stands.append(key)
            self.at[key] = self.clock()
            if first:
                self.noisy.append(key)
        return f"id-{key}"


class Line:
    """A process's way to the platform, and what happens on it. Nothing comes back once the process is dead."""

    def __init__(self, platform: Platform, happens: Callable[[Address, str], Outcome]) -> None:
        self.name = "discord" if platform.window else "telegram"
        self.nonce_window = platform.window
        self.platform = platform
        self.happens = happens
        self.busy: set[str] = set()
        self.dead = asyncio.Event()

    @contextlib.asynccontextmanager
    async def turn(self, address: Address) -> AsyncIterator[None]:
        yield

    async def post(self, address: Address, message: str, *, key: str, first: bool) -> str:
        platform, where = self.platform, str(address)
        if self.dead.is_set() or where in self.busy or not message.endswith(f"part {key.rpartition('/')[2]}"):
            platform.wrong.append(key)
        platform.tries[key] += 1
        self.busy.add(where)
        platform.at_once += 1
        platform.most_at_once = max(platform.most_at_once, platform.at_once)
        try:
            outcome = self.happens(address, key)
            found = platform.take(address, key, first=first) if outcome in ("ok", "late") else ""
            if isinstance(outcome, Exception):
                raise outcome
            await asyncio.sleep(0.001)
            if platform.opened:
                await platform.opened.wait()
            if outcome != "ok" or self.dead.is_set():
                await asyncio.Event().wait()
            return found
        finally:
            self.busy.discard(where)
            platform.at_once -= 1

    async def recall(self, address: Address, message: str, *, key: str, since: float) -> str | None:
        self.platform.recalled.append(key)
        return f"id-{key}" if key in self.platform.arrived.get(str(address), ()) else None


@dataclass
class Told:
    """Writes down what became of chats, and sends after them what waits."""

    outbox: Outbox
    said: list[tuple[str, ...]] = field(default_factory=list)

    async def lost(self, address: str, reason: str) -> None:
        self.said.append(("lost", address, reason))

    async def moved(self, old: str, new: str) -> None:
        self.said.append(("moved", old, new))
        await self.outbox.move(old, new, time.time())


def fine(address: Address, key: str) -> Outcome:
    return "ok"


def script(**outcomes: list[Outcome]) -> Callable[[Address, str], Outcome]:
    """Return what happens to the deliveries so named, one try after the other, and then nothing more."""
    left = {name: iter(some) for name, some in outcomes.items()}

    def happens(address: Address, key: str) -> Outcome:
        return next(left.get(key.partition("/")[0], iter(())), "ok")

    return happens


@dataclass
class Desk:
    """An outbox with deliveries `a`, `b`, … and who delivers them."""

    store: Store
    outbox: Outbox
    clock: Clock = field(default_factory=lambda: Clock(100))
    platform: Platform = field(default_factory=Platform)

    def __post_init__(self) -> None:
        self.told = Told(self.outbox)

    async def plan(self, keys: str, address: str = "telegram:1", *, parts: int = 2, wanted: str = "") -> None:
        for key in keys.split():
            content = await self.outbox.freeze([f"{key} part {number}" for number in range(parts)])
            await self.outbox.plan(key, address, content, parts, subscription=wanted, now=self.clock())

    def deliverer(
        self, happens: Callable[[Address, str], Outcome] = fine, uncertain: Uncertain = "resend"
    ) -> Deliverer:
        line = Line(self.platform, happens)
        return Deliverer(self.outbox, line, self.told, uncertain=uncertain, idle=0.01, clock=self.clock)

    @asynccontextmanager
    async def delivering(self, *args: Any) -> AsyncIterator[None]:
        task = asyncio.create_task(self.deliverer(*args).run())
        try:
            yield
        finally:
            task.cancel()
            await asyncio.wait({task})

    async def finish(self, *args: Any) -> None:
        """Deliver until nothing waits any more."""
        async with self.delivering(*args), asyncio.timeout(30):
            await self.empty()

    async def empty(self) -> None:
        assert self.platform.wrong == []
        name = "discord" if self.platform.window else "telegram"
        while await self.outbox.waiting(name):
            await asyncio.sleep(0.005)

    async def row(self, key: str, name: str = "state") -> str:
        return str(await self.store.execute_command("HGET", f"pw:out:row:{key}", name))

    def chat(self, address: str = "telegram:1") -> list[str]:
        return self.platform.arrived.get(address, [])


async def until(condition: Callable[[], object]) -> None:
    async with asyncio.timeout(10):
        while not condition():
            await asyncio.sleep(0.002)
