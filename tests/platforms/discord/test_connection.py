"""What goes wrong with the token, the gateway, and what must not be logged."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable

import pytest

from bot.chat.command import Registry
from bot.chat.dispatch import Dispatcher, Open
from bot.chat.platform import MemoryInbox
from bot.chat.reply import say
from bot.errors import (
    Misconfigured,
)
from bot.platforms.discord.adapter import Discord
from tests.fakes.discord import TOKEN, DiscordFake
from tests.platforms.discord.desk import Desk, Unchosen, begun, serving, where


async def test_a_wrong_token_is_the_owners_to_mend(fake: DiscordFake, desk: Desk) -> None:
    discord = Discord(token="wrong", api_url=fake.settings()["DISCORD_API_URL"], inbox=MemoryInbox())
    dispatcher = Dispatcher(Registry([desk]), Unchosen(), Open())
    with pytest.raises(Misconfigured) as told:
        await discord.run(dispatcher)
    assert told.value.setting == "DISCORD_BOT_TOKEN"


async def test_a_token_that_the_gateway_refuses_is_the_owners_to_mend(fake: DiscordFake, desk: Desk) -> None:
    fake.gateway.refuse = 4004
    settings = fake.settings()
    discord = Discord(
        token=settings["DISCORD_BOT_TOKEN"], api_url=settings["DISCORD_API_URL"], inbox=MemoryInbox()
    )
    with pytest.raises(Misconfigured):
        await discord.run(Dispatcher(Registry([desk]), Unchosen(), Open()))


@pytest.mark.parametrize("how", [500, 503, "drop", "cloudflare"])
async def test_a_discord_that_is_away_at_the_start_is_waited_for(
    fake: DiscordFake, desk: Desk, how: int | str
) -> None:
    channel, ada = fake.lab()
    fake.fail("GET", "/users/@me", how)
    fake.fail("GET", "/gateway/bot", 503)
    async with serving(fake, desk):
        await fake.slash(channel, ada, "secret").reply()


async def test_after_a_minute_without_discord_the_bot_is_back(fake: DiscordFake, desk: Desk) -> None:
    channel, ada = fake.lab()
    async with serving(fake, desk):
        await asyncio.to_thread(fake.stop)
        await asyncio.to_thread(fake.restart)
        await fake.until(lambda: fake.gateway.connected)
        await fake.slash(channel, ada, "secret").reply()


@pytest.mark.parametrize(
    "trouble",
    [DiscordFake.drop, DiscordFake.cut, DiscordFake.ask_to_reconnect, DiscordFake.invalidate],
    ids=lambda f: str(f.__name__),
)
async def test_the_gateway_drops_in_the_middle_of_a_command(
    fake: DiscordFake, desk: Desk, trouble: Callable[[DiscordFake], None]
) -> None:
    channel, ada = fake.lab()
    async with serving(fake, desk, patience=0):
        asked = fake.slash(channel, ada, "slow")
        await asked.acknowledgement()
        before = list(fake.gateway.sessions)
        trouble(fake)
        desk.gate.set()
        assert (await asked.reply()).content == "public"
        back = 2 if trouble is DiscordFake.invalidate else 6
        await fake.until(lambda: fake.gateway.count(back) >= 1 + (back == 2) and fake.gateway.connected)
        await fake.slash(channel, ada, "secret").reply()
    kept = list(fake.gateway.sessions) == before
    assert kept is (trouble is not DiscordFake.invalidate)
    assert desk.began == 1


async def test_what_was_asked_while_the_gateway_was_down_is_answered(fake: DiscordFake, desk: Desk) -> None:
    channel, ada = fake.lab()
    async with serving(fake, desk):
        fake.drop()
        asked = fake.slash(channel, ada, "secret")
        await asked.reply()
    assert asked.acknowledged


async def test_a_heartbeat_is_answered_with_one(fake: DiscordFake, desk: Desk) -> None:
    async with serving(fake, desk):
        beats = fake.gateway.count(1)
        fake.call(fake.gateway.say({"op": 1, "d": None}))
        await fake.until(lambda: fake.gateway.count(1) > beats)


@pytest.mark.parametrize(
    ("event", "data"),
    [
        ("INTERACTION_CREATE", {"id": "1", "type": 2, "token": "geheim"}),
        ("INTERACTION_CREATE", {"token": "geheim"}),
        ("INTERACTION_CREATE", ["geheim"]),
        ("GUILD_CREATE", {"name": "geheim"}),
        ("GUILD_CREATE", {"id": "7", "channels": [{"id": "8", "type": 0, "name": "geheim"}]}),
        ("CHANNEL_CREATE", {"id": "9"}),
        ("THREAD_CREATE", {"id": "geheim"}),
    ],
)
async def test_an_event_that_cannot_be_read_is_passed_over(
    fake: DiscordFake, desk: Desk, caplog: pytest.LogCaptureFixture, event: str, data: object
) -> None:
    channel, ada = fake.lab()
    async with serving(fake, desk):
        before = fake.slash(channel, ada, "slow")
        await begun(desk)
        fake.call(fake.gateway.dispatch(event, data, None))
        await fake.slash(channel, ada, "secret").reply()
        desk.gate.set()
        await before.reply()
    assert fake.gateway.count(2) == 1, "it never left"
    assert f"{event} cannot be read" in caplog.text
    assert "geheim" not in caplog.text


async def test_no_token_is_in_any_log(
    fake: DiscordFake, desk: Desk, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    logging.getLogger("discord").setLevel(logging.NOTSET)
    channel, ada = fake.lab()
    desk.gate.set()
    async with serving(fake, desk, patience=0) as discord:
        for how in (500, "drop", "lose", 429, "cloudflare"):
            fake.fail("POST", "/callback", how)
            fake.fail("PATCH", "/webhooks/", how)
            fake.fail("POST", "/messages$", how)
            fake.slash(channel, ada, "slow")
            await asyncio.gather(discord.send(where(channel), say(str(how))), return_exceptions=True)
        fake.call(
            fake.gateway.dispatch("INTERACTION_CREATE", {"id": "1", "type": 2, "token": "geheim"}, None)
        )
        await fake.slash(channel, ada, "secret").reply()
    assert caplog.records
    tokens = [TOKEN, "geheim", *(i.token for i in fake.interactions.all.values())]
    assert not [token for token in tokens if token in caplog.text]
