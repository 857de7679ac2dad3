"""Owners, allowed chats and ceilings."""

from __future__ import annotations

import asyncio

import pytest

from bot.errors import CeilingReached
from bot.store.access import Access
from bot.store.client import Store
from bot.store.quotas import Ceilings, Payer, Quotas


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


@pytest.mark.parametrize(
    ("ceilings", "whose"),
    [(Ceilings(2, 9, 9), "person"), (Ceilings(9, 2, 9), "chat"), (Ceilings(9, 9, 2), "bot")],
)
async def test_each_ceiling_holds(store: Store, ceilings: Ceilings, whose: str) -> None:
    quotas, payer = Quotas(store, ceilings), Payer("telegram:-100", "telegram:6")
    results = await asyncio.gather(*(quotas.reserve(payer) for _ in range(10)), return_exceptions=True)
    refused = [result for result in results if result is not None]
    assert len(refused) == 8
    for error in refused:
        assert isinstance(error, CeilingReached)
        assert error.whose == whose
        assert error.opens % 86_400 == 0
    await quotas.add(payer, -1)
    await quotas.reserve(payer)


async def test_a_refused_call_is_counted_by_nobody(store: Store) -> None:
    quotas = Quotas(store, Ceilings(person=1, chat=2, bot=9))
    await quotas.reserve(Payer("chat", "one"))
    for _ in range(5):
        with pytest.raises(CeilingReached):
            await quotas.reserve(Payer("chat", "one"))
    await quotas.reserve(Payer("chat", "two"))


async def test_owners_count_towards_the_bot_alone(store: Store) -> None:
    quotas = Quotas(store, Ceilings(person=0, chat=0, bot=1))
    await quotas.reserve(Payer("chat", "owner", exempt=True))
    with pytest.raises(CeilingReached, match="bot"):
        await quotas.reserve(Payer("chat", "owner", exempt=True))
