"""Answers that grow in their message while they are written."""

from __future__ import annotations

from itertools import pairwise

import pytest

from bot.chat.reply import Card, Image, Paragraph, Reply, say
from bot.chat.text import text
from bot.platforms.discord.answers import Pace
from tests.fakes.discord import DiscordFake
from tests.fakes.discord_interactions import Interaction
from tests.platforms.author import Author, picture
from tests.platforms.discord.desk import Desk, Drawer, serving, settled

SWIFT = Pace(0.02, 0.02, 0.05)


@pytest.fixture
def author() -> Author:
    return Author()


async def shows(fake: DiscordFake, asked: Interaction, *said: str) -> None:
    await fake.until(lambda: [m.text for m in asked.messages] == list(said))


async def test_an_answer_grows_in_one_message(fake: DiscordFake, desk: Desk, author: Author) -> None:
    """In place of the deferral; of its drafts nothing is left when it looks otherwise in the end."""
    channel, ada = fake.lab()
    card = Reply((Card("Paper", "https://arxiv.org/abs/1", ()), Paragraph(text("One. Two."))))
    async with serving(fake, desk, patience=0, author=author, pace=SWIFT):
        asked = fake.slash(channel, ada, "write")
        author.draft("One.")
        await shows(fake, asked, "One.")
        author.draft("One. Two.")
        await shows(fake, asked, "One. Two.")
        author.finish(card)
        await shows(fake, asked, "Paper\nOne. Two.")
    (message,) = fake.messages(channel)
    assert message is asked.original
    assert (message.content, len(message.embeds), message.flags) == ("", 1, 0)


async def test_a_draft_does_not_wait_for_the_deferral(fake: DiscordFake, desk: Desk, author: Author) -> None:
    """Its first words bring it about."""
    channel, ada = fake.lab()
    async with serving(fake, desk, patience=60, author=author, pace=SWIFT):
        asked = fake.slash(channel, ada, "write")
        author.draft("One.")
        await shows(fake, asked, "One.")
        author.finish()
        await shows(fake, asked, "done")


@pytest.mark.parametrize("among_many", [True, False])
async def test_edits_keep_their_distance(
    fake: DiscordFake, desk: Desk, author: Author, among_many: bool
) -> None:
    """A second with one person, four where others read along; the newest wins."""
    channel, ada = fake.lab()
    place = channel if among_many else fake.world.direct(ada)
    async with serving(fake, desk, patience=0, author=author):
        asked = fake.slash(place, ada, "write")
        author.draft("1")
        await shows(fake, asked, "1")
        author.draft("2", "3", "3")
        await shows(fake, asked, "3")
        author.finish()
        await shows(fake, asked, "done")
    edits = fake.requests("PATCH", "@original$")
    assert [seen.body["content"] for seen in edits] == ["1", "3", "done"]
    (gap, _) = [later.at - first.at for first, later in pairwise(edits)]
    least = 4 if among_many else 1
    assert least <= gap < least + 1


async def test_a_pause_is_kept_and_the_latest_comes_after_it(
    fake: DiscordFake, desk: Desk, author: Author
) -> None:
    """A 429 on an edit: it is not repeated, the newest comes when the time is over."""
    channel, ada = fake.lab()
    async with serving(fake, desk, patience=0, author=author, pace=SWIFT):
        asked = fake.slash(channel, ada, "write")
        author.draft("1")
        await shows(fake, asked, "1")
        fake.fail("PATCH", "@original$", 429, seconds=0.5)
        author.draft("2")
        await fake.until(lambda: len(fake.requests("PATCH", "@original$")) == 2)
        author.draft("3")
        await shows(fake, asked, "3")
        author.finish()
        await shows(fake, asked, "done")
    edits = fake.requests("PATCH", "@original$")
    assert [seen.body["content"] for seen in edits] == ["1", "2", "3", "done"]
    assert edits[2].at - edits[1].at >= 0.5


@pytest.mark.parametrize("how", [500, "drop", "lose", 403])
async def test_an_edit_that_fails(fake: DiscordFake, desk: Desk, author: Author, how: int | str) -> None:
    """Is left out; drafts go on, and the answer comes."""
    channel, ada = fake.lab()
    async with serving(fake, desk, patience=0, author=author, pace=SWIFT):
        asked = fake.slash(channel, ada, "write")
        author.draft("1")
        await shows(fake, asked, "1")
        fake.fail("PATCH", "@original$", how)
        author.draft("2")
        await fake.until(lambda: len(fake.requests("PATCH", "@original$")) == 2)
        author.draft("3")
        await shows(fake, asked, "3")
        author.finish()
        await shows(fake, asked, "done")


async def test_an_answer_that_fails_once_after_drafts(fake: DiscordFake, desk: Desk, author: Author) -> None:
    """Is tried again: the draft that stands there is not taken for it."""
    channel, ada = fake.lab()
    async with serving(fake, desk, patience=0, author=author, pace=SWIFT):
        asked = fake.slash(channel, ada, "write")
        author.draft("1")
        await shows(fake, asked, "1")
        fake.fail("PATCH", "@original$", "drop", times=4)
        author.finish(say("word " * 3000))
        await asked.answered(4)
    assert sum(m.text.count("word") for m in asked.messages) == 3000


async def test_a_draft_that_somebody_deletes(fake: DiscordFake, desk: Desk, author: Author) -> None:
    """The answer comes as a message of its own."""
    channel, ada = fake.lab()
    async with serving(fake, desk, patience=0, author=author, pace=SWIFT):
        asked = fake.slash(channel, ada, "write")
        author.draft("1")
        await shows(fake, asked, "1")
        assert asked.original
        asked.original.deleted = True
        author.draft("2")
        await fake.until(lambda: len(fake.requests("PATCH", "@original$")) == 2)
        author.finish()
        await shows(fake, asked, "done")
    assert [m.text for m in fake.messages(channel)] == ["done"]


async def test_what_turns_out_private_replaces_the_draft(
    fake: DiscordFake, desk: Desk, author: Author
) -> None:
    """Nothing of it stays in the channel."""
    channel, ada = fake.lab()
    async with serving(fake, desk, patience=0, author=author, pace=SWIFT):
        asked = fake.slash(channel, ada, "write")
        author.draft("1")
        await shows(fake, asked, "1")
        author.finish(say("for you", private=True))
        await shows(fake, asked, "for you")
    assert asked.messages[0].ephemeral
    assert fake.messages(channel) == []


async def test_words_of_progress(fake: DiscordFake, desk: Desk, author: Author) -> None:
    """Are shown where it takes long, and give way to the first of the answer."""
    channel, ada = fake.lab()
    async with serving(fake, desk, patience=0, author=author, pace=SWIFT):
        asked = fake.slash(channel, ada, "write")
        author.steps.put_nowait("Reading …")
        await shows(fake, asked, "Reading …")
        author.draft("One.")
        await shows(fake, asked, "One.")
        author.finish()
        await shows(fake, asked, "done")


@pytest.mark.parametrize("parts", [1, 3])
async def test_a_crash_between_draft_and_answer(
    fake: DiscordFake, desk: Desk, author: Author, parts: int
) -> None:
    """The next run puts the answer where the draft stands."""
    channel, ada = fake.lab()
    inbox = Drawer()
    async with serving(fake, desk, inbox=inbox, patience=0, author=author, pace=SWIFT):
        asked = fake.slash(channel, ada, "write")
        author.draft("1")
        await shows(fake, asked, "1")
    inbox.restart()
    author = Author()
    author.finish(say("word " * 1000 * parts) if parts > 1 else say("done"))
    async with serving(fake, desk, inbox=inbox, author=author, pace=SWIFT):
        await settled(inbox)
    said = " ".join(m.text for m in asked.messages)
    assert said == "done" if parts == 1 else said.split() == ["word"] * 3000
    assert asked.original
    assert asked.messages[0] is asked.original


async def test_a_draft_with_a_picture_shows_its_words(fake: DiscordFake, desk: Desk, author: Author) -> None:
    """The picture comes with the answer, once."""
    channel, ada = fake.lab()
    reply = Reply((Paragraph(text("Here.")), Image(text("Figure 1"), data=picture(), name="1.png")))
    async with serving(fake, desk, patience=0, author=author, pace=SWIFT):
        asked = fake.slash(channel, ada, "write")
        author.draft("Here.")
        await shows(fake, asked, "Here.")
        author.finish(reply)
        await fake.until(lambda: asked.messages[0].attachments)
    (message,) = asked.messages
    assert message.attachments[0].data == picture()
