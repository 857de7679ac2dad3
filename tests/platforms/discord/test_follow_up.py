"""Replies to the bot's answers, which go on where the answer ended."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from bot.chat.command import Command
from bot.chat.reply import Image, Reply, say
from bot.chat.request import Address, Request
from bot.chat.text import text
from bot.errors import Refused
from bot.platforms.discord.adapter import Discord
from bot.platforms.discord.answers import Pace
from bot.platforms.discord.replies import Said
from tests.fakes.discord import DiscordFake
from tests.fakes.discord_world import (
    MANAGE_GUILD,
    ORDINARY,
    READ_MESSAGE_HISTORY,
    Channel,
    Message,
    Overwrite,
    User,
)
from tests.platforms.author import Author, Remembering, picture
from tests.platforms.discord.desk import Desk, Drawer, serving, settled

SWIFT = Pace(0.02, 0.02, 0.05)


@pytest.fixture
def author() -> Author:
    return Author()


@pytest.fixture
def kept() -> Remembering:
    return Remembering()


@pytest.fixture
async def bot(fake: DiscordFake, desk: Desk, author: Author, kept: Remembering) -> AsyncIterator[Discord]:
    fake.lab()  # so that there is a guild before the bot comes
    async with serving(fake, desk, author=author, follow_ups=kept, pace=SWIFT) as running:
        yield running


async def asked(fake: DiscordFake, kept: Remembering, channel: Channel, ada: User) -> Message:
    """Return the first answer, once it can be continued."""
    message = await fake.slash(channel, ada, "ask", paper="7", question="why?").reply()
    await kept.until(1)
    return message


async def answers(fake: DiscordFake, to: Message, count: int = 1) -> list[Message]:
    def found() -> list[Message]:
        return [m for m in fake.messages(to.channel) if m.replied == to.id]

    await fake.until(lambda: len(found()) >= count)
    return found()


@pytest.mark.parametrize("kind", ["channel", "thread", "private"])
async def test_a_reply_goes_on(
    fake: DiscordFake, desk: Desk, author: Author, kept: Remembering, kind: str
) -> None:
    """With the words of the reply behind the line, beneath them, pinging nobody; and on from there."""
    channel, ada = fake.lab()
    assert channel.guild
    place = {
        "channel": lambda: channel,
        "thread": lambda: fake.world.thread(channel),
        "private": lambda: fake.world.direct(ada),
    }[kind]()
    bob = fake.world.user("bob")
    fake.world.join(channel.guild, bob, MANAGE_GUILD)
    person = ada if kind == "private" else bob
    async with serving(fake, desk, author=author, follow_ups=kept, pace=SWIFT):
        first = await asked(fake, kept, place, ada)
        said = fake.say(
            place, person, f"<@{fake.world.bot.id}> and how?" if kind == "thread" else "and how?", to=first
        )
        (second,) = await answers(fake, said)
        await kept.until(2)
        said = fake.say(place, ada, "where?", to=second)
        (third,) = await answers(fake, said)
    assert [m.text for m in (second, third)] == ["7: and how?", "7: where?"]
    follow = author.requests[1]
    assert follow.address == author.requests[0].address
    assert follow.community == author.requests[0].community
    assert (follow.actor.id, follow.actor.name) == (str(person.id), person.name.title())
    assert (follow.actor.manages, follow.private) == (True, kind == "private")
    assert author.requests[2].actor.manages is (kind == "private")
    posted = fake.requests("POST", f"/channels/{place.id}/messages")
    assert all(seen.body["allowed_mentions"] == {"parse": []} for seen in posted)


async def test_what_asks_nothing(fake: DiscordFake, bot: Discord, author: Author, kept: Remembering) -> None:
    """Words that Discord keeps to itself, a picture, a bot, a forward, and replies to what continues nothing."""
    channel, ada = next(c for c in fake.world.channels.values() if c.guild), fake.world.user("eve")
    assert channel.guild
    fake.world.join(channel.guild, ada)
    first = await asked(fake, kept, channel, ada)
    robot = fake.world.user("robot")
    robot.bot = True
    fake.say(channel, ada, "and how?", to=first, ping=False)
    fake.say(channel, ada, "", to=first)
    fake.say(channel, ada, f"<@{fake.world.bot.id}>", to=first)
    fake.say(channel, robot, "and how?", to=first)
    fake.say(channel, ada, "and how?", to=first, webhook_id="1")
    fake.say(channel, ada, "hello", ping=False)
    theirs = fake.say(channel, ada, f"<@{fake.world.bot.id}> hello")
    fake.say(channel, ada, "and how?", to=theirs)
    other = await fake.slash(channel, ada, "summarize", paper="7").reply()
    fake.say(channel, ada, "thanks", to=other)
    fake.call(fake.gateway.dispatch("MESSAGE_CREATE", {"id": "1"}, channel.guild.id, 1 << 9))
    last = fake.say(channel, ada, "really?", to=first)
    await answers(fake, last)
    assert [r.call.arguments for r in author.requests] == [
        {"paper": "7", "question": "why?"},
        "7 really?",
    ]


async def test_a_command_stays_a_command(
    fake: DiscordFake, bot: Discord, desk: Desk, kept: Remembering
) -> None:
    """Also in reply to an answer."""
    ada = fake.world.user("eve")
    channel = fake.world.direct(ada)
    first = await asked(fake, kept, channel, ada)
    said = fake.say(channel, ada, "/summarize 9", to=first)
    (answer,) = await answers(fake, said)
    assert answer.embeds[0]["title"] == "Paper 9"


async def test_every_part_can_be_continued(
    fake: DiscordFake, bot: Discord, author: Author, kept: Remembering
) -> None:
    """Of an answer to a command and of one to a reply, with drafts and without."""
    ada = fake.world.user("eve")
    channel = fake.world.direct(ada)
    author.finish(Reply(say("word " * 3000).blocks, follow_up="/write"))
    asked = fake.slash(channel, ada, "write")
    await kept.until(4)
    author.finish()
    said = fake.say(channel, ada, "more", to=asked.messages[2])
    await kept.until(8)
    for message in (*asked.messages, *(m for m in fake.messages(channel) if m.author is fake.world.bot)):
        assert await kept.get(Address("discord", str(channel.id)), str(message.id)) == "/write"
    assert len(await answers(fake, said)) == 1  # those after the first stand beneath it


async def test_an_answer_to_a_reply_grows_too(
    fake: DiscordFake, desk: Desk, author: Author, kept: Remembering
) -> None:
    """In a message of its own beneath the words, while the bot is shown to type."""
    channel, ada = fake.lab()
    await kept.put(Address("discord", str(channel.id)), "5", "/write")
    async with serving(fake, desk, patience=0, author=author, follow_ups=kept, pace=SWIFT):
        said = reply_to(fake, channel, ada, 5)
        await fake.until(lambda: fake.requests("POST", "/typing$"))
        author.draft("1")
        (message,) = await answers(fake, said)
        author.draft("1 2")
        await fake.until(lambda: message.text == "1 2")
        author.finish(Reply((Image(text("Figure 1"), data=picture(), name="1.png"),)))
        await fake.until(lambda: message.attachments)
    assert (message.content, message.embeds[0]["description"]) == ("", "-# Figure 1")
    assert [m for m in fake.messages(channel) if m.author is fake.world.bot] == [message]


def reply_to(fake: DiscordFake, channel: Channel, user: User, number: int, words: str = "more") -> Message:
    """Let somebody reply to a message of an earlier day's."""
    old = Message(number, channel, fake.world.bot, "…")
    return fake.say(channel, user, words, to=old)


@pytest.mark.parametrize("how", [500, "drop", "lose", "global", "cloudflare"])
async def test_an_answer_to_a_reply_survives_failures(
    fake: DiscordFake, desk: Desk, author: Author, kept: Remembering, how: int | str
) -> None:
    """And stands there once: its nonce says which it is."""
    channel, ada = fake.lab()
    await kept.put(Address("discord", str(channel.id)), "5", "/write")
    async with serving(fake, desk, author=author, follow_ups=kept, pace=SWIFT):
        fake.fail("POST", "/messages$", how, times=2)
        said = reply_to(fake, channel, ada, 5)
        author.finish()
        (message,) = await answers(fake, said)
        await kept.put(Address("discord", str(channel.id)), "6", "/secret")
        await answers(fake, reply_to(fake, channel, ada, 6))
    assert message.text == "done"
    assert len([m for m in fake.messages(channel) if m.text == "done"]) == 1


async def test_a_pause_on_an_edit_and_a_deleted_draft(
    fake: DiscordFake, desk: Desk, author: Author, kept: Remembering
) -> None:
    """What comes after the pause is the newest; what is deleted comes anew."""
    channel, ada = fake.lab()
    await kept.put(Address("discord", str(channel.id)), "5", "/write")
    async with serving(fake, desk, author=author, follow_ups=kept, pace=SWIFT):
        said = reply_to(fake, channel, ada, 5)
        author.draft("1")
        (message,) = await answers(fake, said)
        fake.fail("PATCH", "/messages/", 429, seconds=0.3)
        author.draft("2")
        author.draft("3")
        await fake.until(lambda: message.text == "3")
        message.deleted = True
        author.finish()
        (answer,) = await answers(fake, said)
    assert answer.text == "done"


async def test_where_the_bot_may_not_read_back(
    fake: DiscordFake, desk: Desk, author: Author, kept: Remembering
) -> None:
    """It answers without showing to what."""
    channel, ada = fake.lab()
    assert channel.guild
    channel.overwrites.append(Overwrite(channel.guild.id, deny=READ_MESSAGE_HISTORY))
    await kept.put(Address("discord", str(channel.id)), "5", "/write")
    async with serving(fake, desk, author=author, follow_ups=kept, pace=SWIFT):
        reply_to(fake, channel, ada, 5)
        author.finish()
        await fake.until(lambda: fake.messages(channel)[-1].text == "done")
    assert fake.messages(channel)[-1].replied is None


async def test_where_the_bot_may_not_show_pictures(
    fake: DiscordFake, desk: Desk, author: Author, kept: Remembering
) -> None:
    """Their words come."""
    channel, ada = fake.lab()
    assert channel.guild
    channel.guild.roles[channel.guild.id] = ORDINARY & ~(1 << 15)
    await kept.put(Address("discord", str(channel.id)), "5", "/write")
    async with serving(fake, desk, author=author, follow_ups=kept, pace=SWIFT):
        said = reply_to(fake, channel, ada, 5)
        author.finish(Reply((Image(text("Figure 1"), data=picture(), name="1.png"),)))
        (message,) = await answers(fake, said)
    assert (message.text, message.attachments) == ("-# Figure 1", [])


class Nobody:
    """Lets nobody do anything by way of a reply."""

    async def check(self, request: Request, command: Command) -> None:
        raise Refused("listed")


async def test_access_is_checked(fake: DiscordFake, desk: Desk, author: Author, kept: Remembering) -> None:
    """As for any command."""
    channel, ada = fake.lab()
    await kept.put(Address("discord", str(channel.id)), "5", "/write")
    async with serving(fake, desk, author=author, follow_ups=kept, guard=Nobody()):
        (message,) = await answers(fake, reply_to(fake, channel, ada, 5))
    assert author.requests == []
    assert message.text


@pytest.mark.parametrize("drafted", [True, False])
async def test_a_crash(
    fake: DiscordFake, desk: Desk, author: Author, kept: Remembering, drafted: bool
) -> None:
    """The next run answers, in the draft if one was begun."""
    channel, ada = fake.lab()
    inbox = Drawer()
    await kept.put(Address("discord", str(channel.id)), "5", "/write")
    async with serving(fake, desk, inbox=inbox, author=author, follow_ups=kept, pace=SWIFT):
        said = reply_to(fake, channel, ada, 5)
        if drafted:
            author.draft("1")
            await answers(fake, said)
            author.draft("2")
        await settled(inbox, {str(said.id), *([f"{said.id}.draft"] if drafted else [])})
    inbox.restart()
    author = Author()
    author.finish()
    async with serving(fake, desk, inbox=inbox, author=author, follow_ups=kept, pace=SWIFT):
        await settled(inbox)
    (message,) = [m for m in fake.messages(channel) if m.author is fake.world.bot]
    assert (message.text, message.replied) == ("done", said.id)


async def test_a_crash_after_the_answer(
    fake: DiscordFake, desk: Desk, author: Author, kept: Remembering
) -> None:
    """However long ago: what stands in the channel is not posted once more."""
    channel, ada = fake.lab()
    inbox = Drawer()
    await kept.put(Address("discord", str(channel.id)), "5", "/write")
    author.reply = say("word " * 3000)
    async with serving(fake, desk, inbox=inbox, author=author, follow_ups=kept, pace=SWIFT):
        said = reply_to(fake, channel, ada, 5)
        author.finish()
        await settled(inbox, {str(said.id)})
        await settled(inbox)
    sent = len(fake.messages(channel))
    inbox.open[str(said.id)] = Said(
        str(said.id), "5", str(channel.id), None, None, str(ada.id), "Ada", "more", "/write"
    ).to_json()
    inbox.restart()
    fake.forward(1000)
    author.finish()
    async with serving(fake, desk, inbox=inbox, author=author, follow_ups=kept, pace=SWIFT):
        await settled(inbox)
    assert len(fake.messages(channel)) == sent > 3
