"""The bot is let into chats, put out of them, silenced, and let in again."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from bot.errors import StoreUnavailable
from bot.language import Language
from bot.platforms.telegram.reasons import BLOCKED, REMOVED, SILENCED
from tests.fakes.telegram import TelegramFake
from tests.fakes.telegram_world import User
from tests.platforms.telegram.conftest import Bot, WatchedInbox, texts
from tests.platforms.telegram.home import Home


@pytest.fixture
def home() -> Home:
    return Home()


@pytest.fixture
def inbox() -> WatchedInbox:
    return WatchedInbox()


@pytest.fixture
async def bot(telegram: TelegramFake, home: Home, inbox: WatchedInbox) -> AsyncIterator[Bot]:
    async with Bot(telegram, inbox, author=home).running() as running:
        yield running


@pytest.mark.parametrize(
    ("kind", "old", "new"),
    [
        ("group", "left", "member"),
        ("supergroup", "left", "member"),
        ("supergroup", "kicked", "administrator"),
        ("channel", "left", "administrator"),
        ("channel", "kicked", "administrator"),
    ],
)
async def test_a_hello(telegram: TelegramFake, bot: Bot, home: Home, kind: str, old: str, new: str) -> None:
    """With one button, for whoever let the bot in, in their language."""
    ada = telegram.user(7, "Ada", "zh-hans")
    chat = getattr(telegram, kind)()
    telegram.member(chat, ada, old, new)
    await telegram.wait_for(lambda: telegram.messages(chat))
    (hello,) = telegram.messages(chat)
    assert (hello.text, len(hello.buttons), len(hello.buttons[0])) == ("Hello all", 1, 1)
    (request,) = home.requests
    assert (request.actor.id, request.actor.manages, request.language) == ("7", True, Language("zh-Hans"))
    assert bot.lost == []


async def test_a_hello_after_a_silence(telegram: TelegramFake, bot: Bot, ada: User) -> None:
    """So what is paused there is told as soon as it may write again."""
    group = telegram.supergroup()
    telegram.member(group, ada, "restricted", "member", was={"can_send_messages": False})
    await telegram.wait_for(lambda: telegram.messages(group))


async def test_its_button_works_in_place(telegram: TelegramFake, bot: Bot, ada: User) -> None:
    group = telegram.supergroup(admins=[ada])
    telegram.member(group, ada, "left", "member")
    await telegram.wait_for(lambda: telegram.messages(group))
    telegram.press(telegram.messages(group)[0], 0, 0, ada)
    await telegram.wait_for(lambda: texts(telegram, group) == ["Tab one"])


@pytest.mark.parametrize(
    ("kind", "old", "new", "rights", "reason"),
    [
        ("group", "member", "left", {}, REMOVED),
        ("group", "member", "kicked", {}, REMOVED),
        ("supergroup", "administrator", "kicked", {}, REMOVED),
        ("supergroup", "member", "restricted", {"can_send_messages": False}, SILENCED),
        ("supergroup", "member", "restricted", {"is_member": False}, REMOVED),
        ("channel", "administrator", "administrator", {"can_post_messages": False}, SILENCED),
        ("channel", "administrator", "left", {}, REMOVED),
        ("private", "member", "kicked", {}, BLOCKED),
    ],
)
async def test_a_loss(
    telegram: TelegramFake, bot: Bot, inbox: WatchedInbox, home: Home, ada: User, kind: str, old: str, new: str, rights: dict[str, bool], reason: str
) -> None:  # fmt: skip
    """Is told at once, with the reason; nobody is greeted."""
    chat = telegram.private(ada) if kind == "private" else getattr(telegram, kind)()
    telegram.member(chat, ada, old, new, was=None, **rights)
    await inbox.until(1, 0)
    assert bot.lost == [(str(chat.id), reason)]
    assert home.requests == []


async def test_what_is_no_loss(telegram: TelegramFake, bot: Bot, inbox: WatchedInbox, ada: User) -> None:
    """Being promoted, restricted in other ways, let in by somebody who had blocked us; and a group that has grown."""
    group, chat = telegram.supergroup(), telegram.private(ada)
    telegram.member(group, ada, "member", "administrator")
    telegram.member(group, ada, "member", "restricted", can_send_photos=False)
    telegram.member(group, ada, "restricted", "member", was={"can_send_photos": False})
    telegram.member(chat, ada, "kicked", "member")
    small = telegram.group()
    telegram.migrate(small)
    telegram.member(small, ada, "member", "left")
    await inbox.until(5, 0)
    assert bot.lost == []
    assert telegram.messages(group) == telegram.messages(chat) == []


async def test_a_group_that_has_grown(
    telegram: TelegramFake, bot: Bot, inbox: WatchedInbox, ada: User
) -> None:
    """Is followed to its new id at once, by whichever of the two messages about it comes."""
    group = telegram.group()
    new = telegram.grow(group, ada)
    await inbox.until(2, 0)
    assert bot.moved == [(str(group.id), str(new.id))] * 2
    assert telegram.messages(new) == []


async def test_a_bot_without_a_hello_says_none(telegram: TelegramFake, ada: User) -> None:
    group, inbox = telegram.supergroup(), WatchedInbox()
    async with Bot(telegram, inbox).running():
        telegram.member(group, ada, "left", "member")
        await inbox.until(1, 0)
    assert telegram.messages(group) == []


async def test_without_the_store(telegram: TelegramFake, ada: User, caplog: pytest.LogCaptureFixture) -> None:
    """That a chat is lost shows again with the next message to it; until then all else goes on."""
    inbox = WatchedInbox()
    bot = Bot(telegram, inbox)

    async def away(*_: object) -> None:
        raise StoreUnavailable("unreachable")

    bot.platform._on_lost = bot.platform._on_moved = away
    async with bot.running():
        telegram.member(telegram.supergroup(), ada, "member", "left")
        telegram.grow(telegram.group(), ada)
        await inbox.until(3, 0)
    assert caplog.text.count("could not be noted") == 3
