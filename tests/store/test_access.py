"""Owners and allowed chats."""

from __future__ import annotations

import asyncio

from bot.store.access import Access
from bot.store.client import Store


async def test_owners_by_setting(store: Store) -> None:
    access = Access(store, ["telegram:5", "77"])
    assert await access.is_owner("telegram:5")
    assert not await access.is_owner("discord:5")
    assert await access.is_owner("discord:77")
    assert await access.code() is None


async def test_the_code_of_the_first_start_works_once(store: Store) -> None:
    access = Access(store, [])
    code = await access.code()
    assert code is not None
    assert not await access.claim("WRONG", "telegram:6")
    claims = await asyncio.gather(*(access.claim(f" {code.lower()} ", f"telegram:{i}") for i in range(5)))
    assert claims.count(True) == 1
    assert await access.is_owner(f"telegram:{claims.index(True)}")
    assert await access.code() is None


async def test_a_code_cannot_be_guessed_and_guessing_spoils_it_for_nobody(store: Store) -> None:
    access = Access(store, [])
    code = await access.code()
    assert code is not None
    for _ in range(20):
        assert not await access.claim("ABCDEFGH", "telegram:6")
    assert not await access.claim(code, "telegram:6")
    assert await Access(store, []).code() == code  # another copy prints the same
    assert await access.claim(code, "telegram:7")


async def test_chats_are_allowed_and_denied(store: Store) -> None:
    access = Access(store, [])
    assert not await access.is_allowed("telegram:-100", "telegram:6")
    assert await access.allow("telegram:-100")
    assert not await access.allow("telegram:-100")
    assert await access.is_allowed("telegram:-100", "telegram:6")
    assert await access.allowed() == ["telegram:-100"]
    assert await access.deny("telegram:-100")
    assert not await access.is_allowed("telegram:-100", "telegram:6")
    assert not await access.deny("telegram:-100")


async def test_another_process_hears_of_it_in_seconds(store: Store) -> None:
    now = 0.0
    here, there = Access(store, [], clock=lambda: now), Access(store, [], clock=lambda: now)
    assert not await there.is_allowed("telegram:-100")
    await here.allow("telegram:-100")
    now = 5.1
    assert await there.is_allowed("telegram:-100")
