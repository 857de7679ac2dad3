"""The private chat with a person, which Discord opens on demand."""

from __future__ import annotations

import pytest

from bot.chat.reply import say
from bot.errors import Forbidden
from tests.fakes.discord import DiscordFake
from tests.platforms.discord.desk import Desk, serving, where


async def test_it_is_opened_once_and_takes_messages(fake: DiscordFake, desk: Desk) -> None:
    ada = fake.world.user("ada")
    async with serving(fake, desk) as discord:
        address = await discord.private(str(ada.id))
        assert address
        assert await discord.private(str(ada.id)) == address
        await discord.send(address, say("between us"))
        assert await discord.manages(address.key, str(ada.id))
    direct = fake.world.direct(ada)
    assert where(direct) == address
    assert [message.content for message in fake.messages(direct)] == ["between us"]
    assert [seen.body for seen in fake.requests("POST", "/users/@me/channels$")] == [
        {"recipient_id": str(ada.id)}
    ] * 2


@pytest.mark.parametrize("how", [429, "global", 500, 503, "drop", "lose"])
async def test_it_survives_a_failure(fake: DiscordFake, desk: Desk, how: int | str) -> None:
    ada = fake.world.user("ada")
    async with serving(fake, desk) as discord:
        fake.fail("POST", "/users/@me/channels$", how)
        assert await discord.private(str(ada.id)) == where(fake.world.direct(ada))


@pytest.mark.parametrize("how", [403, 503, "drop", "cloudflare"])
async def test_where_it_cannot_be_had_there_is_none(
    fake: DiscordFake, desk: Desk, how: int | str, caplog: pytest.LogCaptureFixture
) -> None:
    ada = fake.world.user("ada")
    async with serving(fake, desk) as discord:
        fake.fail("POST", "/users/@me/channels$", how, times=9, seconds=77)
        assert await discord.private(str(ada.id)) is None
    assert "no private channel" in caplog.text
    assert len(fake.requests("POST", "/users/@me/channels$")) <= 4


@pytest.mark.parametrize("nobody", ["1", str(2**60)])
async def test_there_is_none_with_nobody(fake: DiscordFake, desk: Desk, nobody: str) -> None:
    async with serving(fake, desk) as discord:
        assert await discord.private(nobody) is None
        assert await discord.private(str(fake.world.bot.id)) is None


async def test_that_a_person_takes_no_messages_shows_when_one_is_sent(fake: DiscordFake, desk: Desk) -> None:
    ada = fake.world.user("ada")
    ada.closed = True
    async with serving(fake, desk) as discord:
        address = await discord.private(str(ada.id))
        assert address
        with pytest.raises(Forbidden):
            await discord.send(address, say("between us"))
