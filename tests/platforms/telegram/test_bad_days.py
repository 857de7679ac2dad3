"""Outages, pauses, refusals and a kill: the right recovery or one clear sentence, never silence."""

from __future__ import annotations

import asyncio
import logging
import os
import subprocess
import sys
import threading
from collections.abc import Sequence
from pathlib import Path

import pytest

from bot import errors
from bot.chat.platform import MemoryInbox
from bot.chat.reply import say
from bot.chat.request import Address
from bot.errors import DeliveryError
from tests.fakes.telegram import TOKEN, TelegramFake
from tests.fakes.telegram_world import Chat, User
from tests.platforms.telegram.conftest import HELP, IMPATIENT, UNLIMITED, Bot, texts

# ----- the token


@pytest.mark.parametrize("token", ["1:wrong", "no colon", ""])
async def test_a_wrong_token_is_the_owners_to_mend(telegram: TelegramFake, token: str) -> None:
    """The error names the setting."""
    with pytest.raises(errors.Misconfigured) as raised:
        await run(telegram, token)
    assert raised.value.setting == "TELEGRAM_BOT_TOKEN"
    assert raised.value.__suppress_context__
    assert token not in str(raised.value) or not token


async def run(telegram: TelegramFake, token: str) -> None:
    bot = Bot(telegram, token=token)
    await bot.platform.run(bot.dispatcher)


async def test_a_token_that_is_revoked_while_running(telegram: TelegramFake, ada: User, chat: Chat) -> None:
    """Polling ends with the sentence that helps."""
    bot = Bot(telegram)
    running = asyncio.create_task(bot.platform.run(bot.dispatcher))
    telegram.say(chat, ada, "/help")
    await telegram.wait_for(lambda: texts(telegram, chat))
    telegram.token = "1:new"
    telegram.say(chat, ada, "/help")
    with pytest.raises(errors.Misconfigured):
        await running


async def test_the_token_is_in_no_log(
    telegram: TelegramFake, ada: User, chat: Chat, caplog: pytest.LogCaptureFixture
) -> None:
    """However Telegram fails, and however much is logged."""
    caplog.set_level(logging.DEBUG)
    secret = TOKEN.split(":")[1].lower()
    token_in_answer = f"Bad Request: https://api.telegram.org/bot{TOKEN}/sendMessage"
    async with Bot(telegram, timing=IMPATIENT).running() as bot:
        for method in (
            "sendMessage",
            "getUpdates",
            "getMyCommands",
            "sendChatAction",
            "answerCallbackQuery",
            "getChatAdministrators",
        ):
            for code in (400, 403, 409, 418, 500, 502):
                telegram.refuse(method, code, token_in_answer)
            telegram.drop(method)
            telegram.hang(method)
            telegram.throttle(method, 1)
        for said in ("/help", "/long", "/crash", "/slow"):
            telegram.say(chat, ada, said)
        group = telegram.supergroup()
        telegram.say(group, ada, "/help")
        telegram.callback(group, ada, "/help")
        telegram.update({"message": {"message_id": "x", "chat": TOKEN}})
        telegram.private(telegram.user(8, "Bob"))
        bot.commands.gate.set()
        await telegram.wait_for(
            lambda: all(fault.times == 0 for fault in telegram.faults if fault.method == "getUpdates")
        )
        raised: list[str] = []
        while [fault for fault in telegram.faults if fault.times and fault.method == "sendMessage"]:
            try:
                await bot.platform.send(Address("telegram", "8"), say("x"))
            except DeliveryError as error:
                raised.append(repr(error))
    telegram.stop()
    with pytest.raises(errors.RetryAfter):
        await bot.platform.send(Address("telegram", "7"), say("x"))
    await bot.platform.close()
    assert caplog.records
    assert raised
    assert secret not in "".join((caplog.text, *raised)).lower()


# ----- Telegram away


async def test_telegram_away_for_a_while(
    telegram: TelegramFake, ada: User, chat: Chat, caplog: pytest.LogCaptureFixture
) -> None:
    """Asking goes on, first impatiently, then less so; it is said once that Telegram is away and once that it is back."""
    async with Bot(telegram).running() as bot:
        telegram.say(chat, ada, "/slow")
        await telegram.wait_for(lambda: bot.commands.requests)
        telegram.stop()
        bot.commands.gate.set()
        await asyncio.to_thread(caplog_has, caplog, "Telegram does not answer")
        telegram.restart()
        telegram.say(chat, ada, "/help")
        await telegram.wait_for(lambda: len(texts(telegram, chat)) == 2)
        assert sorted(texts(telegram, chat)) == [HELP, "at last"]
    said = [record.message for record in caplog.records]
    assert sum("Telegram does not answer" in message for message in said) == 1
    assert sum("Telegram answers again" in message for message in said) == 1


def caplog_has(caplog: pytest.LogCaptureFixture, words: str) -> None:
    """Block until `words` were logged."""
    logged = threading.Event()

    class Watch(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            if words in record.getMessage():
                logged.set()

    watch = Watch()
    logging.getLogger().addHandler(watch)
    try:
        assert words in caplog.text or logged.wait(10)
    finally:
        logging.getLogger().removeHandler(watch)


async def test_telegram_away_at_the_start(telegram: TelegramFake, ada: User, chat: Chat) -> None:
    """The bot comes up when Telegram does."""
    bot = Bot(telegram)
    telegram.stop()
    async with bot.running():
        telegram.restart()
        telegram.refuse("getMe", 502, "Bad Gateway", times=2)
        telegram.say(chat, ada, "/help")
        await telegram.wait_for(lambda: texts(telegram, chat) == [HELP])


@pytest.mark.parametrize("how", ["502", "hang", "drop", "409", "429", "500", "webhook"])
async def test_polling_goes_on(telegram: TelegramFake, ada: User, chat: Chat, how: str) -> None:
    """Whatever answers to a poll, the next ones get what people said."""
    async with Bot(telegram, timing=IMPATIENT).running():
        match how:
            case "hang":
                telegram.hang("getUpdates")
            case "drop":
                telegram.drop("getUpdates", after=True)
            case "429":
                telegram.throttle("getUpdates", 1)
            case "webhook":
                telegram.methods.webhook = "https://old.example/hook"
            case code:
                telegram.refuse("getUpdates", int(code), "No", times=3)
        telegram.say(chat, ada, "/help")
        await telegram.wait_for(lambda: texts(telegram, chat) == [HELP])
        await telegram.wait_for(lambda: not telegram.updates)


async def test_two_bots_with_one_token(
    telegram: TelegramFake, ada: User, chat: Chat, caplog: pytest.LogCaptureFixture
) -> None:
    """One sentence says so; both go on, and with one inbox everything is answered once."""
    inbox = MemoryInbox()
    async with Bot(telegram, inbox).running(), Bot(telegram, inbox).running():
        await asyncio.to_thread(caplog_has, caplog, "Another bot polls with the same TELEGRAM_BOT_TOKEN")
        for _ in range(5):
            telegram.say(chat, ada, "/help")
        await telegram.wait_for(lambda: len(texts(telegram, chat)) == 5 and not telegram.updates)
    assert texts(telegram, chat) == [HELP] * 5


# ----- nothing lost, nothing twice


@pytest.mark.parametrize("how", ["drop", "hang"])
async def test_a_reply_whose_fate_is_unknown_is_sent_once_more(
    telegram: TelegramFake, ada: User, chat: Chat, how: str
) -> None:
    """It may not have arrived, and silence is worse than a repeat; and the bot answers what comes next."""
    async with Bot(telegram, timing=IMPATIENT).running():
        if how == "drop":
            telegram.drop("sendMessage")
        else:
            telegram.hang("sendMessage", after=True)
        telegram.say(chat, ada, "/help")
        await telegram.wait_for(lambda: len(texts(telegram, chat)) == 2)
        telegram.say(chat, ada, "2406.15319")
        await telegram.wait_for(lambda: len(texts(telegram, chat)) == 3)
        assert texts(telegram, chat) == [HELP, HELP, "Summary of 2406.15319"]


async def test_a_slow_command_holds_up_nobody(telegram: TelegramFake, ada: User, chat: Chat) -> None:
    """Neither the same chat nor another; the slow one shows that it goes on."""
    async with Bot(telegram).running() as bot:
        telegram.say(chat, ada, "/slow")
        telegram.say(chat, ada, "/help")
        await telegram.wait_for(lambda: texts(telegram, chat) == [HELP] and len(chat.actions) > 2)
        bot.commands.gate.set()
        await telegram.wait_for(lambda: texts(telegram, chat) == [HELP, "at last"])


class KeptInbox(MemoryInbox):
    """A memory that the next run shares."""

    async def left(self) -> Sequence[tuple[str, str]]:
        return list(self._open.items())


async def test_a_restart_in_the_middle_of_a_command(telegram: TelegramFake, ada: User, chat: Chat) -> None:
    """The next run answers what the last one left, once, and what came in between."""
    inbox = KeptInbox()
    async with Bot(telegram, inbox).running() as first:
        telegram.say(chat, ada, "/slow")
        await telegram.wait_for(lambda: first.commands.requests)
    telegram.say(chat, ada, "/help")
    async with Bot(telegram, inbox).running() as second:
        second.commands.gate.set()
        await telegram.wait_for(lambda: len(texts(telegram, chat)) == 2 and not telegram.updates)
    assert sorted(texts(telegram, chat)) == [HELP, "at last"]
    assert await inbox.left() == []


async def test_an_inbox_that_fails(telegram: TelegramFake, ada: User, chat: Chat) -> None:
    """What cannot be kept is not confirmed; it is answered when the store is back."""

    class Failing(MemoryInbox):
        failures = 3

        async def put(self, key: str, payload: str) -> bool:
            self.failures -= 1
            if self.failures >= 0:
                raise errors.StoreUnavailable("unreachable")
            return await super().put(key, payload)

        async def done(self, key: str) -> None:
            raise errors.StoreUnavailable("unreachable")

        async def left(self) -> Sequence[tuple[str, str]]:
            raise errors.StoreUnavailable("unreachable")

    async with Bot(telegram, Failing()).running():
        for _ in range(2):
            telegram.say(chat, ada, "/help")
        await telegram.wait_for(lambda: texts(telegram, chat) == [HELP, HELP])


def test_a_kill_in_the_middle_of_a_command(
    telegram: TelegramFake, ada: User, chat: Chat, tmp_path: Path
) -> None:
    """`kill -9`, and the next process answers: once."""
    command = [sys.executable, "-m", "tests.platforms.telegram.process", str(tmp_path)]
    environment = {**os.environ, **telegram.settings()}
    with subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL) as first:
        telegram.say(chat, ada, "/slow")
        telegram.wait(lambda: chat.actions, timeout=30)
        first.kill()
    telegram.say(chat, ada, "/help")
    with subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL) as second:
        telegram.wait(lambda: len(texts(telegram, chat)) == 2 and not telegram.updates, timeout=30)
        second.terminate()
    assert sorted(texts(telegram, chat)) == [HELP, "at last"]


async def test_sending_without_receiving(telegram: TelegramFake, chat: Chat) -> None:
    """A worker sends with no `run` of its own, and again after one has ended."""
    bot = Bot(telegram, limits=UNLIMITED)
    await bot.platform.send(Address("telegram", "7"), say("one"))
    async with bot.running():
        await bot.platform.send(Address("telegram", "7"), say("two"))
    await bot.platform.send(Address("telegram", "7"), say("three"))
    await bot.platform.close()
    assert texts(telegram, chat) == ["one", "two", "three"]
