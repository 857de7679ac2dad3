"""What people say to the bot without a command: in private, or with its name."""

from __future__ import annotations

from typing import Any

import pytest

from bot.platforms.discord.answers import Pace
from tests.fakes.discord import DiscordFake
from tests.fakes.discord_world import Channel, Message
from tests.platforms.discord.desk import Desk, Drawer, serving, settled

SWIFT = Pace(0.02, 0.02, 0.05)


async def answer(fake: DiscordFake, to: Message) -> Message:
    def found() -> list[Message]:
        return [m for m in fake.messages(to.channel) if m.replied == to.id]

    await fake.until(found)
    (only,) = found()
    return only


def place(fake: DiscordFake, channel: Channel, kind: str) -> Channel:
    return {"channel": channel, "thread": fake.world.thread(channel)}.get(kind) or fake.world.direct()


@pytest.mark.parametrize("kind", ["channel", "thread", "private"])
@pytest.mark.parametrize(
    ("said", "paper"),
    [("8", "8"), ("what of n. 9, please?", "9"), ("/summarize 7", "7")],
)
async def test_a_paper_or_a_command_is_answered_beneath_the_words(
    fake: DiscordFake, desk: Desk, kind: str, said: str, paper: str
) -> None:
    channel, ada = fake.lab()
    where = place(fake, channel, kind)
    name = "" if kind == "private" else f"<@{fake.world.bot.id}> "
    async with serving(fake, desk, pace=SWIFT):
        card = await answer(fake, fake.say(where, ada, name + said))
    assert card.embeds[0]["title"] == f"Paper {paper}"
    assert card.mentioned == []
    (request,) = desk.seen
    assert request.private is (kind == "private")
    assert request.actor.id == str(ada.id)


@pytest.mark.parametrize(
    "extra",
    [
        {"message_snapshots": [{"message": {"content": "n. 8"}}], "message_reference": {"type": 1, "message_id": "1"}},
        {"attachments": [{"id": "1", "filename": "8.pdf", "url": "https://cdn.example/8.pdf"}]},
    ],
)  # fmt: skip
async def test_what_is_forwarded_or_attached_in_private_is_read_too(
    fake: DiscordFake, desk: Desk, extra: dict[str, Any]
) -> None:
    _, ada = fake.lab()
    async with serving(fake, desk, pace=SWIFT):
        card = await answer(fake, fake.say(fake.world.direct(ada), ada, "", **extra))
    assert card.embeds[0]["title"] == "Paper 8"


@pytest.mark.parametrize("said", ["hello", "", "sum"])
async def test_in_private_nobody_is_left_without_a_word(fake: DiscordFake, desk: Desk, said: str) -> None:
    _, ada = fake.lab()
    async with serving(fake, desk, pace=SWIFT):
        hint = await answer(fake, fake.say(fake.world.direct(ada), ada, said))
    assert hint.content == "Commands start with a slash; `/help` lists them."
    assert desk.seen == []


async def test_among_people_a_name_alone_and_papers_without_it_ask_nothing(
    fake: DiscordFake, desk: Desk
) -> None:
    channel, ada = fake.lab()
    robot = fake.world.user("robot")
    robot.bot = True
    bot = f"<@{fake.world.bot.id}>"
    async with serving(fake, desk, pace=SWIFT):
        fake.say(channel, ada, "8")
        fake.say(channel, ada, f"I like {bot}")
        fake.say(channel, robot, f"{bot} 8")
        fake.say(channel, ada, f"{bot} 8", type=6)  # a pin, say
        fake.say(channel, ada, f"{bot} 8", webhook_id="1")
        last = fake.say(channel, ada, f"{bot} 9")
        await answer(fake, last)
    assert len(desk.seen) == 1
    assert len([m for m in fake.messages(channel) if m.author is fake.world.bot]) == 1


async def test_what_was_said_survives_a_crash(fake: DiscordFake, desk: Desk) -> None:
    _, ada = fake.lab()
    inbox, later = Drawer(), Desk()
    private = fake.world.direct(ada)
    async with serving(fake, desk, pace=SWIFT, inbox=inbox):
        said = fake.say(private, ada, "/slow public")
        await fake.until(lambda: desk.began)
    inbox.restart()
    later.gate.set()
    async with serving(fake, later, pace=SWIFT, inbox=inbox):
        assert (await answer(fake, said)).content == "public"
        await settled(inbox)
