"""Answers that grow in their message while they are written."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import pytest

from bot.chat.draft import EVERY_AMONG_MANY
from bot.chat.reply import Button, Buttons, Image, Outcome, Paragraph, Reply, say
from bot.chat.text import text
from bot.platforms.telegram.pace import Limits, Pace, Turns
from tests.fakes.telegram import TelegramFake
from tests.fakes.telegram_world import Chat, Sent, User
from tests.platforms.author import Author, picture
from tests.platforms.telegram.conftest import QUICK, Bot, texts
from tests.platforms.telegram.process import FolderInbox

SWIFT = replace(QUICK, draft=0.05, draft_in_group=0.05, progress=0.1)
DELETED = "Bad Request: message to edit not found"


@pytest.fixture
def author() -> Author:
    return Author()


async def shows(telegram: TelegramFake, chat: Chat, *said: str) -> list[Sent]:
    await telegram.wait_for(lambda: texts(telegram, chat) == list(said))
    return telegram.messages(chat)


async def test_an_answer_grows_in_one_message(
    telegram: TelegramFake, author: Author, ada: User, chat: Chat
) -> None:
    """It notifies once, when it begins, and has its buttons at the end."""
    reply = Reply((Paragraph(text("One. Two. Three.")), Buttons(((Button("More", "/help"),),))))
    async with Bot(telegram, author=author, timing=SWIFT).running():
        telegram.say(chat, ada, "/write")
        author.draft("One.")
        (first,) = await shows(telegram, chat, "One.")
        author.draft("One. Two.")
        await shows(telegram, chat, "One. Two.")
        author.finish(reply)
        (message,) = await shows(telegram, chat, "One. Two. Three.")
    assert message is first
    assert (message.silent, message.edits, message.reply_to) == (False, 2, None)
    assert [button["text"] for row in message.buttons for button in row] == ["More"]
    assert len(telegram.called("sendMessage")) == 1


async def test_edits_keep_their_distance_and_the_newest_wins(
    telegram: TelegramFake, author: Author, ada: User, chat: Chat
) -> None:
    """With one person, one a second at most, however fast the text comes; nothing is shown twice."""
    async with Bot(telegram, author=author).running():
        telegram.say(chat, ada, "/write")
        author.draft("1")
        await shows(telegram, chat, "1")
        author.draft("2", "3", "4", "4")
        await shows(telegram, chat, "4")
        author.draft("4")
        author.finish(say("4!"))
        await shows(telegram, chat, "4!")
    edited = [call for call in telegram.calls if call.method == "editMessageText"]
    assert [call.parameters["text"] for call in edited] == ["4", "4!"]
    (sent,) = [call for call in telegram.calls if call.method == "sendMessage"]
    assert edited[0].at - sent.at >= 1


async def test_the_pace_in_a_group(author: Author, ada: User) -> None:
    """Four seconds apart and beneath the question, by the fake's clock and within its limits."""
    with TelegramFake(limits=True) as telegram:
        group = telegram.supergroup()
        async with Bot(telegram, author=author, limits=Limits()).running():
            asked = telegram.say(group, telegram.user(7, "Ada"), "/write")
            for said in ("1", "2", "3"):
                author.draft(said)
                await shows(telegram, group, said)
            author.finish()
            (message,) = await shows(telegram, group, "done")
        assert message.reply_to == asked
        times = [c.at for c in telegram.calls if c.method in ("sendMessage", "editMessageText")]
        gaps = [later - first for first, later in pairwise(times[:3])]
        assert len(times) == 4
        assert all(EVERY_AMONG_MANY <= gap < EVERY_AMONG_MANY + 1 for gap in gaps)


def test_drafts_leave_room_in_a_group() -> None:
    """Of twenty messages a minute, the last ten are for answers."""
    pace = Pace(Limits(overall=(99, 1.0), chat=(99, 1.0), group=(20, 60.0)))
    for second in range(10):
        assert pace.spare("-7") <= second
        pace.note("-7", second, urgent=True)
        pace.note("7", second, urgent=True)
    assert (pace.spare("-7"), pace.free("-7"), pace.spare("7")) == (60, 0, 0)


async def test_a_draft_waits_for_what_telegram_says() -> None:
    """And does not count while it waits."""
    turns = Turns(Limits())
    assert turns.spare("7") == 0
    turns.hold("7", 60)
    assert 59 < turns.spare("7") <= 60
    assert turns.spare("8") == 0


async def test_a_pause_is_kept_and_the_latest_comes_after_it(
    telegram: TelegramFake, author: Author, ada: User, chat: Chat
) -> None:
    """A 429 on an edit: nothing goes to the chat until the time is over."""
    async with Bot(telegram, author=author, timing=SWIFT).running():
        telegram.say(chat, ada, "/write")
        author.draft("1")
        await shows(telegram, chat, "1")
        telegram.throttle("editMessageText", 1)
        author.draft("2")
        await telegram.wait_for(lambda: telegram.called("editMessageText"))
        author.draft("3")
        await shows(telegram, chat, "3")
        author.finish()
        await shows(telegram, chat, "done")
    edits = [
        (call.parameters["text"], call.at) for call in telegram.calls if call.method == "editMessageText"
    ]
    assert [said for said, _ in edits] == ["2", "3", "done"]
    assert edits[1][1] - edits[0][1] >= 1


async def test_the_answer_too_waits_for_a_pause(
    telegram: TelegramFake, author: Author, ada: User, chat: Chat
) -> None:
    """And takes the place of the draft that was refused."""
    async with Bot(telegram, author=author, timing=SWIFT).running():
        telegram.say(chat, ada, "/write")
        author.draft("1")
        await shows(telegram, chat, "1")
        telegram.throttle("editMessageText", 1)
        author.draft("2")
        await telegram.wait_for(lambda: telegram.called("editMessageText"))
        author.finish()
        await shows(telegram, chat, "done")
    edits = [
        (call.parameters["text"], call.at) for call in telegram.calls if call.method == "editMessageText"
    ]
    assert [said for said, _ in edits] == ["2", "done"]
    assert edits[1][1] - edits[0][1] >= 1


@pytest.mark.parametrize("seen", [True, False])
async def test_a_draft_that_somebody_deletes(
    telegram: TelegramFake, author: Author, ada: User, chat: Chat, seen: bool
) -> None:
    """Comes no more; the answer comes as a message of its own, whether or not we heard of it before."""
    async with Bot(telegram, author=author, timing=SWIFT).running():
        telegram.say(chat, ada, "/write")
        author.draft("1")
        (message,) = await shows(telegram, chat, "1")
        telegram.delete(message)
        if seen:
            author.draft("2")
            await telegram.wait_for(lambda: telegram.called("editMessageText"))
        author.finish()
        (answer,) = await shows(telegram, chat, "done")
    assert answer.id != message.id
    assert len(telegram.called("editMessageText")) == 1


@pytest.mark.parametrize("refused", ["Bad Request: MESSAGE_ID_INVALID", "Bad Request: can't parse entities"])
async def test_an_edit_that_telegram_refuses(
    telegram: TelegramFake, author: Author, ada: User, chat: Chat, refused: str
) -> None:
    """Is left out; the next one is tried all the same."""
    async with Bot(telegram, author=author, timing=SWIFT).running():
        telegram.say(chat, ada, "/write")
        author.draft("1")
        await shows(telegram, chat, "1")
        telegram.refuse("editMessageText", 400, refused)
        author.draft("2")
        await telegram.wait_for(lambda: telegram.called("editMessageText"))
        author.draft("3")
        await shows(telegram, chat, "3")
        author.finish()
        await shows(telegram, chat, "done")


async def test_an_answer_that_cannot_take_the_drafts_place(
    telegram: TelegramFake, author: Author, ada: User, chat: Chat
) -> None:
    """Comes all the same, whatever Telegram has against the edit."""
    async with Bot(telegram, author=author, timing=SWIFT).running():
        telegram.say(chat, ada, "/write")
        author.draft("1")
        await shows(telegram, chat, "1")
        telegram.refuse("editMessageText", 400, "Bad Request: MESSAGE_ID_INVALID", times=9)
        author.finish()
        await shows(telegram, chat, "1", "done")


@pytest.mark.parametrize("after", [True, False])
async def test_an_edit_whose_answer_is_lost(
    telegram: TelegramFake, author: Author, ada: User, chat: Chat, after: bool
) -> None:
    """Is repeated for the answer, which does no harm: "not modified" is a success."""
    async with Bot(telegram, author=author, timing=SWIFT).running():
        telegram.say(chat, ada, "/write")
        author.draft("1")
        await shows(telegram, chat, "1")
        telegram.drop("editMessageText", after=after)
        author.finish()
        await telegram.wait_for(lambda: len(telegram.called("editMessageText")) == 2)
        await shows(telegram, chat, "done")


async def test_a_draft_in_doubt_is_not_begun_again(
    telegram: TelegramFake, author: Author, ada: User, chat: Chat
) -> None:
    """One message may be there for all we know: one is enough."""
    async with Bot(telegram, author=author, timing=SWIFT).running() as bot:
        telegram.drop("sendMessage")
        telegram.say(chat, ada, "/write")
        author.draft("1")
        await shows(telegram, chat, "1")
        author.draft("2", "3")
        await author.taken()
        author.finish()
        await shows(telegram, chat, "1", "done")
        assert bot.platform


async def test_a_long_answer(telegram: TelegramFake, author: Author, ada: User, chat: Chat) -> None:
    """Begins where the draft stood and goes on below, without another sound."""
    async with Bot(telegram, author=author, timing=SWIFT).running():
        telegram.say(chat, ada, "/write")
        author.draft("word " * 1000)
        await telegram.wait_for(lambda: telegram.messages(chat))
        author.finish(say("word " * 2000))
        await telegram.wait_for(lambda: len(telegram.messages(chat)) == 3)
    assert "".join(texts(telegram, chat)).count("word") == 2000
    assert [message.silent for message in telegram.messages(chat)] == [False, True, True]


async def test_an_answer_that_begins_with_a_picture(
    telegram: TelegramFake, author: Author, ada: User, chat: Chat
) -> None:
    """Takes the draft away."""
    async with Bot(telegram, author=author, timing=SWIFT).running():
        telegram.say(chat, ada, "/write")
        author.draft("Looking for figures …")
        await telegram.wait_for(lambda: telegram.messages(chat))
        author.finish(Reply((Image(text("Figure 1"), data=picture(), name="1.png"),)))
        (message,) = await shows(telegram, chat, "Figure 1")
    assert message.upload


async def test_a_failure_takes_the_drafts_place(
    telegram: TelegramFake, author: Author, ada: User, chat: Chat
) -> None:
    """What was shown so far is not left standing."""
    async with Bot(telegram, author=author, timing=SWIFT).running():
        telegram.say(chat, ada, "/write")
        author.draft("1")
        await shows(telegram, chat, "1")
        author.finish(replace(say("no", private=True), outcome=Outcome.FAILED))
        await shows(telegram, chat, "no")


async def test_words_of_progress(telegram: TelegramFake, author: Author, ada: User, chat: Chat) -> None:
    """Are shown where it takes long, and give way to the first of the answer."""
    async with Bot(telegram, author=author, timing=SWIFT).running():
        telegram.say(chat, ada, "/write")
        author.steps.put_nowait("Reading …")
        await shows(telegram, chat, "Reading …")
        author.draft("One.")
        await shows(telegram, chat, "One.")
        author.steps.put_nowait("Reading more …")
        author.draft("One. Two.")
        await shows(telegram, chat, "One. Two.")
        author.finish()
        await shows(telegram, chat, "done")
    assert "Reading more …" not in [call["text"] for call in telegram.called("editMessageText")]


async def test_quick_answers_come_without_them(
    telegram: TelegramFake, author: Author, ada: User, chat: Chat
) -> None:
    """A word of progress that nobody would have read is not sent."""
    async with Bot(telegram, author=author).running():
        telegram.say(chat, ada, "/write")
        author.steps.put_nowait("Reading …")
        author.finish()
        await shows(telegram, chat, "done")
    assert len(telegram.called("sendMessage")) == 1
    assert telegram.called("editMessageText") == []


async def test_a_reader_of_a_channel_makes_no_posts(
    telegram: TelegramFake, author: Author, ada: User
) -> None:
    """Not by what is shown while an answer is written either."""
    channel = telegram.channel("News")
    async with Bot(telegram, author=author, timing=SWIFT).running():
        telegram.callback(channel, ada, "/write", None)
        author.draft("1")
        await author.taken()
        await telegram.wait_for(lambda: telegram.world.answers)
    assert telegram.messages(channel) == []


async def test_a_press_answered_aside_leaves_no_draft(
    telegram: TelegramFake, author: Author, ada: User
) -> None:
    """In a group, words for the one who pressed are all there is in the end."""
    group = telegram.supergroup()
    async with Bot(telegram, author=author, timing=replace(SWIFT, typing_after=5)).running():
        telegram.callback(group, ada, "/write")
        author.draft("1")
        await shows(telegram, group, "1")
        author.finish(say("for you", private=True))
        await shows(telegram, group)
        await telegram.wait_for(lambda: telegram.world.answers)
    assert telegram.world.answers[0]["text"] == "for you"


async def test_a_crash_leaves_no_draft_behind(
    telegram: TelegramFake, author: Author, ada: User, chat: Chat, tmp_path: Path
) -> None:
    """The next run answers in the message that was begun."""
    inbox = FolderInbox(tmp_path)
    async with Bot(telegram, inbox, author=author, timing=replace(SWIFT, grace=0)).running():
        telegram.say(chat, ada, "/write")
        author.draft("1")
        (first,) = await shows(telegram, chat, "1")
        await telegram.wait_for(lambda: len(list(tmp_path.iterdir())) == 2)
    author = Author()
    async with Bot(telegram, inbox, author=author, timing=SWIFT).running():
        author.draft("1 and")
        await shows(telegram, chat, "1 and")
        author.finish()
        (message,) = await shows(telegram, chat, "done")
        async with asyncio.timeout(10):
            while await inbox.left():
                await asyncio.sleep(0.01)
    assert message is first


async def test_no_token_in_the_log(
    telegram: TelegramFake, author: Author, ada: User, chat: Chat, caplog: pytest.LogCaptureFixture
) -> None:
    """Whatever goes wrong with a draft."""
    caplog.set_level(logging.DEBUG)
    async with Bot(telegram, author=author, timing=SWIFT).running():
        telegram.drop("sendMessage", after=False)
        telegram.say(chat, ada, "/write")
        author.draft("1")
        await telegram.wait_for(lambda: telegram.called("sendMessage"))
        author.finish()
        await shows(telegram, chat, "done")
    assert telegram.token.partition(":")[2] not in caplog.text
