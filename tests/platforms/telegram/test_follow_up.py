"""Replies to the bot's answers, which go on where the answer ended."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.chat.platform import MemoryFollowUps
from bot.chat.reply import Paragraph, Reply
from bot.chat.request import Address
from bot.chat.text import text
from bot.errors import StoreUnavailable
from tests.fakes.telegram import TelegramFake
from tests.fakes.telegram_world import Chat, Sent, User
from tests.platforms.author import Author, Remembering
from tests.platforms.telegram.conftest import Bot, texts
from tests.platforms.telegram.process import FolderInbox

ASK = "/ask 2406.15319 why?"
STICKER = {
    "file_id": "f", "file_unique_id": "f", "width": 1, "height": 1, "type": "regular", "is_animated": False,
    "is_video": False,
}  # fmt: skip


@pytest.fixture
def author() -> Author:
    return Author()


@pytest.fixture
def follow_ups() -> Remembering:
    return Remembering()


@pytest.fixture
async def bot(telegram: TelegramFake, author: Author, follow_ups: Remembering) -> AsyncIterator[Bot]:
    async with Bot(telegram, author=author, follow_ups=follow_ups).running() as running:
        yield running


async def answered(telegram: TelegramFake, chat: Chat, count: int) -> list[Sent]:
    await telegram.wait_for(lambda: len(telegram.messages(chat)) >= count)
    return telegram.messages(chat)


async def nothing_more(telegram: TelegramFake, chat: Chat, user: User) -> None:
    """Return when what was said so far has been worked on: what is said last has been answered."""
    before = len(telegram.messages(chat))
    telegram.say(chat, user, "/help")
    await answered(telegram, chat, before + 1)
    assert texts(telegram, chat)[before:] == ["Commands\n/help lists them"]


@pytest.mark.parametrize("kind", ["private", "group", "supergroup", "forum"])
async def test_a_reply_goes_on(
    telegram: TelegramFake, bot: Bot, author: Author, follow_ups: Remembering, ada: User, kind: str
) -> None:
    """With the words of the reply behind the line, beneath them, for whoever writes; and on from there."""
    chat = telegram.private(ada) if kind == "private" else getattr(telegram, kind)()
    bob = ada if kind == "private" else telegram.user(8, "Bob")
    telegram.say(chat, ada, ASK, thread=11 if kind == "forum" else None)
    (first,) = await answered(telegram, chat, 1)
    await follow_ups.until(1)
    asked = telegram.reply(first, bob, "and how?")
    second = (await answered(telegram, chat, 2))[1]
    await follow_ups.until(2)
    telegram.reply(second, ada, "where?")
    third = (await answered(telegram, chat, 3))[2]
    assert [m.text for m in (second, third)] == ["2406.15319: and how?", "2406.15319: where?"]
    assert (second.reply_to, second.thread) == (asked, first.thread)
    follow = author.requests[1]
    assert (follow.actor.id, follow.private) == (str(bob.id), kind == "private")
    assert follow.address == author.requests[0].address


async def test_a_comment_on_a_channels_post(
    telegram: TelegramFake, bot: Bot, follow_ups: Remembering, ada: User
) -> None:
    """In the group that discusses the channel, and a reply of the channel's own."""
    channel, group = telegram.channel("News"), telegram.supergroup("Talk")
    telegram.say(channel, None, ASK)
    (post,) = await answered(telegram, channel, 1)
    await follow_ups.until(1)
    asked = telegram.reply(post, ada, "and how?", forwarded=group)
    (answer,) = await answered(telegram, group, 1)
    assert (answer.text, answer.reply_to) == ("2406.15319: and how?", asked)
    telegram.say(channel, None, "where?", reply_to_message=telegram.world.shown(post))
    assert (await answered(telegram, channel, 2))[1].text == "2406.15319: where?"


async def test_what_asks_nothing(
    telegram: TelegramFake, bot: Bot, follow_ups: Remembering, ada: User, chat: Chat
) -> None:
    """A sticker, a photo without words and an edited reply are passed over; a caption is read."""
    telegram.say(chat, ada, ASK)
    (first,) = await answered(telegram, chat, 1)
    await follow_ups.until(1)
    sizes = [{"file_id": "f", "file_unique_id": "f", "width": 1, "height": 1}]
    telegram.reply(first, ada, "", sticker=STICKER)
    telegram.reply(first, ada, "", photo=sizes)
    telegram.reply(first, ada, "and how?", edited=True)
    await nothing_more(telegram, chat, ada)
    telegram.reply(first, ada, "", photo=sizes, caption="this?")
    assert (await answered(telegram, chat, 3))[2].text == "2406.15319: this?"


async def test_a_command_stays_a_command(
    telegram: TelegramFake, bot: Bot, follow_ups: Remembering, ada: User, chat: Chat
) -> None:
    """Also in reply to an answer; an id alone is words like others there."""
    telegram.say(chat, ada, ASK)
    (first,) = await answered(telegram, chat, 1)
    await follow_ups.until(1)
    telegram.reply(first, ada, "/help")
    telegram.reply(first, ada, "2406.15319")
    await answered(telegram, chat, 3)
    assert sorted(texts(telegram, chat)[1:]) == ["2406.15319: 2406.15319", "Commands\n/help lists them"]


async def test_replies_that_continue_nothing(
    telegram: TelegramFake, bot: Bot, follow_ups: Remembering, ada: User
) -> None:
    """To other answers of ours and to people; in private they are words as any."""
    chat, group = telegram.private(ada), telegram.supergroup()
    for place in (chat, group):
        telegram.say(place, ada, "/help")
        (message,) = await answered(telegram, place, 1)
        telegram.reply(message, ada, "thanks")
    assert (await answered(telegram, chat, 2))[1].text == "Commands start with a slash; /help lists them."
    theirs = telegram.world.message(group, ada, "hello")
    telegram.say(group, ada, "and how?", reply_to_message=theirs)
    robot = type(ada)(9, "Robot", is_bot=True)
    telegram.say(group, ada, ASK)
    answer = (await answered(telegram, group, 2))[1]
    await follow_ups.until(1)
    telegram.reply(answer, robot, "and how?")
    await nothing_more(telegram, group, ada)


async def test_every_part_of_an_answer_can_be_continued(
    telegram: TelegramFake, bot: Bot, author: Author, follow_ups: Remembering, ada: User, chat: Chat
) -> None:
    """Whichever of its messages one replies to, the one that was a draft too."""
    telegram.say(chat, ada, "/write")
    author.draft("word")
    await answered(telegram, chat, 1)
    author.finish(Reply((Paragraph(text("word " * 2000)),), follow_up="/ask 2406.15319"))
    await follow_ups.until(3)
    for message in telegram.messages(chat):
        assert await follow_ups.get(Address("telegram", "7"), str(message.id)) == "/ask 2406.15319"


async def test_what_a_crash_left_is_answered(
    telegram: TelegramFake, author: Author, ada: User, chat: Chat, tmp_path: Path
) -> None:
    """A reply is in the inbox as a command is, and continues the same line afterwards."""
    follow_ups, inbox = MemoryFollowUps(), FolderInbox(tmp_path)
    await follow_ups.put(Address("telegram", "7"), "101", "/ask 2406.15319")
    reply = telegram.world.message(chat, ada, "and how?")
    reply["reply_to_message"] = {
        "message_id": 101,
        "date": 1,
        "chat": chat.json(),
        "from": telegram.world.bot.json(),
    }
    await inbox.put("77", f'{{"update_id": 77, "message": {json.dumps(reply)}}}')
    async with Bot(telegram, inbox, author=author, follow_ups=follow_ups).running():
        assert (await answered(telegram, chat, 1))[0].text == "2406.15319: and how?"


class Away(MemoryFollowUps):
    async def put(self, address: Address, message_id: str, line: str) -> None:
        raise StoreUnavailable("unreachable")

    async def get(self, address: Address, message_id: str) -> str | None:
        raise StoreUnavailable("unreachable")


async def test_without_the_store(telegram: TelegramFake, author: Author, ada: User, chat: Chat) -> None:
    """Answers come; replies to them are words as any."""
    async with Bot(telegram, author=author, follow_ups=Away()).running():
        telegram.say(chat, ada, ASK)
        (first,) = await answered(telegram, chat, 1)
        telegram.reply(first, ada, "and how?")
        assert (await answered(telegram, chat, 2))[1].text.startswith("Commands start with a slash")
