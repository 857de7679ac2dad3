"""A Telegram that is away while an answer is due: the answer waits for it, and comes once."""

from __future__ import annotations

from itertools import dropwhile

import pytest

from bot import errors
from bot.chat.reply import say
from bot.chat.request import Address
from tests.fakes.telegram import TelegramFake
from tests.fakes.telegram_world import Chat, User
from tests.platforms.telegram.conftest import HELP, IMPATIENT, Bot, WatchedInbox, texts


@pytest.mark.parametrize("code", [502, 503, 504, 520])
async def test_a_gateway_without_telegram(telegram: TelegramFake, ada: User, chat: Chat, code: int) -> None:
    """However often it says so, the answer is sent until it has arrived, and then no more."""
    inbox = WatchedInbox()
    async with Bot(telegram, inbox).running():
        telegram.refuse("sendMessage", code, "Bad Gateway", times=5)
        telegram.say(chat, ada, "/help")
        await inbox.until(1, 0)
    assert texts(telegram, chat) == [HELP]
    assert len(telegram.called("sendMessage")) == 6


async def test_every_part_of_a_long_answer(telegram: TelegramFake, ada: User, chat: Chat) -> None:
    """A break between two parts loses none and repeats none."""
    inbox = WatchedInbox()
    async with Bot(telegram, inbox).running():
        telegram.refuse("sendMessage", 502, "Bad Gateway", times=3)
        telegram.say(chat, ada, "/long")
        await inbox.until(1, 0)
    assert len(texts(telegram, chat)) == 3


async def test_nobody_to_connect_to(telegram: TelegramFake, ada: User, chat: Chat) -> None:
    """The answer is there once Telegram is."""
    inbox = WatchedInbox()
    async with Bot(telegram, inbox).running() as bot:
        telegram.say(chat, ada, "/slow")
        await telegram.wait_for(lambda: bot.commands.requests and chat.actions)
        telegram.stop()
        bot.commands.gate.set()
        for _ in range(2):  # by then, the answer has been refused too
            with pytest.raises(errors.RetryAfter):
                await bot.platform.send(Address("telegram", "7"), say("x"))
        telegram.restart()
        telegram.refuse("sendMessage", 502, "Bad Gateway", times=2)
        await inbox.until(1, 0)
    assert texts(telegram, chat) == ["at last"]


async def test_a_repeat_waits_for_telegram(telegram: TelegramFake, ada: User, chat: Chat) -> None:
    """There is only one, so it is not spent on a Telegram that answers nothing."""
    inbox = WatchedInbox()
    async with Bot(telegram, inbox).running() as bot:
        telegram.say(chat, ada, "/slow")
        await telegram.wait_for(lambda: bot.commands.requests)
        telegram.refuse("getMe", 502, "Bad Gateway", times=2)
        telegram.drop("getMe")
        telegram.drop("sendMessage", after=False)
        bot.commands.gate.set()
        await inbox.until(1, 0)
    assert texts(telegram, chat) == ["at last"]
    methods = [call.method for call in telegram.calls if call.method in ("sendMessage", "getMe")]
    since = list(dropwhile(lambda method: method != "sendMessage", methods))
    assert since == ["sendMessage", "getMe", "getMe", "getMe", "getMe", "sendMessage"]


@pytest.mark.parametrize("code", [0, 500])
async def test_one_repeat_and_no_more(telegram: TelegramFake, ada: User, chat: Chat, code: int) -> None:
    """An answer that may have arrived twice is not sent a third time."""
    inbox = WatchedInbox()
    async with Bot(telegram, inbox, timing=IMPATIENT).running():
        if code:
            telegram.refuse("sendMessage", code, "Internal Server Error", times=9)
        else:
            telegram.drop("sendMessage", times=9)
        telegram.say(chat, ada, "/help")
        await inbox.until(1, 0)
    assert len(telegram.called("sendMessage")) == 2
    assert texts(telegram, chat) == ([] if code else [HELP, HELP])
