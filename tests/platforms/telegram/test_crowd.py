"""One chat, whatever happens there, keeps Telegram from nobody else."""

from __future__ import annotations

import asyncio

import pytest

from bot.platforms.telegram.patience import SILENCED, WAITING
from bot.platforms.telegram.slots import Slots
from tests.fakes.telegram import TelegramFake
from tests.fakes.telegram_world import Chat, User
from tests.platforms.telegram.conftest import HELP, Bot, WatchedInbox, texts

MANY = 300


async def test_a_chat_that_telegram_has_silenced(
    telegram: TelegramFake, ada: User, chat: Chat, caplog: pytest.LogCaptureFixture
) -> None:
    """Others are answered; a few of its own answers wait, and the rest are left out and say so in the log."""
    group, inbox = telegram.supergroup(), WatchedInbox()
    telegram.throttle("sendMessage", 600, times=10_000, chat=group)
    for _ in range(MANY):
        telegram.say(group, ada, "/help")
    telegram.say(chat, ada, "/help")
    async with Bot(telegram, inbox).running() as bot:
        await telegram.wait_for(lambda: texts(telegram, chat) == [HELP])
        await inbox.until(MANY + 1, SILENCED)
        assert len(inbox) == SILENCED
        asked = len(bot.commands.requests)
        telegram.callback(group, ada, "/help")
        await inbox.until(MANY + 2, SILENCED)
        assert not telegram.world.callbacks, "its button waits for nothing"
        assert len(bot.commands.requests) == asked, "no work is done for what would be left out"
        telegram.say(chat, ada, "/help")
        await telegram.wait_for(lambda: len(texts(telegram, chat)) == 2)
    refused = [sent for sent in telegram.called("sendMessage") if sent["chat_id"] == str(group.id)]
    assert len(refused) <= 8
    assert "left out" in caplog.text


async def test_a_busy_group(telegram: TelegramFake, ada: User) -> None:
    """Twenty messages a minute are all that Telegram takes there; whoever asked is answered after its pause."""
    group, inbox = telegram.supergroup(), WatchedInbox()
    telegram.throttle("sendMessage", 1, times=8, chat=group)
    for _ in range(WAITING):
        telegram.say(group, ada, "/help")
    async with Bot(telegram, inbox).running():
        await inbox.until(WAITING, 0)
    assert len(texts(telegram, group)) == WAITING


async def test_a_chat_full_of_slow_commands(telegram: TelegramFake, ada: User, chat: Chat) -> None:
    """Whoever is next elsewhere is next."""
    group = telegram.supergroup()
    for _ in range(MANY):
        telegram.say(group, ada, "/slow")
    telegram.say(chat, ada, "/help")
    async with Bot(telegram).running() as bot:
        await telegram.wait_for(lambda: texts(telegram, chat) == [HELP])
        assert not texts(telegram, group)
        bot.commands.gate.set()
        await telegram.wait_for(lambda: len(texts(telegram, group)) > 100)


async def test_slots_are_shared() -> None:
    """So many in all, so many with one key; keys that wait take turns, and who gives up gives back."""
    slots, order, gate = Slots(total=3, each=2), list[str](), asyncio.Event()

    async def work(name: str) -> None:
        async with slots.slot(name[0]):
            order.append(name)
            await gate.wait()

    tasks = [asyncio.create_task(work(name)) for name in ("a1", "a2", "a3", "a4", "b1", "b2", "c1")]
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    assert order == ["a1", "a2", "b1"]
    assert slots.waiting("a") == 2
    tasks[5].cancel()
    tasks[2].cancel()
    tasks[4].cancel()
    await asyncio.wait({tasks[6], tasks[4]}, return_when=asyncio.FIRST_COMPLETED)
    gate.set()
    await asyncio.gather(*tasks, return_exceptions=True)
    assert order == ["a1", "a2", "b1", "c1", "a4"]
    async with slots.slot("a"), slots.slot("a"), slots.slot("b"):
        pass
