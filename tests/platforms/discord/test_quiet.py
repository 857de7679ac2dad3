"""Answers call nobody, whatever a text in them looks like and whatever the bot is permitted."""

from __future__ import annotations

import asyncio
from typing import Annotated

import pytest

from bot.chat.command import Arg, command
from bot.chat.reply import Button, Buttons, Paragraph, Reply
from bot.chat.request import Request
from bot.chat.text import text
from tests.fakes.discord import DiscordFake
from tests.fakes.discord_world import ADMINISTRATOR
from tests.platforms.discord.desk import Desk, serving


class Crier:
    """Says what would call everybody, in every way in which an answer can come."""

    @command("cry")
    async def cry(self, request: Request, *, how: Annotated[str, Arg("which way")] = "at once") -> Reply:
        """Cry."""
        if how == "late":
            await asyncio.sleep(0.05)
        said = Paragraph(text("@everyone @here " * (200 if how == "long" else 1)))
        return Reply((said, Buttons(((Button("again", "/cry there", here=True),),))), private=how == "alone")


@pytest.mark.parametrize("how", ["at once", "late", "long", "alone", "pressed"])
async def test_no_answer_calls_anybody_even_where_the_bot_may_mention_all(
    fake: DiscordFake, desk: Desk, how: str
) -> None:
    channel, ada = fake.lab()
    assert channel.guild
    fake.world.join(channel.guild, fake.world.bot, ADMINISTRATOR)
    async with serving(fake, desk, author=Crier(), patience=0.01 if how == "late" else 5):
        first = await fake.slash(channel, ada, "cry", how=how).reply()
        if how == "pressed":
            assert await fake.press(first, "~/cry there", ada).reply() is first
    made = [m for m in fake.world.sent if m.author is fake.world.bot]
    assert made
    assert all("everyone" in m.text for m in made)
    assert [m.mentioned for m in made] == [[]] * len(made)
