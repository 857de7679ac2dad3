"""Menus by kind of chat, by language and for owners; and what the bot says it is."""

from __future__ import annotations

import pytest

from bot.chat.wording import catalogues
from tests.fakes.telegram import TelegramFake
from tests.fakes.telegram_world import Chat, User
from tests.platforms.telegram.conftest import Bot, texts
from tests.platforms.telegram.home import Home

LANGUAGES = ("", *sorted({tag.partition("-")[0] for tag in catalogues()}))
PRIVATE = [
    "help",
    "summarize",
    "slow",
    "long",
    "nothing",
    "crash",
    "start",
    "tab",
    "follow",
    "about",
    "topic",
]


async def test_by_kind_of_chat(telegram: TelegramFake, ada: User, chat: Chat) -> None:
    """All of it in private, what one would ask together in groups, what sets a chat up for who manages it, all for owners."""
    async with Bot(telegram, author=Home(), owners=["7", "8"]).running():
        await telegram.wait_for(lambda: telegram.methods.menu("chat:7", "zh"))
    menu = telegram.methods.menu
    for language in LANGUAGES:
        assert menu("all_private_chats", language) == menu("default", language) == PRIVATE
        assert menu("all_group_chats", language) == ["summarize", "topic", "help"]
        assert menu("all_chat_administrators", language) == ["summarize", "topic", "help"]
        assert menu("chat:7", language) == [*PRIVATE, "reign"]
    assert not menu("chat:8")  # who has never written to the bot
    assert {language for _, language in telegram.methods.menus} == set(LANGUAGES)


async def test_what_stands_there_is_not_set_again(telegram: TelegramFake) -> None:
    async with Bot(telegram).running():
        await telegram.wait_for(lambda: len(telegram.methods.about) == 2 * len(LANGUAGES))
    done = len(telegram.called("setMyCommands")), len(telegram.called("setMyDescription"))
    asked = len(telegram.called("getMyShortDescription"))
    async with Bot(telegram).running():
        await telegram.wait_for(
            lambda: len(telegram.called("getMyShortDescription")) == asked + len(LANGUAGES)
        )
    assert done == (4 * len(LANGUAGES), len(LANGUAGES))
    assert (len(telegram.called("setMyCommands")), len(telegram.called("setMyDescription"))) == done
    assert "arXiv" in telegram.methods.about["description", "zh"]
    assert telegram.methods.about["description", "zh"] != telegram.methods.about["description", ""]
    assert telegram.methods.about["short_description", ""].startswith("A newswire")


async def test_a_new_owner(telegram: TelegramFake, ada: User, chat: Chat) -> None:
    """Sees what owners may do as soon as the code was right."""
    owners: list[str] = []
    async with Bot(telegram, author=Home(), owners=owners).running():
        await telegram.wait_for(lambda: len(telegram.methods.about) == 2 * len(LANGUAGES))
        owners.append("7")
        telegram.say(chat, ada, "/start ABCD2345")
        await telegram.wait_for(lambda: telegram.methods.menu("chat:7", "zh"))
        assert texts(telegram, chat) == ["Hello ABCD2345"]
    assert "reign" in telegram.methods.menu("chat:7")


async def test_a_refusal_is_no_end(
    telegram: TelegramFake, ada: User, chat: Chat, caplog: pytest.LogCaptureFixture
) -> None:
    telegram.refuse("getMyCommands", 400, "Bad Request: BOT_INVALID", times=2)
    telegram.refuse("setMyDescription", 429, "Too Many Requests: retry after 3600", retry_after=3600)
    async with Bot(telegram).running():
        telegram.say(chat, ada, "/help")
        await telegram.wait_for(
            lambda: telegram.methods.menu("all_group_chats", "zh") and telegram.messages(chat)
        )
    assert "could not be set" in caplog.text
