"""Delivery against a scripted platform and a real Valkey: nothing lost, nothing twice, everything in order."""

from __future__ import annotations

import asyncio
import contextlib
import random
import signal
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import pytest

from bot.chat.request import Address
from bot.editions.deliver import Deliverer, Uncertain
from bot.errors import (
    Ambiguous,
    Forbidden,
    Migrated,
    PlatformUnavailable,
    Rejected,
    RetryAfter,
    StoreUnavailable,
    ThreadGone,
)
from bot.store.client import Store
from bot.store.outbox import Outbox
from bot.store.subscriptions import Subscriptions
from tests.console_process import valkeys

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


@pytest.fixture
def desk(store: Store) -> Desk:
    return Desk(store, Outbox(store, lease=LEASE))


async def until(condition: Callable[[], object]) -> None:
    async with asyncio.timeout(10):
        while not condition():
            await asyncio.sleep(0.002)


async def test_everything_goes_out_in_order_and_only_the_first_part_notifies(desk: Desk) -> None:
    await desk.plan("a b")
    await desk.plan("c", "telegram:2:7", parts=3)
    await desk.finish()
    assert desk.chat() == ["a/0", "a/1", "b/0", "b/1"]
    assert desk.chat("telegram:2:7") == ["c/0", "c/1", "c/2"]
    assert sorted(desk.platform.noisy) == ["a/0", "b/0", "c/0"]
    assert await desk.row("c", "ids") == "id-c/0 id-c/1 id-c/2"


async def test_what_is_planned_meanwhile_goes_out_soon(desk: Desk) -> None:
    async with desk.delivering():
        await desk.plan("a")
        await until(lambda: len(desk.chat()) == 2)
        await desk.plan("b")
        await until(lambda: len(desk.chat()) == 4)


async def test_a_chat_told_to_wait_waits_and_nobody_else(desk: Desk) -> None:
    desk.clock = Clock()
    await desk.plan("a b")
    await desk.plan("c", "telegram:2")
    async with desk.delivering(script(a=["ok", RetryAfter(100)])):
        await until(lambda: len(desk.chat("telegram:2")) == 2)
        await until(lambda: desk.platform.tries["a/1"])
        await until(lambda: not desk.platform.at_once)
        await asyncio.sleep(0.05)
        assert desk.platform.tries["a/1"] == 1
        desk.clock.jumped += 100
        await desk.empty()
    assert desk.chat() == ["a/0", "a/1", "b/0", "b/1"]


@pytest.mark.parametrize("refusal", [RetryAfter(0.4, everywhere=True), PlatformUnavailable("Telegram")])
async def test_a_platform_that_takes_nothing_is_left_alone(desk: Desk, refusal: Exception) -> None:
    for number in range(200):
        await desk.plan(f"k{number}", f"telegram:{number}")
    refused = desk.clock() + 30

    def happens(address: Address, key: str) -> Outcome:
        return refusal if desk.clock() < refused else "ok"

    await desk.finish(happens)
    assert sum(desk.platform.tries.values()) <= 400 + 2 * 32
    assert all(desk.chat(f"telegram:{n}") == [f"k{n}/0", f"k{n}/1"] for n in range(200))
    assert (await desk.outbox.counts(desk.clock()))["sent"] == 200


async def test_an_outage_of_an_hour_loses_nothing(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """Holds run by Redis's clock; here they are a thousand times as short."""
    hold, held = desk.outbox.hold, []

    async def shorter(platform: str, seconds: float) -> bool:
        held.append(seconds)
        return await hold(platform, seconds / 1000)

    monkeypatch.setattr(desk.outbox, "hold", shorter)
    desk.clock = Clock(1000)
    refused = desk.clock() + 3600
    for number in range(20):
        await desk.plan(f"k{number}", f"telegram:{number}")
    await desk.finish(lambda *_: PlatformUnavailable("Telegram") if desk.clock() < refused else "ok")
    assert max(held) == 60
    assert (await desk.outbox.counts(desk.clock()))["sent"] == 20


@pytest.mark.parametrize("error", [Forbidden("kicked"), ThreadGone("closed")])
async def test_a_lost_chat_is_told_once_and_gets_nothing_more(desk: Desk, error: Exception) -> None:
    await desk.plan("a b c")
    await desk.plan("d", "telegram:2")
    await desk.finish(script(a=["ok", error]))
    assert desk.chat() == ["a/0"]
    assert len(desk.told.said) == 1
    assert [await desk.row(key) for key in "abcd"] == ["failed"] * 3 + ["sent"]
    assert await desk.row("c", "reason") in ("kicked", "closed")


@pytest.mark.parametrize(
    ("error", "address", "lost"),
    [
        (ThreadGone("closed"), "telegram:1", "telegram:1:"),
        (ThreadGone("closed"), "telegram:1:7", "telegram:1:7"),
        (Forbidden("kicked"), "telegram:1", "telegram:1"),
    ],
)
async def test_of_a_forum_one_topic_is_lost(desk: Desk, error: Exception, address: str, lost: str) -> None:
    """The general topic, which no address names, is one place like the others; out of a chat is out of all of it."""
    await desk.plan("a", address)
    await desk.finish(script(a=[error]))
    assert [said[:2] for said in desk.told.said] == [("lost", lost)]


@pytest.mark.parametrize("error", [Rejected("too long"), Migrated("1")])
async def test_what_can_never_go_out_fails_and_the_queue_goes_on(desk: Desk, error: Exception) -> None:
    await desk.plan("a b")
    await desk.finish(script(a=[error]))
    assert desk.chat() == ["b/0", "b/1"]
    assert await desk.row("a") == "failed"
    assert desk.told.said == []


async def test_a_chat_that_has_moved_gets_the_rest_there(desk: Desk) -> None:
    await desk.plan("a b")
    await desk.finish(script(a=["ok", Migrated("-1009")]), "leave")
    assert desk.chat() == ["a/0"]
    assert desk.chat("telegram:-1009") == ["a/1", "b/0", "b/1"]
    assert desk.told.said == [("moved", "telegram:1", "telegram:-1009")]


async def test_a_chat_that_moves_while_a_part_is_on_its_way(desk: Desk) -> None:
    await desk.plan("a b")
    async with desk.delivering(script(a=["late"])):
        await until(lambda: desk.platform.tries["a/0"])
        await desk.outbox.move("telegram:1", "telegram:-1009", desk.clock())
        await desk.empty()
    assert desk.chat() == ["a/0"]
    assert desk.chat("telegram:-1009") == ["a/0", "a/1", "b/0", "b/1"]


async def test_who_unsubscribes_meanwhile_gets_no_more(desk: Desk) -> None:
    subscriptions = Subscriptions(desk.store)
    ids = [await subscriptions.add("telegram:1", wanted, "", 1, limit=9) for wanted in "ab"]
    assert ids[0]
    assert ids[1]
    await desk.plan("a", wanted=ids[0].id, parts=3)
    await desk.plan("b", wanted=ids[0].id)
    await desk.plan("c", wanted=ids[1].id)

    def happens(address: Address, key: str) -> Outcome:
        if key == "a/1":
            removing.append(asyncio.create_task(subscriptions.remove(ids[0].id if ids[0] else "")))
        return "ok"

    removing: list[asyncio.Task[bool]] = []
    await desk.finish(happens)
    assert desk.chat() == ["a/0", "a/1", "c/0", "c/1"]
    assert [await desk.row(key) for key in "abc"] == ["failed", "failed", "sent"]


UNSURE: list[Outcome] = [Ambiguous("reset"), "hang", "late", TimeoutError(), ValueError("a bug")]


@pytest.mark.parametrize("outcome", UNSURE, ids=str)
@pytest.mark.parametrize("uncertain", ["resend", "leave"])
async def test_a_part_in_doubt_is_repeated_once_or_left(
    desk: Desk, outcome: Outcome, uncertain: Uncertain
) -> None:
    await desk.plan("a b")
    await desk.finish(script(a=[outcome]), uncertain)
    if uncertain == "resend":
        assert [await desk.row(key) for key in "ab"] == ["sent", "sent"]
        assert desk.platform.tries["a/0"] == 2
    else:
        assert [await desk.row(key) for key in "ab"] == ["uncertain", "sent"]
        assert desk.platform.tries == {"a/0": 1, "b/0": 1, "b/1": 1}


async def test_a_part_in_doubt_twice_is_uncertain(desk: Desk) -> None:
    await desk.plan("a b")
    refused = [RetryAfter(1), PlatformUnavailable("Telegram"), RetryAfter(0.01, everywhere=True)]
    await desk.finish(script(a=["late", *refused, "late"]))
    assert desk.chat() == ["a/0", "a/0", "b/0", "b/1"]
    assert await desk.row("a") == "uncertain"


async def test_a_nonce_makes_repeats_harmless(desk: Desk) -> None:
    desk.platform = Platform(WINDOW, desk.clock.true)
    await desk.plan("a b", "discord:1")
    await desk.finish(script(a=["late", "late", Ambiguous("502"), "ok", "late"]), "leave")
    assert desk.chat("discord:1") == ["a/0", "a/1", "b/0", "b/1"]
    assert desk.platform.recalled == []


@pytest.mark.parametrize("arrived", [True, False])
async def test_past_the_window_the_channel_is_searched(desk: Desk, arrived: bool) -> None:
    desk.platform = Platform(WINDOW, desk.clock)
    await desk.plan("a", "discord:1")
    async with desk.delivering(script(a=["late" if arrived else "hang"])):
        await until(lambda: desk.platform.tries["a/0"])
        desk.clock.jumped += WINDOW
        await desk.empty()
    assert desk.chat("discord:1") == ["a/0", "a/1"]
    assert desk.platform.recalled == ["a/0"]
    assert desk.platform.tries["a/0"] == (1 if arrived else 2)


async def test_what_never_succeeds_does_not_hold_a_chat_up_for_ever(desk: Desk) -> None:
    desk.platform = Platform(WINDOW, desk.clock)
    desk.clock = Clock(1e6)
    await desk.plan("a b", "discord:1")
    await desk.finish(lambda _, key: Ambiguous("500") if key == "a/0" else "ok")
    assert desk.chat("discord:1") == ["b/0", "b/1"]
    assert await desk.row("a") == "uncertain"


async def test_parts_on_their_way_are_let_through_at_the_end(desk: Desk) -> None:
    for number in range(100):
        await desk.plan(f"k{number}", f"telegram:{number}")
    desk.outbox.lease = 20  # none ends meanwhile
    desk.platform.opened = asyncio.Event()
    task = asyncio.create_task(desk.deliverer().run())
    await until(lambda: desk.platform.at_once == 32)
    task.cancel()
    await asyncio.sleep(0)
    desk.platform.opened.set()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert desk.platform.at_once == 0
    assert sorted(desk.platform.tries) == sorted(f"k{number}/0" for number in range(32))
    # The next to come finds no doubt and need not wait for any lease.
    left = await desk.outbox.take("telegram", desk.clock(), 999)
    assert sorted(delivery.at for delivery in left) == [0] * 68 + [1] * 32
    assert not any(delivery.doubtful for delivery in left)


async def test_who_hangs_at_the_end_is_not_waited_for_long(desk: Desk) -> None:
    await desk.plan("a")
    task = asyncio.create_task(desk.deliverer(script(a=["late"])).run())
    await until(lambda: desk.platform.at_once)
    task.cancel()
    begun = time.monotonic()
    await asyncio.wait({task})
    assert time.monotonic() - begun < LEASE
    await until(lambda: not desk.platform.at_once)


async def test_many_deliveries_to_few_leave_room_for_others(desk: Desk) -> None:
    for number in range(64):
        await desk.plan(" ".join(f"k{number}-{n}" for n in range(10)), f"telegram:{number}", parts=1)
    await desk.plan("last", "telegram:99", parts=1)
    order: list[str] = []

    def happens(address: Address, key: str) -> Outcome:
        order.append(key)
        return "ok"

    await desk.finish(happens)
    assert order.index("last/0") < 200
    assert desk.platform.most_at_once <= 32


async def test_an_address_that_another_has_costs_nothing(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    desk.outbox.lease = 60
    await desk.plan("a")
    assert await desk.outbox.take("telegram", desk.clock(), 1)
    desk.clock = Clock()
    run: Callable[..., Any] = desk.store.execute_command
    sent = 0

    async def counted(*words: Any, **options: Any) -> Any:
        nonlocal sent
        sent += 1
        return await run(*words, **options)

    monkeypatch.setattr(desk.store, "execute_command", counted)
    async with desk.delivering():
        await asyncio.sleep(0.3)
    assert sent <= 40
    assert desk.chat() == []


async def test_a_redis_that_dies_and_comes_back_loses_nothing(tmp_path: Path) -> None:
    store = Store.embedded_in(tmp_path)
    try:
        desk = Desk(store, Outbox(store, lease=5), Clock())
        for number in range(150):
            await desk.plan(f"k{number}", f"telegram:{number}", parts=3)
        async with desk.delivering(), asyncio.timeout(60):
            for sent in (50, 150, 250):
                await until(lambda sent=sent: sum(desk.platform.tries.values()) >= sent)  # type: ignore[misc]
                (server,) = valkeys(tmp_path)
                server.send_signal(signal.SIGKILL)
            await desk.empty()
        for number in range(150):
            assert desk.chat(f"telegram:{number}") == [f"k{number}/{part}" for part in range(3)]
    finally:
        await store.close_all()


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
