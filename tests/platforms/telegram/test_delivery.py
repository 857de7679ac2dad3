"""What Telegram answers to our messages: pauses, refusals, chats that moved; each met in its own way."""

from __future__ import annotations

import asyncio
from functools import partial

import pytest

from bot import errors
from bot.chat.reply import Button, Buttons, Image, Paragraph, Reply, say
from bot.chat.request import Address
from bot.chat.text import text
from bot.errors import DeliveryError
from bot.platforms.telegram import reasons
from bot.platforms.telegram.pace import Limits
from tests.fakes.telegram import TelegramFake
from tests.fakes.telegram_world import Chat, User
from tests.platforms.telegram.conftest import HELP, IMPATIENT, Bot, texts

# ----- a pause asked for


async def test_a_pause_in_one_chat_holds_up_no_other(telegram: TelegramFake, ada: User, chat: Chat) -> None:
    """The one waits as long as it was told, and gets its answer."""
    bob = telegram.user(8, "Bob")
    other = telegram.private(bob)
    async with Bot(telegram).running():
        telegram.throttle("sendMessage", 1, chat=chat)
        telegram.say(chat, ada, "/help")
        telegram.say(other, bob, "/help")
        await telegram.wait_for(lambda: texts(telegram, other))
        assert not texts(telegram, chat)
        await telegram.wait_for(lambda: texts(telegram, chat) == [HELP])
    tries = [
        call.at
        for call in telegram.calls
        if call.method == "sendMessage" and call.parameters["chat_id"] == "7"
    ]
    assert len(tries) == 2
    assert tries[1] - tries[0] >= 1


async def test_unasked_messages_do_not_wait(telegram: TelegramFake, ada: User, chat: Chat) -> None:
    """`RetryAfter` at once, and again without a request while the pause lasts."""
    async with Bot(telegram).running() as bot:
        telegram.throttle("sendMessage", 33)
        address = Address("telegram", "7")
        with pytest.raises(errors.RetryAfter) as raised:
            await bot.platform.send(address, say("news"))
        assert raised.value == errors.RetryAfter(33) or (raised.value.seconds, raised.value.everywhere) == (
            33,
            False,
        )
        with pytest.raises(errors.RetryAfter) as raised:
            await bot.platform.send(address, say("news"))
        assert 30 < raised.value.seconds <= 33
        assert len(telegram.called("sendMessage")) == 1


async def test_real_limits_are_kept() -> None:
    """With Telegram's own limits on the other side, everything arrives and nothing is refused.

    They are counted as messages arrive, which a machine that has other things to do may delay by more than anybody
    can make up for: so once in three is enough here. `test_pace.py` counts exactly.
    """
    for _ in range(3):
        if await _sends_of_sixty() == 60:
            return
    pytest.fail("each time something was refused and sent again")


async def _sends_of_sixty() -> int:
    """Send sixty messages, half of them asked for; return how many sends that took."""
    with TelegramFake(limits=True) as telegram:
        people = [telegram.user(n, f"P{n}") for n in range(1, 61)]
        chats = [telegram.private(person) for person in people]
        async with Bot(telegram, limits=Limits()).running() as bot:
            unasked = [
                asyncio.create_task(bot.platform.send(Address("telegram", str(c.id)), say("news")))
                for c in chats[:35]
            ]
            for person, chat in zip(people[35:], chats[35:], strict=True):
                telegram.say(chat, person, "/help")
            await asyncio.gather(*unasked)
            await telegram.wait_for(lambda: all(telegram.messages(chat) for chat in chats))
        return len(telegram.called("sendMessage"))


# ----- refusals


async def test_refusals_are_errors_of_ours(telegram: TelegramFake, ada: User, chat: Chat) -> None:
    """Each with what the caller needs to act on it."""
    forum = telegram.forum(topics=[11])
    group = telegram.group()
    supergroup = telegram.migrate(group)
    async with Bot(telegram, timing=IMPATIENT).running() as bot:

        async def raised(address: Address) -> DeliveryError:
            with pytest.raises(DeliveryError) as caught:
                await bot.platform.send(address, say("x"))
            return caught.value

        for words, reason in (
            ("bot was blocked by the user", reasons.BLOCKED),
            ("user is deactivated", reasons.DELETED),
            ("bot was kicked from the supergroup chat", reasons.REMOVED),
            ("bot is not a member of the channel chat", reasons.REMOVED),
            ("bot can't initiate conversation with a user", reasons.SILENCED),
        ):
            chat.closed = (403, f"Forbidden: {words}")
            assert str(await raised(Address("telegram", "7"))) == str(errors.Forbidden(reason))
        assert repr(await raised(Address("telegram", "404"))) == repr(errors.Forbidden(reasons.REMOVED))
        migrated = await raised(Address("telegram", str(group.id)))
        assert isinstance(migrated, errors.Migrated)
        assert migrated.new_chat == str(supergroup.id)
        assert repr(await raised(Address("telegram", str(forum.id), "99"))) == repr(
            errors.ThreadGone(reasons.GONE)
        )
        forum.topics[11] = False
        assert repr(await raised(Address("telegram", str(forum.id), "11"))) == repr(
            errors.ThreadGone(reasons.CLOSED)
        )
        chat.closed = (400, "Bad Request: not enough rights to send text messages to the chat")
        assert repr(await raised(Address("telegram", "7"))) == repr(errors.Forbidden(reasons.SILENCED))
        chat.closed = (400, "Bad Request: something new")
        assert isinstance(await raised(Address("telegram", "7")), errors.Rejected)
        chat.closed = None
        telegram.refuse("sendMessage", 502, "Bad Gateway")
        assert isinstance(await raised(Address("telegram", "7")), errors.Ambiguous)
        telegram.drop("sendMessage")
        assert isinstance(await raised(Address("telegram", "7")), errors.Ambiguous)
        telegram.hang("sendMessage")
        assert isinstance(await raised(Address("telegram", "7")), errors.Ambiguous)
        assert await bot.platform.send(Address("telegram", "7"), Reply(())) == ()
        ids = await bot.platform.send(Address("telegram", "7"), Reply((Paragraph(text("word " * 2000)),)))
        assert ids == tuple(str(message.id) for message in telegram.messages(chat)[-3:])
        assert [message.silent for message in telegram.messages(chat)[-3:]] == [False, True, True]


def more_than(telegram: TelegramFake, chat: Chat, count: int) -> bool:
    return len(telegram.messages(chat)) > count


async def test_half_an_edition(telegram: TelegramFake, chat: Chat) -> None:
    """Once a part is out, a short pause is waited for and a long one is said to leave things open."""
    long = Reply((Paragraph(text("word " * 2000)),))
    # A second between the parts, so that the pause is there before the next one goes.
    async with Bot(telegram, limits=Limits(chat=(1, 1.0))).running() as bot:
        for pause, outcome in ((1, None), (100, errors.Ambiguous)):
            before = len(telegram.messages(chat))
            task = asyncio.create_task(bot.platform.send(Address("telegram", "7"), long))
            await telegram.wait_for(partial(more_than, telegram, chat, before))
            telegram.throttle("sendMessage", pause)
            if outcome:
                with pytest.raises((outcome, errors.RetryAfter)):
                    await task
            else:
                assert len(await task) == 3


async def test_a_reply_follows_a_group_that_became_a_supergroup(telegram: TelegramFake, ada: User) -> None:
    """The answer arrives in the new chat."""
    group = telegram.group(admins=[ada])
    async with Bot(telegram).running() as bot:
        telegram.say(group, ada, "/slow")
        await telegram.wait_for(lambda: bot.commands.requests)
        new = telegram.migrate(group)
        bot.commands.gate.set()
        await telegram.wait_for(lambda: texts(telegram, new) == ["at last"])


async def test_a_topic_closed_meanwhile(telegram: TelegramFake, ada: User) -> None:
    """The answer goes to the chat."""
    forum = telegram.forum(topics=[11])
    async with Bot(telegram).running() as bot:
        telegram.say(forum, ada, "/slow", thread=11)
        await telegram.wait_for(lambda: bot.commands.requests)
        forum.topics[11] = False
        bot.commands.gate.set()
        await telegram.wait_for(lambda: texts(telegram, forum) == ["at last"])
        assert telegram.messages(forum)[0].thread is None


async def test_markup_refused(
    telegram: TelegramFake, ada: User, chat: Chat, caplog: pytest.LogCaptureFixture
) -> None:
    """The words arrive without it, and the log says whose fault it was."""
    async with Bot(telegram).running():
        telegram.refuse("sendMessage", 400, "Bad Request: can't parse entities: Unsupported start tag")
        telegram.say(chat, ada, "/help")
        await telegram.wait_for(lambda: texts(telegram, chat))
        assert telegram.messages(chat)[0].text.replace("\u2060", "") == HELP
        assert telegram.messages(chat)[0].entities == []
    assert "a fault of ours" in caplog.text


async def test_buttons_refused(telegram: TelegramFake, ada: User, chat: Chat) -> None:
    """The words arrive without them."""
    async with Bot(telegram).running():
        telegram.refuse("sendMessage", 400, "Bad Request: BUTTON_DATA_INVALID", times=2)
        telegram.say(chat, ada, "2406.15319")
        await telegram.wait_for(lambda: texts(telegram, chat) == ["Summary of 2406.15319"])
        assert telegram.messages(chat)[0].buttons == []


async def test_a_picture_that_telegram_cannot_fetch(telegram: TelegramFake, chat: Chat) -> None:
    """A link to it arrives, with caption and buttons."""
    image = Image(text("Figure 1"), "https://x.example/1.png")
    reply = Reply((image, Buttons(((Button("More", "/help"),),))))
    async with Bot(telegram).running() as bot:
        await bot.platform.send(Address("telegram", "7"), reply)
        telegram.methods.unfetchable.add(image.url)
        await bot.platform.send(Address("telegram", "7"), reply)
    photo, link = telegram.messages(chat)
    assert (photo.photo, photo.text) == (image.url, "Figure 1")
    assert [e.url for e in link.entities] == [image.url]
    assert link.text == f"🖼 {image.url}\nFigure 1"
    assert photo.buttons == link.buttons
