"""What replies to messages continue outlasts the process, for a month."""

from __future__ import annotations

import pytest

from bot.chat.platform import FollowUps, MemoryFollowUps
from bot.chat.request import Address
from bot.store.client import Store
from bot.store.followups import RedisFollowUps

HERE, THERE = Address("telegram", "-7", "11"), Address("telegram", "8")


@pytest.fixture(params=["memory", "redis"])
def follow_ups(request: pytest.FixtureRequest, store: Store) -> FollowUps:
    return MemoryFollowUps() if request.param == "memory" else RedisFollowUps(store)


async def test_a_message_continues_its_line(follow_ups: FollowUps) -> None:
    """In all threads of its chat, and in no other; the last line counts."""
    await follow_ups.put(HERE, "1", "/ask 1")
    await follow_ups.put(HERE, "1", "/ask 图 2")
    assert await follow_ups.get(Address("telegram", "-7"), "1") == "/ask 图 2"
    assert await follow_ups.get(THERE, "1") is None
    assert await follow_ups.get(HERE, "2") is None


async def test_it_is_kept_for_a_month(store: Store) -> None:
    await RedisFollowUps(store).put(HERE, "1", "/ask 1")
    assert 29 * 86_400 < await store.ttl("pw:followup:telegram:-7:1") <= 30 * 86_400
