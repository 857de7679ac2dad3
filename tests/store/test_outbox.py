"""The outbox in a real Valkey: one at a time, in order, and nothing noted by who has no say any more."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from bot.store.client import Store
from bot.store.outbox import LONGEST_WAIT, Delivery, Outbox, State
from bot.store.subscriptions import Subscriptions

NOW = 1_795_000_000.0
CHAT, OTHER = "telegram:-100", "telegram:-200:7"


@pytest.fixture
def outbox(store: Store) -> Outbox:
    return Outbox(store)


async def plan(
    outbox: Outbox, key: str, address: str = CHAT, *, parts: int = 1, subscription: str = ""
) -> None:
    content = await outbox.freeze([f"{key}, part {number}" for number in range(parts)])
    await outbox.plan(key, address, content, parts, subscription=subscription, now=NOW)


async def taken(outbox: Outbox, now: float = NOW, *, most: int = 9) -> list[Delivery]:
    return await outbox.take("telegram", now, most)


async def begun(outbox: Outbox, now: float = NOW) -> Delivery:
    (delivery,) = await taken(outbox, now)
    part = await outbox.begin(delivery, now)
    assert part
    return part


async def field(store: Store, key: str, name: str) -> str | None:
    found = await store.execute_command("HGET", f"pw:out:row:{key}", name)
    return None if found is None else str(found)


async def lapse(store: Store, key: str) -> None:
    """Let the time of a lease pass."""
    await store.execute_command("HSET", f"pw:out:row:{key}", "until", 1)


async def test_parts_go_in_order_and_the_next_delivery_after_the_last(store: Store, outbox: Outbox) -> None:
    await plan(outbox, "a", parts=2)
    await plan(outbox, "b")
    part = await begun(outbox)
    assert (part.key, part.at, part.attempt, part.doubtful) == ("a", 0, 1, False)
    assert await outbox.messages(part.content) == ("a, part 0", "a, part 1")
    assert await taken(outbox) == []
    await outbox.sent(part, "11", NOW)
    second = await begun(outbox)
    assert (second.key, second.at, second.attempt, second.doubtful) == ("a", 1, 1, False)
    await outbox.sent(second, "12", NOW)
    assert (await field(store, "a", "state"), await field(store, "a", "ids")) == ("sent", "11 12")
    assert 0 < await store.ttl("pw:out:row:a") <= 14 * 86_400
    assert (await begun(outbox)).key == "b"
    assert await outbox.counts(NOW) == {"planned": 2, "sent": 1, "failed": 0, "uncertain": 0}


async def test_the_same_key_is_sent_once_however_often_it_is_planned(store: Store, outbox: Outbox) -> None:
    for _ in range(3):
        await plan(outbox, "a")
    await plan(outbox, "b")
    await outbox.sent(await begun(outbox), "1", NOW)
    await plan(outbox, "a")
    part = await begun(outbox)
    assert part.key == "b"
    await outbox.sent(part, "2", NOW)
    assert await taken(outbox) == []
    assert await field(store, "a", "state") == "sent"
    assert await outbox.waiting("telegram") == 0
    assert await outbox.known("a")
    assert not await outbox.known("c")


async def test_it_is_planned_with_the_next_run_or_not_at_all(store: Store, outbox: Outbox) -> None:
    subscriptions = Subscriptions(store)
    added = await subscriptions.add(CHAT, "RAG", "", NOW, limit=9)
    assert added
    (claim,) = await subscriptions.claim(NOW, 300, 9)
    content = await outbox.freeze(["text"])
    commands = outbox.planned("a", CHAT, content, 1, subscription=added.id, now=NOW)
    for _ in range(2):  # as the store does when a connection is lost
        assert await subscriptions.settle(claim, NOW + 1e5, also=commands)
    assert (await begun(outbox)).key == "a"
    lost = outbox.planned("b", OTHER, content, 1, now=NOW)
    claim = type(claim)(claim.subscription, "of another")
    assert not await subscriptions.settle(claim, NOW, also=lost)
    assert not await outbox.known("b")


@pytest.mark.parametrize("end", ["removed", "paused"])
async def test_what_nobody_wants_any_more_is_not_sent(store: Store, outbox: Outbox, end: str) -> None:
    subscriptions = Subscriptions(store)
    added = await subscriptions.add(CHAT, "RAG", "", NOW, limit=9)
    assert added
    await plan(outbox, "a", parts=2, subscription=added.id)
    await plan(outbox, "b", subscription=added.id)
    part = await begun(outbox)
    await (subscriptions.remove(added.id) if end == "removed" else subscriptions.pause(added.id, "x"))
    await outbox.sent(part, "1", NOW)
    for key in "ab":
        (delivery,) = await taken(outbox)
        assert delivery.key == key
        assert await outbox.begin(delivery, NOW) is None
    assert await field(store, "a", "state") == "failed"
    said = "the subscription has ended" if end == "removed" else "the subscription is paused"
    assert await field(store, "b", "reason") == said
    assert await outbox.waiting("telegram") == 0


@pytest.mark.parametrize("lost", [True, False])
async def test_what_a_pause_kept_back_comes_when_it_goes_on(store: Store, outbox: Outbox, lost: bool) -> None:
    """Of the first, which was sent in part, the rest."""
    subscriptions = Subscriptions(store)
    added = await subscriptions.add(CHAT, "RAG", "", NOW, limit=9)
    assert added
    await plan(outbox, "a", parts=2, subscription=added.id)
    await plan(outbox, "b", subscription=added.id)
    await outbox.sent(await begun(outbox), "1", NOW)
    if lost:
        assert await outbox.finish(await begun(outbox), State.FAILED, NOW, "kicked", with_rest=True)
        await subscriptions.pause(added.id, "kicked")
    else:
        await subscriptions.pause(added.id, "by hand")
        for _ in "ab":
            (delivery,) = await taken(outbox)
            assert await outbox.begin(delivery, NOW) is None
    assert await taken(outbox) == []
    await subscriptions.resume(added.id, NOW)
    assert [await outbox.revive(added.id, NOW) for _ in range(2)] == [2, 0]
    for key, at in (("a", 1), ("b", 0)):
        part = await begun(outbox)
        assert (part.key, part.at, part.doubtful) == (key, at, False)
        await outbox.sent(part, "2", NOW)
        assert await field(store, key, "state") == "sent"
    assert await outbox.waiting("telegram") == 0
    assert await outbox.revive(added.id, NOW) == 0


async def test_what_may_have_gone_out_is_not_brought_back(store: Store, outbox: Outbox) -> None:
    subscriptions = Subscriptions(store)
    added = await subscriptions.add(CHAT, "RAG", "", NOW, limit=9)
    assert added
    await plan(outbox, "a", subscription=added.id)
    part = await begun(outbox)
    await outbox.doubt(part, NOW, NOW)
    again = await begun(outbox)
    assert again.doubtful
    assert await outbox.finish(again, State.FAILED, NOW, "kicked", with_rest=True)
    assert await outbox.revive(added.id, NOW) == 0
    assert await taken(outbox) == []


async def test_what_was_refused_for_itself_is_not_brought_back(store: Store, outbox: Outbox) -> None:
    subscriptions = Subscriptions(store)
    added = await subscriptions.add(CHAT, "RAG", "", NOW, limit=9)
    assert added
    await plan(outbox, "a", subscription=added.id)
    assert await outbox.finish(await begun(outbox), State.FAILED, NOW, "bad request")
    assert await outbox.revive(added.id, NOW) == 0


async def test_a_lease_that_ended_makes_the_part_doubtful(store: Store, outbox: Outbox) -> None:
    await plan(outbox, "a")
    dead = await begun(outbox)
    assert await taken(outbox, NOW + 1000) == []  # our clock says nothing about a lease
    await lapse(store, "a")
    assert await taken(outbox) == []  # it is not even looked at before it could have ended
    (delivery,) = await taken(outbox, NOW + 61 + 1000)
    assert (delivery.doubtful, delivery.resent, delivery.begun) == (True, 0, NOW)
    again = await outbox.begin(delivery, NOW + 2000)
    assert again
    assert (again.resent, again.begun, again.attempt) == (1, NOW, 2)
    assert await outbox.begin(dead, NOW) is None
    await outbox.put_back(dead, NOW, NOW)  # no say any more
    assert not await outbox.finish(dead, State.FAILED, NOW, "late")
    assert await field(store, "a", "state") == "sending"
    await outbox.sent(dead, "1", NOW)  # but what it knows counts
    await outbox.doubt(again, NOW, NOW)
    assert (await field(store, "a", "state"), await field(store, "a", "ids")) == ("sent", "1")


async def test_who_died_after_taking_leaves_no_doubt(store: Store, outbox: Outbox) -> None:
    await plan(outbox, "a")
    await taken(outbox)
    await lapse(store, "a")
    (delivery,) = await taken(outbox, NOW + 61)
    assert not delivery.doubtful


async def test_a_lease_longer_than_any_is_void(store: Store, outbox: Outbox) -> None:
    await plan(outbox, "a")
    await begun(outbox)
    far = await store.execute_command("HGET", "pw:out:row:a", "until")
    await store.execute_command("HSET", "pw:out:row:a", "until", int(float(far)) + 10**10)
    assert len(await taken(outbox, NOW + 61)) == 1


async def test_a_clock_that_was_put_back_holds_nothing_up(outbox: Outbox) -> None:
    await plan(outbox, "a")
    part = await begun(outbox)
    await outbox.put_back(part, NOW, NOW + 1e9)
    assert await taken(outbox, NOW + LONGEST_WAIT - 1) == []
    assert len(await taken(outbox, NOW - 1)) == 1  # a year or so ago, as far as that goes
    await plan(outbox, "b", OTHER)
    assert len(await taken(outbox, NOW - 1e7)) == 1


async def test_a_hold_from_another_time_is_void(store: Store, outbox: Outbox) -> None:
    await plan(outbox, "a")
    await store.set("pw:out:held:telegram", 1, ex=40_000_000)
    assert len(await taken(outbox)) == 1


async def test_what_waits_is_not_handed_out_and_holds_up_nobody_else(outbox: Outbox) -> None:
    await plan(outbox, "a")
    await plan(outbox, "b")
    await outbox.put_back(await begun(outbox), NOW, NOW + 30)
    await plan(outbox, "c")
    await plan(outbox, "d", OTHER)
    assert [delivery.key for delivery in await taken(outbox)] == ["d"]
    (delivery,) = await taken(outbox, NOW + 30)
    assert (delivery.key, delivery.doubtful, delivery.attempt, delivery.resent) == ("a", False, 1, 0)


async def test_a_try_that_sent_nothing_is_no_repeat(outbox: Outbox) -> None:
    await plan(outbox, "a")
    part = await begun(outbox)
    await outbox.doubt(part, NOW, NOW)
    for now in (NOW + 1, NOW + 2, NOW + 3):
        part = await begun(outbox, now)
        assert (part.doubtful, part.resent, part.begun) == (True, 1, NOW)
        await outbox.put_back(part, now, now)


async def test_a_hold_is_for_all_of_the_platform_and_is_not_shortened(store: Store, outbox: Outbox) -> None:
    for number in range(3):
        await plan(outbox, f"a{number}", f"telegram:{number}", parts=2)
    await outbox.plan("b", "discord:1", "text", 1, now=NOW)
    first, second = await taken(outbox, most=2)
    part = await outbox.begin(first, NOW)
    assert part
    assert await outbox.hold("telegram", 30)
    assert not await outbox.hold("telegram", 1)
    assert await store.pttl("pw:out:held:telegram") > 20_000
    assert await outbox.begin(second, NOW) is None
    await outbox.sent(part, "1", NOW)
    assert await taken(outbox, NOW + 9) == []
    assert len(await outbox.take("discord", NOW, 9)) == 1
    await store.delete("pw:out:held:telegram")
    found = {delivery.key: delivery for delivery in await taken(outbox, NOW + 9)}
    assert found.keys() == {"a0", "a1", "a2"}
    assert (found["a0"].at, found["a0"].doubtful, found["a1"].doubtful) == (1, False, False)


async def test_a_chat_that_is_lost_takes_its_queue_along(store: Store, outbox: Outbox) -> None:
    for key in "abc":
        await plan(outbox, key)
    await plan(outbox, "d", OTHER)
    part = next(delivery for delivery in await taken(outbox) if delivery.key == "a")
    told = await outbox.begin(part, NOW)
    assert told
    for _ in range(2):  # the same answer if it was repeated
        assert await outbox.finish(told, State.FAILED, NOW, "kicked", with_rest=True)
    assert [await field(store, key, "state") for key in "abcd"] == ["failed"] * 3 + [None]
    assert await outbox.counts(NOW) == {"planned": 2, "sent": 0, "failed": 3, "uncertain": 0}


async def test_a_chat_that_moves_is_one_address_all_the_time(store: Store, outbox: Outbox) -> None:
    await plan(outbox, "a", parts=2)
    await plan(outbox, "b")
    part = await begun(outbox)
    assert await outbox.move(CHAT, OTHER, NOW) == 2
    assert await outbox.move(CHAT, OTHER, NOW) == 0
    assert await outbox.move(OTHER, OTHER, NOW) == 0
    assert await taken(outbox) == []  # a part is on its way
    await outbox.sent(part, "1", NOW)  # the rest goes to the new one
    part = await begun(outbox)
    assert (part.key, part.at, part.address) == ("a", 1, OTHER)
    await outbox.sent(part, "2", NOW)
    assert (await begun(outbox)).address == OTHER
    assert await store.exists(f"pw:out:queue:{CHAT}") == 0


async def test_a_chat_that_moves_while_its_part_is_in_doubt_keeps_the_doubt(outbox: Outbox) -> None:
    await plan(outbox, "a")
    part = await begun(outbox)
    await outbox.move(CHAT, OTHER, NOW)
    await outbox.doubt(part, NOW, NOW + 5)
    assert await taken(outbox, NOW + 4) == []
    (delivery,) = await taken(outbox, NOW + 5)
    assert (delivery.address, delivery.doubtful) == (OTHER, True)


async def test_takers_share_without_overlap_those_first_that_wait_longest(outbox: Outbox) -> None:
    content = await outbox.freeze(["text"])
    for number in range(60):
        await outbox.plan(f"k{number}", f"telegram:{number}", content, 1, now=NOW + number)
    first = await taken(outbox, NOW + 60, most=10)
    assert [delivery.key for delivery in first] == [f"k{number}" for number in range(10)]
    found = await asyncio.gather(*(taken(outbox, NOW + 60, most=7) for _ in range(9)))
    keys = [delivery.key for some in found for delivery in some]
    assert sorted(keys) == sorted(f"k{number}" for number in range(10, 60))


async def test_addresses_at_work_are_passed_over_and_hide_nobody(store: Store, outbox: Outbox) -> None:
    for number in range(10):
        await plan(outbox, f"k{number}", f"telegram:{number}")
    await taken(outbox)
    for number in range(9):
        await lapse(store, f"k{number}")
    busy = [f"telegram:{number}" for number in range(9)]
    (only,) = await outbox.take("telegram", NOW + 61, 1, but=busy)
    assert only.key == "k9"


async def test_what_waited_too_long_is_passed_over(store: Store, outbox: Outbox) -> None:
    await plan(outbox, "a")
    await plan(outbox, "b")
    await store.delete("pw:out:row:a")
    assert (await begun(outbox)).key == "b"


async def test_nothing_stays_behind(store: Store, outbox: Outbox) -> None:
    await plan(outbox, "a", parts=2)
    for _ in range(2):
        await outbox.sent(await begun(outbox), "1", NOW)
    left = {str(key) async for key in store.scan_iter("pw:*")}
    assert {key.split(":")[1] for key in left} == {"out", "content"}
    assert [key for key in left if await store.ttl(key) < 0] == []


async def test_messages_at_hand_are_few(outbox: Outbox) -> None:
    contents = [await outbox.freeze([f"text {number}"]) for number in range(40)]
    for number, content in enumerate(contents):
        assert await outbox.messages(content) == (f"text {number}",)
    assert len(outbox._texts) == 32
    assert await outbox.messages("never kept") == ()


@pytest.mark.parametrize("times", [2, 3])
async def test_every_step_may_be_carried_out_again(
    store: Store, outbox: Outbox, monkeypatch: pytest.MonkeyPatch, times: int
) -> None:
    run: Callable[..., Any] = store.execute_command

    async def repeated(*words: Any, **options: Any) -> Any:
        for _ in range(times - 1):
            await run(*words, **options)
        return await run(*words, **options)

    await plan(outbox, "a", parts=2)
    await plan(outbox, "b")
    (delivery,) = await taken(outbox)
    monkeypatch.setattr(store, "execute_command", repeated)
    await plan(outbox, "a", parts=2)
    part = await outbox.begin(delivery, NOW)
    assert part
    await outbox.doubt(part, NOW, NOW)
    monkeypatch.undo()
    (delivery,) = await taken(outbox)
    monkeypatch.setattr(store, "execute_command", repeated)
    part = await outbox.begin(delivery, NOW)
    assert part
    assert await field(store, "a", "resent") == "1"
    await outbox.sent(part, "1", NOW)
    monkeypatch.undo()
    (delivery,) = await taken(outbox)
    monkeypatch.setattr(store, "execute_command", repeated)
    part = await outbox.begin(delivery, NOW)
    assert part
    await outbox.put_back(part, NOW, NOW)
    assert (await field(store, "a", "at"), await field(store, "a", "resent")) == ("1", "0")
    monkeypatch.undo()
    (delivery,) = await taken(outbox)
    monkeypatch.setattr(store, "execute_command", repeated)
    part = await outbox.begin(delivery, NOW)
    assert part
    await outbox.sent(part, "2", NOW)
    assert await field(store, "a", "ids") == "1 2"
    assert await outbox.counts(NOW) == {"planned": 1, "sent": 1, "failed": 0, "uncertain": 0}


@pytest.mark.parametrize("at", [0, 1])
async def test_a_part_that_was_begun_is_not_refused_when_that_is_repeated(outbox: Outbox, at: int) -> None:
    """Or it would be in doubt, though nobody has sent it."""
    await plan(outbox, "a", parts=2)
    (delivery,) = await taken(outbox)
    part = await outbox.begin(delivery, NOW)
    assert part
    if at:
        await outbox.sent(part, "1", NOW)
        (delivery,) = await taken(outbox)
        assert await outbox.begin(delivery, NOW)
    await outbox.hold("telegram", 9)
    repeated = await outbox.begin(delivery, NOW)
    assert repeated
    assert (repeated.at, repeated.attempt, repeated.doubtful) == (at, 1, False)
