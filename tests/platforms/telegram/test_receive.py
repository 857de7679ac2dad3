"""Whatever people do on Telegram comes to the right command, or to nobody where it concerns nobody."""

from __future__ import annotations

import pytest

from bot.chat.request import Address
from bot.language import Language
from tests.fakes.telegram import TelegramFake
from tests.fakes.telegram_world import Chat
from tests.platforms.telegram.conftest import Bot


async def answered(telegram: TelegramFake, chat: Chat, count: int = 1) -> list[str]:
    await telegram.wait_for(lambda: len(telegram.messages(chat)) >= count)
    return [message.text.replace("\u2060", "") for message in telegram.messages(chat)]


async def nothing_else(telegram: TelegramFake) -> None:
    """Return when everything said so far has been worked on: a last word has been answered."""
    last = telegram.user(999, "Last")
    chat = telegram.private(last)
    telegram.say(chat, last, "/help")
    await answered(telegram, chat)


async def test_a_private_chat(telegram: TelegramFake, bot: Bot) -> None:
    """A command is answered where it was given; the person's own language is the hint."""
    ada = telegram.user(7, "Ada", "zh-hans")
    chat = telegram.private(ada)
    telegram.say(chat, ada, "/summarize 2406.15319")
    (said,) = await answered(telegram, chat)
    assert said == "Summary of 2406.15319"
    (message,) = telegram.messages(chat)
    assert message.reply_to is None
    (request,) = bot.commands.requests
    assert request.address == Address("telegram", "7")
    assert (request.actor.id, request.actor.name, request.actor.manages) == ("7", "Ada", True)
    assert request.private
    assert request.language == Language("zh-Hans")


@pytest.mark.parametrize(
    ("said", "answer"),
    [
        ("2406.15319", "Summary of 2406.15319"),
        ("看看 https://arxiv.org/abs/2406.15319v2，怎么样", "Summary of https://arxiv.org/abs/2406.15319v2"),
        ("what about cs.CL/0101001 and 2406.15319?", "Summary of cs.CL/0101001"),
        ("／help", "Commands\n/help lists them"),
        ("/HELP@paperwire_bot", "Commands\n/help lists them"),
        ("/start ref42", "Commands\n/help lists them"),
        ("hello", "Commands start with a slash; /help lists them."),
        ("/", "Commands start with a slash; /help lists them."),
        ("/hlep", "There is no command /hlep; did you mean /help?"),
        (
            "/summarize " + "x" * 4000,
            "That is 4000 characters, and at most 1000 are read; please shorten it.",
        ),
        ("/nothing", "…"),
        (
            "/crash",
            "Something went wrong on our side; if it happens again, tell the owner the reference abc123.",
        ),
    ],
)
async def test_what_people_write_in_private(telegram: TelegramFake, bot: Bot, said: str, answer: str) -> None:
    """Never silence; an id alone is enough."""
    ada = telegram.user(7, "Ada")
    chat = telegram.private(ada)
    telegram.say(chat, ada, said)
    assert await answered(telegram, chat) == [answer]
    assert telegram.messages(chat)[0].automatic == []


async def test_pictures_and_service_messages(telegram: TelegramFake, bot: Bot) -> None:
    """A sticker gets a word, a caption is read, a pinned message concerns nobody."""
    ada = telegram.user(7, "Ada")
    chat = telegram.private(ada)
    sizes = [{"file_id": "f", "file_unique_id": "f", "width": 1, "height": 1}]
    telegram.say(chat, ada, "", message_auto_delete_timer_changed={"message_auto_delete_time": 86400})
    telegram.say(chat, ada, "", new_chat_title="x")
    telegram.say(chat, ada, "", photo=sizes, caption="2406.15319")
    assert await answered(telegram, chat) == ["Summary of 2406.15319"]
    telegram.say(chat, ada, "", photo=sizes)
    assert (await answered(telegram, chat, 2))[1] == "Commands start with a slash; /help lists them."


async def test_a_group(telegram: TelegramFake, bot: Bot) -> None:
    """Commands are answered beneath them; other talk, other bots' commands and paths are not ours."""
    ada, bob = telegram.user(7, "Ada"), telegram.user(8, "Bob")
    chat = telegram.supergroup(admins=[ada])
    for said in ("hello 2406.15319", "/help@other_bot", "/etc/passwd", "see /help"):
        telegram.say(chat, bob, said)
    first = telegram.say(chat, bob, "/help@Paperwire_Bot")
    await answered(telegram, chat)
    second = telegram.say(chat, ada, "/help")
    await answered(telegram, chat, 2)
    assert [message.reply_to for message in telegram.messages(chat)] == [first, second]
    assert [(r.actor.id, r.actor.manages, r.private) for r in bot.commands.requests] == [
        ("8", False, False),
        ("7", True, False),
    ]
    assert len(telegram.called("getChatAdministrators")) == 1
    await nothing_else(telegram)
    assert len(telegram.messages(chat)) == 2


async def test_managers_are_asked_anew_when_something_changed(telegram: TelegramFake, bot: Bot) -> None:
    """The bot's own promotion is a sign that others may have been promoted."""
    ada = telegram.user(7, "Ada")
    chat = telegram.supergroup()
    telegram.say(chat, ada, "/help")
    await answered(telegram, chat)
    chat.admins.append(ada)
    member = {"user": telegram.world.bot.json(), "status": "member"}
    changed = {
        "chat": chat.json(),
        "from": ada.json(),
        "date": 1,
        "old_chat_member": member,
        "new_chat_member": member,
    }
    telegram.update({"my_chat_member": changed})
    await nothing_else(telegram)
    telegram.say(chat, ada, "/help")
    await answered(telegram, chat, 2)
    assert [r.actor.manages for r in bot.commands.requests if r.address.chat == str(chat.id)] == [False, True]


async def test_a_topic(telegram: TelegramFake, bot: Bot) -> None:
    """The answer goes to the topic that the command came from."""
    ada = telegram.user(7, "Ada")
    chat = telegram.forum(admins=[ada], topics=[11])
    telegram.say(chat, ada, "/help", thread=11)
    await answered(telegram, chat)
    assert telegram.messages(chat)[0].thread == 11
    assert bot.commands.requests[0].address == Address("telegram", str(chat.id), "11")


async def test_nobody_in_particular(telegram: TelegramFake, bot: Bot) -> None:
    """A channel and an admin who hides manage their chat; a person who writes as a channel may not."""
    ada = telegram.user(7, "Ada")
    channel, group = telegram.channel("News"), telegram.supergroup("Talk")
    telegram.say(channel, None, "/help")
    await answered(telegram, channel)
    telegram.say(group, ada, "/help", anonymous=True)
    await answered(telegram, group)
    telegram.say(group, ada, "/help", as_channel=channel)
    await answered(telegram, group, 2)
    # What the channel posts comes again in the group that discusses it.
    telegram.say(group, None, "/help", sender_chat=channel.json(), is_automatic_forward=True)
    await nothing_else(telegram)
    assert [(r.actor.id, r.actor.manages) for r in bot.commands.requests[:3]] == [
        (str(channel.id), True),
        (str(group.id), True),
        (str(channel.id), False),
    ]
    assert len(telegram.messages(group)) == 2


async def test_a_post_that_does_not_name_its_channel(telegram: TelegramFake, bot: Bot) -> None:
    """Telegram may leave the author out where there is only one who could be it."""
    channel = telegram.channel("News")
    post = telegram.world.message(channel, None, "/help")
    del post["sender_chat"]
    telegram.update({"channel_post": post})
    await answered(telegram, channel)
    (request,) = bot.commands.requests
    assert (request.actor.id, request.actor.name, request.actor.manages) == (str(channel.id), "News", True)


async def test_a_command_that_telegram_does_not_mark(telegram: TelegramFake, bot: Bot) -> None:
    """Where nothing at all is marked in a message, our own commands are commands, and paths are not."""
    ada = telegram.user(7, "Ada")
    group = telegram.supergroup()
    for said in ("/etc/passwd", "/", "/help@other_bot", "/help@paperwire_bot", "/HELP now"):
        message = telegram.world.message(group, ada, said)
        message.pop("entities", None)
        telegram.update({"message": message})
    await answered(telegram, group, 2)
    await nothing_else(telegram)
    assert len(telegram.messages(group)) == 2


async def test_edits_and_other_bots_are_left_alone(telegram: TelegramFake, bot: Bot) -> None:
    """An edit does not ask again, and two bots do not talk to each other for ever."""
    ada = telegram.user(7, "Ada")
    chat, group = telegram.private(ada), telegram.group()
    telegram.say(chat, ada, "/help", edited=True)
    robot = telegram.world.users[9] = type(ada)(9, "Robot", is_bot=True)
    telegram.say(group, robot, "/help")
    await nothing_else(telegram)
    assert telegram.messages(chat) == telegram.messages(group) == []


async def test_a_button(telegram: TelegramFake, bot: Bot) -> None:
    """A press types the command for the one who pressed, and ends the button's waiting."""
    ada, bob = telegram.user(7, "Ada"), telegram.user(8, "Bob")
    chat = telegram.supergroup(admins=[ada])
    telegram.say(chat, ada, "/summarize 2406.15319")
    await answered(telegram, chat)
    card = telegram.messages(chat)[0]
    telegram.press(card, 0, 0, bob)
    await answered(telegram, chat, 2)
    assert telegram.messages(chat)[1].reply_to == card.id
    assert [(r.actor.id, r.actor.manages) for r in bot.commands.requests] == [("7", True), ("8", False)]
    await telegram.wait_for(lambda: not telegram.world.callbacks)


async def test_a_button_that_takes_long_is_answered_at_once(telegram: TelegramFake, bot: Bot) -> None:
    """The button stops waiting, and the chat shows that something is being written."""
    ada = telegram.user(7, "Ada")
    chat = telegram.private(ada)
    telegram.callback(chat, ada, "/slow")
    await telegram.wait_for(lambda: not telegram.world.callbacks and chat.actions)
    bot.commands.gate.set()
    assert await answered(telegram, chat) == ["at last"]


@pytest.mark.parametrize("data", ["", None, "/", "\x00\ufffd", "v1:open:77", "/summarize", "x" * 64])
async def test_buttons_of_another_age(telegram: TelegramFake, bot: Bot, data: str | None) -> None:
    """What no button of ours says gets a sentence: for the one who pressed where others read along."""
    ada = telegram.user(7, "Ada")
    chat, group = telegram.private(ada), telegram.supergroup()
    telegram.callback(chat, ada, data)
    telegram.callback(group, ada, data)
    await answered(telegram, chat)
    await telegram.wait_for(lambda: not telegram.world.callbacks)
    (alert,) = [answer for answer in telegram.world.answers if answer.get("text")]
    assert alert["text"].replace("\u2060", "") == telegram.messages(chat)[0].text.replace("\u2060", "")
    assert telegram.messages(group) == []


async def test_a_press_that_nobody_waits_for_any_more(telegram: TelegramFake, bot: Bot) -> None:
    """A press from before a restart is too old to be answered as one: the message comes all the same."""
    ada = telegram.user(7, "Ada")
    group = telegram.supergroup()
    telegram.refuse(
        "answerCallbackQuery",
        400,
        "Bad Request: query is too old and response timeout expired or query ID is invalid",
    )
    telegram.callback(group, ada, "/nonsense")
    assert await answered(telegram, group) == ["There is no command /nonsense; /help lists them."]


async def test_a_press_without_a_message(telegram: TelegramFake, bot: Bot) -> None:
    """There is nowhere to answer, and the button still stops waiting."""
    ada = telegram.user(7, "Ada")
    telegram.world.callbacks.add("1")
    telegram.update(
        {"callback_query": {"id": "1", "from": ada.json(), "chat_instance": "1", "data": "/help"}}
    )
    await telegram.wait_for(lambda: not telegram.world.callbacks)


async def test_an_update_that_cannot_be_read(telegram: TelegramFake, bot: Bot) -> None:
    """It is passed over, and those behind it arrive."""
    ada = telegram.user(7, "Ada")
    chat = telegram.private(ada)
    telegram.update({"message": {"message_id": "x", "chat": 5}})
    telegram.update({"callback_query": {}})
    telegram.say(chat, ada, "/help")
    await answered(telegram, chat)
