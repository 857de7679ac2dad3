"""What a day may bring: calls and money of a person, a chat and the bot."""

from __future__ import annotations

import asyncio

import pytest

from bot.errors import CeilingReached
from bot.store.client import Store
from bot.store.quotas import Ceilings, Payer, Quotas, Spent

PAYER = Payer("telegram:-100", "telegram:6")
FREE = Ceilings(99, 99, 99)
SPENT = Spent(2, 3_000, 400, 1_024, 1, 0.0125)


@pytest.mark.parametrize(
    ("ceilings", "whose"),
    [(Ceilings(2, 9, 9), "person"), (Ceilings(9, 2, 9), "chat"), (Ceilings(9, 9, 2), "bot")],
)
async def test_each_ceiling_of_calls_holds(store: Store, ceilings: Ceilings, whose: str) -> None:
    quotas = Quotas(store, ceilings)
    results = await asyncio.gather(*(quotas.reserve(PAYER) for _ in range(10)), return_exceptions=True)
    refused = [result for result in results if result is not None]
    assert len(refused) == 8
    for error in refused:
        assert isinstance(error, CeilingReached)
        assert (error.whose, error.what) == (whose, "calls")
        assert error.opens % 86_400 == 0
    await quotas.spend(PAYER, Spent())
    await quotas.reserve(PAYER)


@pytest.mark.parametrize(
    ("ceilings", "whose"),
    [
        (Ceilings(9, 9, 9, person_money=0.02), "person"),
        (Ceilings(9, 9, 9, chat_money=0.02), "chat"),
        (Ceilings(9, 9, 9, bot_money=0.02), "bot"),
    ],
)
async def test_each_ceiling_of_money_holds_and_the_call_under_way_may_overshoot_it(
    store: Store, ceilings: Ceilings, whose: str
) -> None:
    quotas = Quotas(store, ceilings)
    for _ in range(2):
        await quotas.reserve(PAYER)
        await quotas.spend(PAYER, SPENT)
    with pytest.raises(CeilingReached) as caught:
        await quotas.reserve(PAYER)
    assert (caught.value.whose, caught.value.what) == (whose, "money")
    assert (await quotas.today()).money == pytest.approx(0.025)
    await Quotas(store, FREE).reserve(PAYER)


async def test_a_refused_call_is_counted_by_nobody(store: Store) -> None:
    quotas = Quotas(store, Ceilings(person=1, chat=2, bot=9))
    await quotas.reserve(Payer("chat", "one"))
    for _ in range(5):
        with pytest.raises(CeilingReached):
            await quotas.reserve(Payer("chat", "one"))
    await quotas.reserve(Payer("chat", "two"))


async def test_calls_beyond_the_one_reserved_count(store: Store) -> None:
    quotas = Quotas(store, Ceilings(person=3, chat=9, bot=9))
    await quotas.reserve(PAYER)
    await quotas.spend(PAYER, Spent(calls=3))
    with pytest.raises(CeilingReached):
        await quotas.reserve(PAYER)


async def test_what_was_reserved_and_never_spent_is_no_call(store: Store) -> None:
    quotas = Quotas(store, FREE)
    await quotas.reserve(PAYER)
    await quotas.spend(PAYER, Spent())
    await quotas.spend(PAYER, Spent())
    assert await quotas.today() == Spent()
    one = Quotas(store, Ceilings(1, 1, 1))
    await one.reserve(PAYER)
    with pytest.raises(CeilingReached):
        await one.reserve(PAYER)


async def test_owners_and_editions_count_towards_the_bot_alone(store: Store) -> None:
    exempt = Payer("chat", "owner", exempt=True)
    quotas = Quotas(store, Ceilings(person=0, chat=0, bot=1, person_money=0.001, chat_money=0.001))
    await quotas.reserve(exempt)
    await quotas.spend(exempt, Spent(1, 10, 10, money=5.0))
    with pytest.raises(CeilingReached) as caught:
        await quotas.reserve(exempt)
    assert (caught.value.whose, caught.value.what) == ("bot", "calls")
    # What an edition cost is the chat's to see, and takes nothing from what its members may ask.
    assert (await quotas.today("chat", "chat")).money == 5.0
    await Quotas(store, Ceilings(9, 9, 9, 0.001, 0.001)).reserve(Payer("chat", "owner"))


async def test_everything_is_added_up_for_the_bot_the_chat_and_the_person(store: Store) -> None:
    quotas = Quotas(store, FREE)
    for person in ("telegram:6", "telegram:7"):
        payer = Payer("telegram:-100", person)
        await quotas.reserve(payer)
        await quotas.spend(payer, SPENT)
    both = Spent(4, 6_000, 800, 2_048, 2, 0.025)
    assert await quotas.today() == both
    assert await quotas.today("chat", "telegram:-100") == both
    assert await quotas.today("person", "telegram:7") == SPENT
    assert await quotas.today("person", "telegram:8") == Spent()


async def test_the_most_expensive_come_first(store: Store) -> None:
    quotas = Quotas(store, FREE)
    bills = {"a": 0.5, "b": 2.0, "c": 0.0, "d": 0.0}
    for number, (name, money) in enumerate(bills.items()):
        await quotas.spend(Payer(f"chat {name}", name), Spent(1, 100 * (number + 1), 10, money=money))
    assert [name for name, _ in await quotas.most("chat", 9)] == ["chat b", "chat a", "chat d", "chat c"]
    (first,) = await quotas.most("person", 1)
    assert first == ("b", Spent(1, 200, 10, money=2.0))


async def test_accounts_go_after_two_days(store: Store) -> None:
    quotas = Quotas(store, FREE)
    await quotas.reserve(PAYER)
    await quotas.spend(PAYER, SPENT)
    keys = [str(key) for key in await store.keys("pw:spen*")]
    assert len(keys) == 5
    assert all([0 < await store.ttl(key) <= 172_800 for key in keys])
