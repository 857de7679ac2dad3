"""One contract over both inboxes, and what only the one in Redis promises."""

from __future__ import annotations

import pytest

from bot.chat.platform import Inbox, MemoryInbox
from bot.store.client import Store
from bot.store.inbox import MOST_TIMES, RedisInbox


@pytest.fixture(params=["memory", "redis"])
def inbox(request: pytest.FixtureRequest, store: Store) -> Inbox:
    return MemoryInbox() if request.param == "memory" else RedisInbox(store, "test")


async def test_the_same_is_put_once(inbox: Inbox) -> None:
    assert await inbox.put("1", "one")
    assert not await inbox.put("1", "one again")
    await inbox.done("1")
    assert not await inbox.put("1", "one, answered")
    assert await inbox.put("2", "two")


async def test_done_may_be_said_of_anything(inbox: Inbox) -> None:
    await inbox.done("nothing")


async def test_what_an_earlier_run_left_is_handed_out(store: Store) -> None:
    before, after = RedisInbox(store, "test"), RedisInbox(store, "test")
    for number in ("1", "2", "3"):
        await before.put(number, f"payload {number}")
    await before.done("2")
    assert await after.left() == [("1", "payload 1"), ("3", "payload 3")]
    await after.done("1")
    for _ in range(MOST_TIMES - 1):  # the machine went down again before they were answered
        assert await RedisInbox(store, "test").left() == [("3", "payload 3")]
    # What ended so many runs is not worth another.
    assert await RedisInbox(store, "test").left() == []
    assert not await after.put("3", "payload 3")


async def test_accounts_do_not_mix(store: Store) -> None:
    await RedisInbox(store, "one").put("1", "payload")
    assert await RedisInbox(store, "other").left() == []
    assert await RedisInbox(store, "other").put("1", "payload")


async def test_nothing_stays_behind(store: Store) -> None:
    inbox = RedisInbox(store, "test")
    await inbox.put("1", "payload")
    await inbox.left()
    await inbox.done("1")
    assert [str(key) async for key in store.scan_iter("pw:inbox:*")] == ["pw:inbox:test:seen:1"]
    assert 0 < await store.ttl("pw:inbox:test:seen:1") <= 86_400
