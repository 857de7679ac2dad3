"""What goes wrong with messages that nobody asked for."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import pytest

from bot.chat.reply import Card, Reply, say
from bot.chat.request import Address
from bot.errors import (
    Ambiguous,
    DeliveryError,
    Forbidden,
    Rejected,
    RetryAfter,
    ThreadGone,
)
from tests.fakes.discord import DiscordFake
from tests.fakes.discord_world import SEND_MESSAGES, VIEW_CHANNEL, Overwrite
from tests.platforms.discord.desk import Desk, serving, where


@pytest.mark.parametrize("how", [429, "global", 500, 503, "drop", "lose"])
async def test_a_post_survives_one_failure_and_comes_once(
    fake: DiscordFake, desk: Desk, how: int | str
) -> None:
    channel, _ = fake.lab()
    async with serving(fake, desk) as discord:
        fake.fail("POST", "/messages$", how)
        ids = await discord.send(where(channel), say("news"))
    assert [str(m.id) for m in fake.messages(channel)] == list(ids)


async def test_a_bucket_that_is_empty_is_waited_for(fake: DiscordFake, desk: Desk) -> None:
    channel, _ = fake.lab()
    fake.rest.bucket = (2, 0.2)
    async with serving(fake, desk) as discord:
        await asyncio.gather(*(discord.send(where(channel), say(f"news {i}")) for i in range(6)))
    assert len(fake.messages(channel)) == 6
    assert not [r for r in fake.requests("POST", "/messages$") if r.status == 429]


@pytest.mark.parametrize(
    ("how", "error"),
    [("cloudflare", RetryAfter), (503, Ambiguous), ("drop", Ambiguous), (403, Forbidden)],
)
async def test_a_post_that_fails_for_good_says_how(
    fake: DiscordFake, desk: Desk, how: int | str, error: type[DeliveryError]
) -> None:
    channel, _ = fake.lab()
    async with serving(fake, desk) as discord:
        fake.fail("POST", "/messages$", how, times=9, seconds=77)
        with pytest.raises(error) as told:
            await discord.send(where(channel), say("news"))
    if isinstance(told.value, RetryAfter):
        assert (told.value.seconds, told.value.everywhere) == (77, True)


async def test_a_long_rate_limit_is_told_and_not_slept_out(fake: DiscordFake, desk: Desk) -> None:
    channel, _ = fake.lab()
    async with serving(fake, desk) as discord:
        fake.fail("POST", "/messages$", 429, seconds=600)
        with pytest.raises(RetryAfter) as told:
            await discord.send(where(channel), say("news"))
    assert told.value.seconds == 600


async def test_one_channels_rate_limit_holds_up_no_other(fake: DiscordFake, desk: Desk) -> None:
    busy, _ = fake.lab()
    idle, _ = fake.lab()
    async with serving(fake, desk) as discord:
        fake.fail("POST", f"/channels/{busy.id}/messages", 429, seconds=3)
        waiting = asyncio.create_task(discord.send(where(busy), say("one")))
        await fake.until(lambda: fake.requests("POST", f"/channels/{busy.id}/messages"))
        await discord.send(where(idle), say("two"))
        assert not waiting.done()
        waiting.cancel()
        await asyncio.gather(waiting, return_exceptions=True)


async def test_channels_that_are_closed_to_us_are_told_apart(fake: DiscordFake, desk: Desk) -> None:
    channel, _ = fake.lab()
    guild = channel.guild
    assert guild
    hidden = fake.world.channel(guild, "hidden", Overwrite(guild.id, deny=VIEW_CHANNEL))
    mute = fake.world.channel(guild, "mute", Overwrite(fake.world.bot.id, deny=SEND_MESSAGES))
    locked, archived, asleep, gone = (fake.world.thread(channel) for _ in range(4))
    locked.locked = archived.locked = archived.archived = asleep.archived = gone.deleted = True
    async with serving(fake, desk) as discord:
        for place, error in (
            (hidden, Forbidden),
            (mute, Forbidden),
            (locked, ThreadGone),
            (archived, ThreadGone),
            (gone, ThreadGone),
        ):
            with pytest.raises(error):
                await discord.send(where(place), say("news"))
        with pytest.raises(Forbidden):
            await discord.send(where(mute), Reply((Card("t", "https://x.org", ()),)))
        with pytest.raises(Forbidden):
            await discord.send(Address("discord", "12345"), say("news"))
        await discord.send(where(asleep), say("news"))


async def test_what_discord_rejects_is_a_fault_of_ours(
    fake: DiscordFake, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    channel, _ = fake.lab()
    monkeypatch.setattr("bot.platforms.discord.adapter.render", lambda reply: [{"content": "x" * 2001}])
    async with serving(fake, desk) as discord:
        with pytest.raises(Rejected, match="2000"):
            await discord.send(where(channel), say("news"))


async def test_an_answer_that_discord_rejects_becomes_an_apology(
    fake: DiscordFake, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    from bot.platforms.discord.render import Payload, render

    def broken(reply: Reply) -> Sequence[Payload]:
        return [{"content": ""}] if "In en." in repr(reply) else render(reply)

    channel, ada = fake.lab()
    monkeypatch.setattr("bot.platforms.discord.answers.render", broken)
    async with serving(fake, desk):
        reply = await fake.slash(channel, ada, "summarize", paper="7").reply()
    assert reply.ephemeral
    assert "went wrong" in reply.content


async def test_commands_that_discord_refuses_are_logged_and_the_bot_serves(
    fake: DiscordFake, desk: Desk, caplog: pytest.LogCaptureFixture
) -> None:
    channel, ada = fake.lab()
    fake.fail("PUT", "/commands$", 403, times=9)
    async with serving(fake, desk, ready=False):
        await fake.until(lambda: fake.gateway.connected)
        await fake.slash(channel, ada, "secret", known=False).reply()
        await fake.until(lambda: fake.requests("PUT", "/commands$"))
    assert "did not take the commands" in caplog.text
