"""Presses of buttons where others read along: whom they concern, and how often."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from bot.platforms.telegram.answering import IN_A_CHAT
from bot.platforms.telegram.press import SAME
from tests.fakes.telegram import TelegramFake
from tests.fakes.telegram_world import Chat, Sent, User
from tests.platforms.author import Author
from tests.platforms.telegram.conftest import QUICK, Bot, texts

SUMMARY = "Summary of 2406.15319"
ELSEWHERE = "Please ask me in a private chat."


async def card(telegram: TelegramFake, chat: Chat, user: User | None) -> Sent:
    telegram.say(chat, user, "/summarize 2406.15319")
    await telegram.wait_for(lambda: telegram.messages(chat))
    return telegram.messages(chat)[0]


async def answers(telegram: TelegramFake, count: int) -> list[str]:
    """Return the texts of so many pop-ups, empty for presses that got none."""
    await telegram.wait_for(lambda: len(telegram.world.answers) >= count)
    return [str(answer.get("text", "")) for answer in telegram.world.answers]


@pytest.mark.parametrize(
    ("data", "alert"),
    [
        ("/summarize not-a-paper", ELSEWHERE),
        ("/long", ELSEWHERE),
        ("/slow", ELSEWHERE),
        ("/nothing", ELSEWHERE),
        ("/help", "Commands\n/help lists them"),
        ("/nonsense", "There is no command /nonsense; /help lists them."),
    ],
)
async def test_a_reader_of_a_channel(
    telegram: TelegramFake, bot: Bot, ada: User, data: str, alert: str
) -> None:
    """Gets a pop-up; the channel gets nothing."""
    channel = telegram.channel("News")
    post = await card(telegram, channel, None)
    telegram.callback(channel, ada, data, telegram.world.shown(post))
    assert await answers(telegram, 1) == [alert]
    assert telegram.world.answers[0]["show_alert"] in (True, "true", "True")
    # What a manager asks afterwards is the only other thing that was ever sent there.
    telegram.say(channel, None, "/help")
    await telegram.wait_for(lambda: len(telegram.messages(channel)) == 2)
    assert len([sent for sent in telegram.called("sendMessage") if sent["chat_id"] == str(channel.id)]) == 2


async def test_a_reader_who_pressed_too_long_ago(telegram: TelegramFake, bot: Bot, ada: User) -> None:
    """A pop-up that Telegram shows no more does not become a post."""
    channel = telegram.channel("News")
    post = await card(telegram, channel, None)
    telegram.refuse("answerCallbackQuery", 400, "Bad Request: query is too old")
    telegram.callback(channel, ada, "/nonsense", telegram.world.shown(post))
    telegram.press(post, 0, 0, ada)
    assert await answers(telegram, 1) == [""]
    assert texts(telegram, channel) == [SUMMARY]


@pytest.mark.parametrize(
    ("data", "payload"),
    [
        ("/summarize 2406.15319v1", "2406-15319v1"),
        ("/summarize hep-th/9901001 deep", "hep-th_9901001"),
        ("~/summarize 2406.15319", "2406-15319"),
    ],
)
async def test_what_a_reader_of_a_channel_is_led_to(
    telegram: TelegramFake, bot: Bot, ada: User, data: str, payload: str
) -> None:
    """Too much for a pop-up, a paper is shown in private: the press opens that chat."""
    channel = telegram.channel("News")
    telegram.callback(channel, ada, data, telegram.world.shown(await card(telegram, channel, None)))
    assert await answers(telegram, 1) == [""]
    assert telegram.world.answers[0]["url"] == f"https://t.me/paperwire_bot?start={payload}"


async def test_a_press_in_a_busy_chat(telegram: TelegramFake, bot: Bot, ada: User) -> None:
    """Is answered in time, though all that is asked there before it has to be done first."""
    group = telegram.supergroup()
    first = await card(telegram, group, ada)
    for _ in range(IN_A_CHAT):
        telegram.say(group, ada, "/slow")
    await telegram.wait_for(lambda: len(bot.commands.requests) == IN_A_CHAT + 1)
    telegram.press(first, 0, 0, ada)
    assert await answers(telegram, 1) == [""]
    assert len(telegram.messages(group)) == 1
    bot.commands.gate.set()
    await telegram.wait_for(lambda: len(telegram.messages(group)) == IN_A_CHAT + 2)
    assert len(telegram.called("answerCallbackQuery")) == 1


async def test_a_press_while_telegram_does_not_say_who_manages_the_chat(
    telegram: TelegramFake, bot: Bot, ada: User
) -> None:
    """Is answered in time as well."""
    group = telegram.supergroup()
    first = await card(telegram, group, ada)
    bot.platform._managers.forget(group.id)
    telegram.hang("getChatAdministrators")
    telegram.press(first, 0, 0, ada)
    assert await answers(telegram, 1) == [""]
    assert texts(telegram, group) == [SUMMARY]


async def test_a_press_that_cannot_be_worked_on(telegram: TelegramFake, bot: Bot, ada: User) -> None:
    """Ends its button's waiting all the same."""
    group = telegram.supergroup()
    first = await card(telegram, group, ada)
    telegram.refuse("sendMessage", 403, "Forbidden: bot was kicked from the supergroup chat")
    telegram.press(first, 0, 0, ada)
    assert await answers(telegram, 1) == [""]


async def test_a_manager_of_a_channel(telegram: TelegramFake, bot: Bot, ada: User) -> None:
    """Posts with a press as with a command."""
    channel = telegram.channel("News", admins=[ada])
    telegram.press(await card(telegram, channel, None), 0, 0, ada)
    await telegram.wait_for(lambda: texts(telegram, channel) == [SUMMARY, SUMMARY])
    assert await answers(telegram, 1) == [""]


async def test_the_same_press_in_a_group(telegram: TelegramFake, bot: Bot, ada: User) -> None:
    """Is answered once in half a minute, whoever presses; another button or message is another matter."""
    group, bob = telegram.supergroup(), telegram.user(8, "Bob")
    first = await card(telegram, group, ada)
    presses = bot.platform._answers.presses
    now = 0.0
    presses._clock = lambda: now
    telegram.press(first, 0, 0, ada)
    await telegram.wait_for(lambda: len(telegram.messages(group)) == 2)
    telegram.press(first, 0, 0, bob)
    telegram.press(first, 0, 0, ada)
    assert await answers(telegram, 3) == ["", "", ""]
    telegram.press(telegram.messages(group)[1], 0, 0, ada)
    await telegram.wait_for(lambda: len(telegram.messages(group)) == 3)
    telegram.callback(group, bob, "/help", telegram.world.shown(first))
    await telegram.wait_for(lambda: len(telegram.messages(group)) == 4)
    now = SAME
    telegram.press(first, 0, 0, ada)
    await telegram.wait_for(lambda: len(telegram.messages(group)) == 5)
    assert len(bot.commands.requests) == 5


async def test_words_for_one_are_not_words_for_the_next(telegram: TelegramFake, bot: Bot, ada: User) -> None:
    """What only the one who pressed has seen does not count as an answer to others."""
    group, bob = telegram.supergroup(), telegram.user(8, "Bob")
    post = telegram.world.shown(await card(telegram, group, ada))
    for count, person in enumerate((ada, bob), 1):
        telegram.callback(group, person, "/nonsense", post)
        said = await answers(telegram, count)
    assert said == ["There is no command /nonsense; /help lists them."] * 2


async def test_presses_in_private(telegram: TelegramFake, bot: Bot, ada: User, chat: Chat) -> None:
    """Are all answered."""
    post = await card(telegram, chat, ada)
    for count in (2, 3):
        telegram.press(post, 0, 0, ada)
        await telegram.wait_for(lambda count=count: len(telegram.messages(chat)) == count)  # type: ignore[misc]


async def test_two_votes_at_once_are_two(telegram: TelegramFake, ada: User) -> None:
    """The same button, pressed by two people while the first is being counted; a person's second press is none."""
    group, bob = telegram.supergroup(), telegram.user(8, "Bob")
    author = Author()
    async with Bot(telegram, author=author, timing=replace(QUICK, typing_after=5)).running():
        for person in (ada, bob, ada):
            telegram.callback(group, person, "/vote")
        async with asyncio.timeout(10):  # until what is pressed has come
            while telegram.confirmed <= telegram._next_update or not author.requests:
                await asyncio.sleep(0.01)
        assert [request.actor.id for request in author.requests] == ["7"]
        author.counted.set()
        assert sorted(await answers(telegram, 3)) == ["", "Noted.", "Noted."]
    assert sorted(request.actor.id for request in author.requests) == ["7", "8"]
    assert telegram.messages(group) == []


async def test_an_answer_under_way_is_not_begun_twice(telegram: TelegramFake, ada: User) -> None:
    """Who presses while it is written is not kept waiting, and gets no second one."""
    group, bob = telegram.supergroup(), telegram.user(8, "Bob")
    author = Author()
    async with Bot(telegram, author=author).running():
        telegram.callback(group, ada, "/write")
        telegram.callback(group, bob, "/write")
        assert await answers(telegram, 2) == ["", ""]
        author.finish()
        await telegram.wait_for(lambda: texts(telegram, group) == ["done"])
    assert len(author.requests) == 1


async def test_an_answer_that_takes_longer_than_presses_are_remembered(
    telegram: TelegramFake, ada: User
) -> None:
    """Is not begun twice either, and nobody stumbles over the other."""
    group, bob = telegram.supergroup(), telegram.user(8, "Bob")
    author, now = Author(), 0.0
    bot = Bot(telegram, author=author)
    bot.platform._answers.presses._clock = lambda: now
    async with bot.running():
        for count, person in enumerate((ada, bob, ada), 1):
            telegram.callback(group, person, "/write")
            assert await answers(telegram, count) == [""] * count
            now += SAME
        author.finish()
        await telegram.wait_for(lambda: texts(telegram, group) == ["done"])
        await telegram.wait_for(lambda: telegram.confirmed > telegram._next_update - 1)
    assert len(author.requests) == 1


async def test_a_timer_that_goes_off_as_the_work_ends(telegram: TelegramFake, bot: Bot, ada: User) -> None:
    """Answers nothing a second time, and leaves nothing behind."""
    group = telegram.supergroup()
    await card(telegram, group, ada)
    presses = bot.platform._answers.presses
    async with presses.in_time("1"):
        await presses.answer("1")
        presses._end_late("1")
    await presses.finish()
    assert len(telegram.called("answerCallbackQuery")) == 1
    assert presses._ended == set()
