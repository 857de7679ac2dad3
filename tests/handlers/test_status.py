"""What an owner is told of the day: how much models were asked, by whom, and what it cost."""

from __future__ import annotations

from bot.announcements.record import Announcements
from bot.chat.command import Registry
from bot.chat.dispatch import Dispatcher, Open
from bot.store.chats import ChatLanguages
from bot.store.client import Store
from bot.store.outbox import Outbox
from bot.store.quotas import Ceilings, Payer, Quotas, Spent
from bot.store.subscriptions import Subscriptions
from handlers.status import StatusCommands
from tests.handlers.test_papers import Chat

NOW = 1_795_000_000.0


def chat(store: Store) -> Chat:
    async def categories() -> set[str]:
        return {"cs.CL"}

    status = StatusCommands(
        announcements=Announcements(store),
        categories=categories,
        subscriptions=Subscriptions(store),
        outbox=Outbox(store),
        quotas=quotas(store),
        clock=lambda: NOW,
    )
    return Chat(Dispatcher(Registry([status]), ChatLanguages(store), Open()), None)


def quotas(store: Store) -> Quotas:
    return Quotas(store, Ceilings(99, 99, 99))


async def test_a_day_without_models_names_nobody_and_no_money(store: Store) -> None:
    said = await chat(store).says("/status")
    assert "0 calls, 0 retries; 0 (0 cached) + 0 tokens" in said
    assert "Money" not in said
    assert "most today" not in said


async def test_the_bill_is_told_with_those_who_ran_it_up(store: Store) -> None:
    for number in range(7):
        payer = Payer(f"telegram:-{number}", f"telegram:{number}", exempt=number == 6)
        await quotas(store).spend(payer, Spent(2, 1_000, 100, 512, 1, 0.001 * 10 ** min(number, 4)))
    said = await chat(store).says("/status")
    assert "14 calls, 7 retries; 7000 (3584 cached) + 700 tokens" in said
    assert "Money today (UTC): 31.11" in said
    chats, people = said.split("Chats that cost most today")[1].split("People who cost most today")
    assert "telegram:-6: 10.00 for 2 calls, 1100 tokens" in chats
    assert "telegram:3: 1.00 for 2 calls, 1100 tokens" in people
    assert "telegram:2: 0.1000 for 2 calls" in people
    assert "telegram:0" not in people


async def test_in_a_group_nobody_is_named(store: Store) -> None:
    await quotas(store).spend(Payer("telegram:-1", "telegram:1"), Spent(1, 10, 10, money=1.0))
    said = await chat(store).says("/status", private=False)
    assert "Money today (UTC): 1.00" in said
    assert "telegram:1" not in said
