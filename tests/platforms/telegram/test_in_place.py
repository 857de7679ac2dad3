"""Buttons whose answer takes the place of the message above them, and buttons that ask back."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from bot.chat.platform import MemoryFollowUps
from bot.platforms.telegram.packed import pack, unpack
from bot.platforms.telegram.render import render
from tests.fakes.telegram import TelegramFake
from tests.fakes.telegram_world import Chat, Sent, User
from tests.platforms.telegram.conftest import Bot, texts
from tests.platforms.telegram.home import Home, Listed

ONE, TWO, SLOW, FAIL, REFUSE, LONG, PICTURE, EMPTY = range(8)
FOLLOW, ASK = 0, 1


@pytest.fixture
def home() -> Home:
    return Home()


@pytest.fixture
async def bot(telegram: TelegramFake, home: Home) -> AsyncIterator[Bot]:
    async with Bot(telegram, author=home).running() as running:
        yield running


async def tabs(telegram: TelegramFake, chat: Chat, user: User | None) -> Sent:
    telegram.say(chat, user, "/tab one")
    await telegram.wait_for(lambda: telegram.messages(chat))
    return telegram.messages(chat)[0]


@pytest.mark.parametrize("kind", ["private", "group", "forum", "channel"])
async def test_the_answer_takes_the_place(telegram: TelegramFake, bot: Bot, ada: User, kind: str) -> None:
    """Back and forth as often as one likes, the button answered each time; the same again is no error."""
    chat = telegram.private(ada) if kind == "private" else getattr(telegram, kind)(admins=[ada])
    card = await tabs(telegram, chat, None if kind == "channel" else ada)
    for count, (column, said) in enumerate(
        [(TWO, "Tab two"), (ONE, "Tab one"), (TWO, "Tab two"), (TWO, "Tab two")], 1
    ):
        telegram.press(card, 0, column, ada)
        await telegram.wait_for(
            lambda said=said, count=count: card.text == said and len(telegram.world.answers) == count  # type: ignore[misc]
        )
    await telegram.wait_for(lambda: len(telegram.called("editMessageText")) == 4)
    assert texts(telegram, chat) == ["Tab two"]
    assert card.edits == 3
    assert not telegram.world.callbacks


async def test_what_a_restart_does_to_a_button(telegram: TelegramFake, ada: User, chat: Chat) -> None:
    """Nothing: all that it means stands in it, in at most 64 bytes."""
    async with Bot(telegram, author=Home()).running():
        card = await tabs(telegram, chat, ada)
    assert [button["callback_data"] for button in card.buttons[0]][:2] == ["~/tab one", "~/tab two"]
    assert [button["callback_data"] for button in card.buttons[1]] == ["?/follow", "?/about 7"]
    async with Bot(telegram, author=Home(), follow_ups=MemoryFollowUps()).running():
        telegram.press(card, 0, TWO, ada)
        await telegram.wait_for(lambda: card.text == "Tab two")


@pytest.mark.parametrize("column", [LONG, PICTURE])
async def test_what_does_not_fit_there(
    telegram: TelegramFake, bot: Bot, ada: User, chat: Chat, column: int
) -> None:
    """Several messages, or pictures, come below, and the message stays."""
    card = await tabs(telegram, chat, ada)
    telegram.press(card, 0, column, ada)
    await telegram.wait_for(lambda: len(telegram.messages(chat)) >= 2)
    assert (card.text, card.edits) == ("Tab one", 0)


async def test_a_message_that_is_gone_or_too_old(
    telegram: TelegramFake, bot: Bot, ada: User, chat: Chat
) -> None:
    """The answer is a new message: where Telegram will not edit, shows none, or somebody has deleted it."""
    card = await tabs(telegram, chat, ada)
    telegram.refuse("editMessageText", 400, "Bad Request: message can't be edited")
    telegram.press(card, 0, TWO, ada)
    await telegram.wait_for(lambda: len(telegram.messages(chat)) == 2)
    telegram.callback(chat, ada, "~/tab two")  # under one that is inaccessible
    await telegram.wait_for(lambda: len(telegram.messages(chat)) == 3)
    shown = telegram.world.shown(card)
    telegram.delete(card)
    telegram.callback(chat, ada, "~/tab one", shown)
    await telegram.wait_for(lambda: texts(telegram, chat) == ["Tab two", "Tab two", "Tab one"])


async def test_what_takes_long_grows_in_place(
    telegram: TelegramFake, bot: Bot, home: Home, ada: User, chat: Chat
) -> None:
    card = await tabs(telegram, chat, ada)
    telegram.press(card, 0, SLOW, ada)
    await telegram.wait_for(lambda: card.text == "half of it")
    home.gate.set()
    await telegram.wait_for(lambda: card.text == "Tab slow")
    assert len(telegram.messages(chat)) == 1
    assert len(card.buttons) == 2


async def test_what_fails_leaves_what_was_there(
    telegram: TelegramFake, bot: Bot, home: Home, ada: User, chat: Chat
) -> None:
    """With its styles and buttons; why it failed is said below."""
    card = await tabs(telegram, chat, ada)
    buttons = card.buttons
    telegram.press(card, 0, FAIL, ada)
    await telegram.wait_for(lambda: card.text == "half of it")
    home.gate.set()
    await telegram.wait_for(lambda: len(telegram.messages(chat)) == 2)
    assert (card.text, card.buttons) == ("Tab one", buttons)
    assert telegram.messages(chat)[1].text.startswith("The arXiv has no paper")


async def test_who_may_not(telegram: TelegramFake, bot: Bot, ada: User) -> None:
    """Is told alone, in a group by a pop-up, and nothing changes; in a channel nothing that a reader presses does."""
    group, channel = telegram.supergroup(), telegram.channel("News")
    card, post = await tabs(telegram, group, ada), await tabs(telegram, channel, None)
    telegram.press(card, 0, REFUSE, ada)
    telegram.press(post, 0, TWO, ada)
    telegram.press(post, 1, FOLLOW, ada)
    await telegram.wait_for(lambda: len(telegram.world.answers) == 3)
    assert "Only people who may manage this chat can do that." in [
        a.get("text") for a in telegram.world.answers
    ]
    assert (texts(telegram, group), texts(telegram, channel)) == (["Tab one"], ["Tab one"])


async def test_nothing_to_say_is_nothing_sent(
    telegram: TelegramFake, bot: Bot, ada: User, chat: Chat
) -> None:
    card = await tabs(telegram, chat, ada)
    telegram.press(card, 0, EMPTY, ada)
    telegram.say(chat, ada, "/tab empty")
    telegram.say(chat, ada, "/help")
    await telegram.wait_for(lambda: len(telegram.messages(chat)) == 2 and not telegram.world.callbacks)
    assert texts(telegram, chat) == ["Tab one", "Commands\n/help lists them"]


async def test_asking_in_private(telegram: TelegramFake, bot: Bot, home: Home, ada: User, chat: Chat) -> None:
    """What is asked stands in the field too; the reply goes on where the button ended."""
    card = await tabs(telegram, chat, ada)
    telegram.press(card, 1, FOLLOW, ada)
    await telegram.wait_for(lambda: len(telegram.messages(chat)) == 2 and not telegram.world.callbacks)
    question = telegram.messages(chat)[1]
    assert question.text == "Topic or query\n\nFor example: RAG at 09:00"
    assert question.asks == "Topic or query"
    telegram.reply(question, ada, "LLM at 10:00")
    await telegram.wait_for(lambda: len(telegram.messages(chat)) == 3)
    assert texts(telegram, chat)[2] == "You follow LLM at 10:00."
    telegram.press(card, 1, ASK, ada)
    await telegram.wait_for(lambda: len(telegram.messages(chat)) == 4)
    second = telegram.messages(chat)[3]
    assert second.asks == "W" + "w" * 62 + "…"
    telegram.reply(second, ada, "why?")
    await telegram.wait_for(lambda: texts(telegram, chat)[4:] == ["7: why?"])


async def test_asking_in_a_group(telegram: TelegramFake, bot: Bot, home: Home, ada: User) -> None:
    """Each who presses is asked by name, and the field opens for them alone."""
    group, bob = telegram.supergroup(), telegram.user(8, "Bob <b>")
    card = await tabs(telegram, group, ada)
    for count, person in enumerate((ada, bob), 2):
        telegram.press(card, 1, FOLLOW, person)
        await telegram.wait_for(lambda count=count: len(telegram.messages(group)) == count)  # type: ignore[misc]
    _, first, second = telegram.messages(group)
    assert [m.text.split("\n")[:2] for m in (first, second)] == [
        ["Ada", "Topic or query"],
        ["Bob <b>", "Topic or query"],
    ]
    assert [(e.type, e.url) for e in second.entities if e.type == "text_mention"] == [("text_mention", "8")]
    assert first.selective
    assert (first.asks, first.reply_to) == ("Topic or query", card.id)
    telegram.reply(second, bob, "RAG")
    await telegram.wait_for(lambda: len(telegram.messages(group)) == 4)
    assert texts(telegram, group)[3] == "You follow RAG."
    assert home.requests[-1].actor.id == "8"


async def test_asking_in_a_channel(telegram: TelegramFake, bot: Bot, ada: User) -> None:
    """Where nobody can reply, who manages it is told what to post."""
    channel = telegram.channel("News", admins=[ada])
    telegram.press(await tabs(telegram, channel, None), 1, FOLLOW, ada)
    await telegram.wait_for(lambda: telegram.world.answers)
    assert telegram.world.answers[0]["text"] == "Topic or query\n/follow RAG at 09:00"
    telegram.press(telegram.messages(channel)[0], 1, ASK, ada)
    await telegram.wait_for(lambda: len(telegram.world.answers) == 2)
    assert telegram.world.answers[1]["text"].endswith("\n/about 7 …")
    assert texts(telegram, channel) == ["Tab one"]


async def test_nobody_is_asked_who_is_not_served(telegram: TelegramFake, home: Home, ada: User) -> None:
    group, bob = telegram.supergroup(), telegram.user(8, "Bob")
    async with Bot(telegram, author=home, guard=Listed("telegram:7")).running():
        telegram.press(await tabs(telegram, group, ada), 1, FOLLOW, bob)
        await telegram.wait_for(lambda: telegram.world.answers)
        assert "please ask the owner" in telegram.world.answers[0]["text"]
        assert len(telegram.messages(group)) == 1


async def test_what_is_kept_keeps_it(home: Home) -> None:
    """An edition's buttons are packed until it is sent."""
    from bot.chat.reply import Paragraph, Reply
    from bot.chat.text import text

    (message,) = render(Reply((Paragraph(text("An edition")), *home._tabs())))
    assert unpack(pack(message)) == message
