"""Delivery against a scripted platform and a real Valkey: nothing lost, nothing twice, everything in order."""

from __future__ import annotations

import asyncio
import signal
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from bot.chat.request import Address
from bot.editions.deliver import Uncertain
from bot.errors import (
    Ambiguous,
    Forbidden,
    Migrated,
    PlatformUnavailable,
    Rejected,
    RetryAfter,
    ThreadGone,
)
from bot.store.client import Store
from bot.store.outbox import Outbox
from bot.store.subscriptions import Subscriptions
from tests.console_process import valkeys
from tests.editions.delivery_desk import (
    LEASE,
    WINDOW,
    Clock,
    Desk,
    Outcome,
    Platform,
    script,
    until,
)


@pytest.fixture
def desk(store: Store) -> Desk:
    return Desk(store, Outbox(store, lease=LEASE))


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
