"""Pictures that are uploaded, with an answer in whatever way it goes."""

from __future__ import annotations

import json

import pytest

from bot.chat.reply import Button, Buttons, Card, Image, Paragraph, Reply
from bot.chat.text import Bold, text
from bot.platforms.discord.render import render
from bot.platforms.discord.uploads import FILES, LARGEST
from tests.fakes.discord import DiscordFake
from tests.fakes.discord_rules import ALL_FILES
from tests.fakes.discord_world import Message
from tests.platforms.author import Author, picture
from tests.platforms.discord.desk import Desk, serving, where

SMALL = picture()


def figure(number: int, data: bytes = SMALL) -> Image:
    return Image(text(Bold(f"Figure {number}"), " (page 5)"), data=data, name=f"figure {number}.png")


async def shown(
    fake: DiscordFake, desk: Desk, reply: Reply, count: int, *, patience: float = 5
) -> list[Message]:
    channel, ada = fake.lab()
    author = Author()
    author.reply = reply
    async with serving(fake, desk, patience=patience, author=author):
        asked = fake.slash(channel, ada, "write")
        if not patience:
            await asked.acknowledgement()
        author.finish()
        messages = await asked.answered(count)
    assert len(messages) == count
    return messages


@pytest.mark.parametrize("patience", [0, 5])
async def test_pictures_stand_over_their_captions(fake: DiscordFake, desk: Desk, patience: float) -> None:
    """In the response or in place of the deferral, with their alt text and names of their own."""
    figures = (figure(1), figure(1), Buttons(((Button("More", "/help"),),)))
    reply = Reply((Card("Paper", "https://arxiv.org/abs/1", ()), *figures))
    (message,) = await shown(fake, desk, reply, 1, patience=patience)
    assert [(a.name, a.description, a.data) for a in message.attachments] == [
        ("1-figure-1.png", "Figure 1 (page 5)", SMALL),
        ("2-figure-1.png", "Figure 1 (page 5)", SMALL),
    ]
    assert [embed["image"]["url"] for embed in message.embeds] == [
        "attachment://1-figure-1.png",
        "attachment://2-figure-1.png",
    ]
    assert [embed["description"] for embed in message.embeds] == ["-# **Figure 1** (page 5)"] * 2
    assert message.custom_ids == ["/help"]


async def test_ten_to_a_message(fake: DiscordFake, desk: Desk) -> None:
    """The others follow."""
    messages = await shown(fake, desk, Reply(tuple(figure(n) for n in range(23))), 3)
    assert [len(message.attachments) for message in messages] == [10, 10, 3]


async def test_what_is_too_large_for_one_message(fake: DiscordFake, desk: Desk) -> None:
    """Goes to the next; what is too large for any is its caption, with a link if there is one."""
    large = SMALL + bytes(LARGEST // 2)
    huge = SMALL + bytes(ALL_FILES)
    elsewhere = Image(text("Figure 4"), "https://x.example/4.png", huge)
    messages = await shown(
        fake, desk, Reply((figure(1, large), figure(2, large), figure(3, huge), elsewhere)), 2
    )
    assert [len(message.attachments) for message in messages] == [1, 1]
    assert "Figure 3" in messages[1].text
    assert messages[1].embeds[-1]["image"]["url"] == "https://x.example/4.png"


@pytest.mark.parametrize("how", [500, "drop", 429])
async def test_pictures_survive_a_failure(fake: DiscordFake, desk: Desk, how: int | str) -> None:
    """Whole: the bytes are sent anew with each try."""
    fake.fail("POST", "/callback$", how)
    fake.fail("POST", r"/webhooks/\d+/[\w-]+$", how)
    messages = await shown(fake, desk, Reply(tuple(figure(n) for n in range(11))), 2)
    assert {a.data for message in messages for a in message.attachments} == {SMALL}


async def test_pictures_of_an_answer_that_comes_too_late(fake: DiscordFake, desk: Desk) -> None:
    """Are posted in the channel with it."""
    channel, ada = fake.lab()
    author = Author()
    async with serving(fake, desk, patience=0, author=author):
        asked = fake.slash(channel, ada, "write")
        await asked.acknowledgement()
        fake.forward(901)
        author.finish(Reply((figure(1),)))
        await fake.until(lambda: fake.messages(channel))
    assert fake.messages(channel)[0].attachments[0].data == SMALL


async def test_pictures_are_sent_and_not_kept(fake: DiscordFake, desk: Desk) -> None:
    """Unasked at once, but not composed for later; what is remembered of rendering does not hold their bytes."""
    channel, _ = fake.lab()
    reply = Reply((Paragraph(text("New")), figure(1)))
    async with serving(fake, desk) as discord:
        await discord.send(where(channel), reply)
        with pytest.raises(ValueError, match="in answers only"):
            discord.compose(reply)
    assert fake.messages(channel)[0].attachments[0].data == SMALL
    assert render(reply)[0] is not render(reply)[0]


def test_nothing_of_ours_goes_out_as_a_field() -> None:
    """The bytes stand beside the message, which is JSON without them."""
    (body,) = render(Reply((figure(1), Image(text("none")))))
    assert body[FILES] == (SMALL,)
    json.dumps({name: value for name, value in body.items() if name != FILES})
    assert body["embeds"][-1]["description"].endswith("none")


@pytest.mark.parametrize(
    ("name", "data", "kept"),
    [
        ("../x y/图.png", SMALL, "1-..-x-y.png"),
        ("", SMALL, "1-figure.png"),
        ("图.png", SMALL, "1-figure.png"),
        ("a.jpg", SMALL, "1-a.png"),
        ("a", picture(kind="JPEG"), "1-a.jpg"),
        ("x" * 300 + ".png", SMALL, "1-" + "x" * 60 + ".png"),
    ],
)
def test_names(name: str, data: bytes, kept: str) -> None:
    """Are such as an address can hold, and end as what they are."""
    (body,) = render(Reply((Image(text("x"), data=data, name=name),)))
    assert body["attachments"][0]["filename"] == kept.replace("1-..-", "1-")


@pytest.mark.parametrize("patience", [0, 5])
async def test_where_discord_takes_no_pictures(fake: DiscordFake, desk: Desk, patience: float) -> None:
    """Their words come."""
    fake.fail(*(("POST", "/callback$") if patience else ("PATCH", "@original$")), 403)
    (message,) = await shown(fake, desk, Reply((figure(1),)), 1, patience=patience)
    assert (message.text, message.attachments) == ("-# **Figure 1** (page 5)", [])
