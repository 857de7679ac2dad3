"""Long lives for what was shown, short ones within a budget for the rest."""

from __future__ import annotations

from bot.store.cache import Cache
from bot.store.client import Store


async def test_kept_values_have_the_long_life(store: Store) -> None:
    cache = Cache(store, keep_days=400)
    await cache.keep("a", "text")
    assert await cache.get("a", "b") == ["text", None]
    assert 399 * 86_400 < await store.ttl("a") <= 400 * 86_400


async def test_the_shelf_keeps_to_its_budget(store: Store) -> None:
    cache = Cache(store, keep_days=1, shelf_bytes=10_000)
    for i in range(50):
        await cache.shelve(f"paper:{i:02}", "x" * 992, 60 + i)
        assert await cache.shelved_bytes() <= 10_000
    there = [i for i in range(50) if await store.exists(f"paper:{i:02}")]
    assert there == list(range(40, 50))  # what would have expired first went first


async def test_the_shelf_counts_a_replaced_value_once(store: Store) -> None:
    cache = Cache(store, keep_days=1, shelf_bytes=10_000)
    for length in (100, 500, 50):
        await cache.shelve("a", "x" * length, 60)
    assert await cache.shelved_bytes() == 51


async def test_keeping_takes_a_value_off_the_shelf(store: Store) -> None:
    cache = Cache(store, keep_days=1, shelf_bytes=1_000)
    await cache.shelve("a", "x" * 500, 60)
    await cache.keep("a", "x" * 500)
    assert await cache.shelved_bytes() == 0
    await cache.shelve("b", "x" * 999, 60)
    assert await cache.get("a", "b") == ["x" * 500, "x" * 999]


async def test_what_has_expired_is_struck_off(store: Store) -> None:
    cache = Cache(store, keep_days=1, shelf_bytes=1_000)
    await cache.shelve("old", "x" * 500, 60)
    await store.zadd("pw:shelf", {"old": 0})  # its time has come
    await cache.shelve("new", "x" * 10, 60)
    assert await cache.shelved_bytes() == 13
