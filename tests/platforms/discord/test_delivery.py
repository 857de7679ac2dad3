"""Messages that nobody asked for, one by one: posted once, found again, refused for a reason."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator

import pytest
from hypothesis import given, settings

from bot.chat.platform import MemoryInbox
from bot.chat.reply import (
    Bullets,
    Button,
    Buttons,
    Card,
    Heading,
    Image,
    Paragraph,
    Preformatted,
    Quote,
    Reply,
    say,
)
from bot.chat.text import text
from bot.errors import (
    Ambiguous,
    DeliveryError,
    Forbidden,
    PlatformUnavailable,
    Rejected,
    RetryAfter,
    ThreadGone,
    Unpermitted,
)
from bot.platforms.discord.adapter import Discord
from bot.platforms.discord.channels import as_text
from bot.platforms.discord.render import render
from tests.fakes.discord import TOKEN, DiscordFake
from tests.fakes.discord_rules import message as accepted
from tests.fakes.discord_world import (
    ADMINISTRATOR,
    EMBED_LINKS,
    MANAGE_CHANNELS,
    MANAGE_GUILD,
    READ_MESSAGE_HISTORY,
    SEND_MESSAGES,
    SEND_MESSAGES_IN_THREADS,
    VIEW_CHANNEL,
    Channel,
    Message,
    Overwrite,
)
from tests.platforms.discord.desk import Desk, serving, where
from tests.platforms.replies import replies

EVERY_KIND = (
    Heading(text("RAG")),
    Paragraph(text("word " * 30)),
    Paragraph(text("small"), small=True),
    Bullets((text("one"), text("*two*")), numbered=True),
    Quote(text("said")),
    Preformatted("x = 1\n", "python"),
    Card("A title", "https://arxiv.org/abs/7", (text("Ada"),), "cs.CL"),
    Image(text("a figure"), "https://arxiv.org/figure.png"),
    Buttons(((Button("1", command="summarize 7"), Button("arXiv", url="https://arxiv.org/abs/7")),)),
)
CARD = Reply((Card("A title", "https://arxiv.org/abs/7", (text("Ada"),), "cs.CL"), EVERY_KIND[-1]))


@pytest.fixture
async def discord(fake: DiscordFake) -> AsyncIterator[Discord]:
    """An account that only sends: nothing runs."""
    made = Discord(token=TOKEN, api_url=fake.settings()["DISCORD_API_URL"], inbox=MemoryInbox())
    yield made
    await made.close()


async def post(
    discord: Discord, channel: Channel, reply: Reply, *, key: str = "k", first: bool = True
) -> str:
    (message,) = discord.compose(reply)
    return await discord.post(where(channel), message, key=key, first=first)


@given(replies)
@settings(max_examples=40, deadline=None)
def test_what_is_composed_is_what_is_rendered(reply: Reply) -> None:
    made = Discord(token="x", inbox=MemoryInbox()).compose(reply)
    assert [json.loads(message) for message in made] == (list(render(reply)) if reply.blocks else [])


@given(replies)
@settings(max_examples=40, deadline=None)
def test_embeds_become_text_that_discord_accepts(reply: Reply) -> None:
    for body in render(reply, embeds=True):
        if "embeds" in body:
            parts = list(as_text(body))
            assert all(accepted(part) for part in parts)
            assert parts[-1].get("components") == body.get("components")


@pytest.mark.parametrize("block", EVERY_KIND, ids=lambda block: type(block).__name__)
async def test_every_kind_of_block_is_posted_once_and_found_again(
    fake: DiscordFake, discord: Discord, block: Heading
) -> None:
    channel, _ = fake.lab()
    reply = Reply((block,))
    (packed,) = discord.compose(reply)
    made = await post(discord, channel, reply)
    assert await post(discord, channel, reply) == made
    assert await discord.recall(where(channel), packed, key="k") == made
    assert [str(m.id) for m in fake.messages(channel)] == [made]


async def test_only_the_first_part_notifies_and_nobody_is_mentioned(
    fake: DiscordFake, discord: Discord
) -> None:
    channel, _ = fake.lab()
    await post(discord, channel, say("one"), key="d/0")
    await post(discord, channel, say("two"), key="d/1", first=False)
    first, second = fake.messages(channel)
    assert (first.flags & 1 << 12, second.flags & 1 << 12) == (0, 1 << 12)
    for request in fake.requests("POST", "/messages$"):
        assert request.body["enforce_nonce"] is True
        assert len(request.body["nonce"]) == 25
        assert request.body["allowed_mentions"]["parse"] == []


async def test_the_key_and_the_place_tell_messages_apart(fake: DiscordFake, discord: Discord) -> None:
    channel, _ = fake.lab()
    thread = fake.world.thread(channel)
    made = {
        await post(discord, place, say("same"), key=key) for place in (channel, thread) for key in ("a", "b")
    }
    assert len(made) == 4


async def test_a_lost_answer_is_no_second_message(fake: DiscordFake, discord: Discord) -> None:
    channel, _ = fake.lab()
    fake.fail("POST", "/messages$", "lose")
    with pytest.raises(Ambiguous):
        await post(discord, channel, say("news"))
    fake.forward(discord.nonce_window or 0)
    again = await post(discord, channel, say("news"))
    assert [str(m.id) for m in fake.messages(channel)] == [again]


async def test_what_somebody_deleted_is_not_posted_again(fake: DiscordFake, discord: Discord) -> None:
    channel, _ = fake.lab()
    await post(discord, channel, say("news"))
    fake.messages(channel)[0].deleted = True
    assert await post(discord, channel, say("news")) == "0"
    assert fake.messages(channel) == []


async def test_past_the_window_the_history_tells(fake: DiscordFake, discord: Discord) -> None:
    channel, ada = fake.lab()
    (packed,) = discord.compose(say("news"))
    here = where(channel)
    fake.world.sent.append(Message(fake.world.snowflake(), channel, ada, "news"))
    assert await discord.recall(here, packed, key="k") is None
    fake.fail("POST", "/messages$", "lose")
    with pytest.raises(Ambiguous):
        await post(discord, channel, say("news"))
    began = fake.world.now()
    fake.forward(3600)
    (made,) = [m for m in fake.messages(channel) if m.author.bot]
    for number in range(99):
        fake.world.sent.append(Message(fake.world.snowflake(), channel, ada, str(number)))
    assert await discord.recall(here, packed, key="k") == str(made.id)
    fake.world.sent.append(Message(fake.world.snowflake(), channel, ada, "the hundredth"))
    assert await discord.recall(here, packed, key="k") is None
    assert await discord.recall(here, packed, key="k", since=began) == str(made.id)
    assert await discord.recall(here, packed, key="k", since=began + 3600) is None


@pytest.mark.parametrize("denied", [READ_MESSAGE_HISTORY, VIEW_CHANNEL])
async def test_where_the_history_is_closed_nothing_is_found(
    fake: DiscordFake, discord: Discord, denied: int
) -> None:
    channel, _ = fake.lab()
    await post(discord, channel, say("news"))
    channel.overwrites.append(Overwrite(fake.world.bot.id, deny=denied))
    (packed,) = discord.compose(say("news"))
    assert await discord.recall(where(channel), packed, key="k") is None


@pytest.mark.parametrize(
    ("how", "error", "seconds", "everywhere"),
    [
        (429, RetryAfter, 600, False),
        ("global", RetryAfter, 600, True),
        ("cloudflare", RetryAfter, 600, True),
        (301, RetryAfter, 60, True),
        (407, RetryAfter, 60, True),
        (500, Ambiguous, 0, False),
        (503, Ambiguous, 0, False),
        ("drop", Ambiguous, 0, False),
        ("lose", Ambiguous, 0, False),
        (403, Forbidden, 0, False),
    ],
)
async def test_what_went_wrong_is_said_at_once(
    fake: DiscordFake,
    discord: Discord,
    how: int | str,
    error: type[DeliveryError],
    seconds: float,
    everywhere: bool,
) -> None:
    channel, _ = fake.lab()
    fake.fail("POST", "/messages$", how, seconds=600)
    async with asyncio.timeout(4):
        with pytest.raises(error) as told:
            await post(discord, channel, say("news"))
        if isinstance(told.value, RetryAfter):
            assert (told.value.seconds, told.value.everywhere) == (seconds, everywhere)
            asked = len(fake.rest.requests)
            with pytest.raises(RetryAfter) as again:  # and nothing is asked until then
                await post(discord, channel, say("news"))
            assert again.value.seconds == pytest.approx(seconds, abs=5)
            assert len(fake.rest.requests) == asked
    assert len(fake.requests("POST", "/messages$")) == 1


@pytest.mark.parametrize("how", [429, "global"])
async def test_a_short_pause_is_kept(fake: DiscordFake, discord: Discord, how: int | str) -> None:
    channel, _ = fake.lab()
    fake.fail("POST", "/messages$", how, times=2, seconds=0.1)
    assert await post(discord, channel, say("news")) == str(fake.messages(channel)[0].id)


async def test_a_refused_token_loses_no_chat(fake: DiscordFake) -> None:
    channel, _ = fake.lab()
    discord = Discord(token="old", api_url=fake.settings()["DISCORD_API_URL"], inbox=MemoryInbox())
    with pytest.raises(RetryAfter) as told:
        await post(discord, channel, say("news"))
    assert told.value.everywhere
    await discord.close()


async def test_a_discord_that_is_not_there_is_unavailable(fake: DiscordFake, discord: Discord) -> None:
    channel, _ = fake.lab()
    fake.stop()
    with pytest.raises(PlatformUnavailable):
        await post(discord, channel, say("news"))
    with pytest.raises(PlatformUnavailable):
        await discord.recall(where(channel), *discord.compose(say("news")), key="k")
    fake.restart()
    assert await post(discord, channel, say("news"))


async def test_the_missing_permission_is_named(fake: DiscordFake, discord: Discord) -> None:
    channel, _ = fake.lab()
    guild = channel.guild
    assert guild
    bot = fake.world.bot.id
    hidden = fake.world.channel(guild, "hidden", Overwrite(guild.id, deny=VIEW_CHANNEL))
    mute = fake.world.channel(guild, "mute", Overwrite(bot, deny=SEND_MESSAGES))
    bare = fake.world.channel(guild, "bare", Overwrite(guild.id, deny=SEND_MESSAGES | EMBED_LINKS))
    above = fake.world.channel(guild, "above", Overwrite(bot, deny=SEND_MESSAGES_IN_THREADS))
    for place, reply, lacking in (
        (hidden, say("news"), "View Channel"),
        (mute, say("news"), "Send Messages"),
        (bare, CARD, "Send Messages, Embed Links"),
        (fake.world.thread(above), say("news"), "Send Messages in Threads"),
    ):
        with pytest.raises(Forbidden) as told:
            await post(discord, place, reply)
        assert told.value.reason == f"the bot lacks {lacking}"
    fake.fail("GET", "/guilds/", 503)
    with pytest.raises(Forbidden, match="50013"):
        await post(discord, mute, say("news"))


async def test_what_is_gone_and_what_is_closed(fake: DiscordFake, discord: Discord) -> None:
    channel, _ = fake.lab()
    locked, archived, deleted, gone = (fake.world.thread(channel) for _ in range(4))
    locked.locked = archived.locked = archived.archived = deleted.deleted = True
    gone.parent = None
    gone.deleted = True
    for place, error, reason in (
        (locked, ThreadGone, "locked"),
        (archived, ThreadGone, "archived"),
        (deleted, ThreadGone, "deleted"),
        (gone, Forbidden, "the channel is deleted"),
    ):
        with pytest.raises(error) as told:
            await post(discord, place, say("news"))
        assert getattr(told.value, "reason", "") == reason


@pytest.mark.parametrize("packed", ["", "[]", '{"content": ""}', json.dumps({"content": "x" * 2001})])
async def test_what_nobody_composed_is_rejected(fake: DiscordFake, discord: Discord, packed: str) -> None:
    channel, _ = fake.lab()
    with pytest.raises(Rejected):
        await discord.post(where(channel), packed, key="k", first=True)


async def test_without_embeds_a_card_is_posted_as_text_once(fake: DiscordFake, discord: Discord) -> None:
    channel, _ = fake.lab()
    channel.overwrites.append(Overwrite(fake.world.bot.id, deny=EMBED_LINKS))
    made = await post(discord, channel, CARD)
    assert await post(discord, channel, CARD) == made
    (message,) = fake.messages(channel)
    assert message.content == "### [A title](https://arxiv.org/abs/7)\nAda"
    assert message.custom_ids == ["summarize 7"]
    assert await discord.recall(where(channel), *discord.compose(CARD), key="k") == made


async def test_told_once_that_it_is_too_fast_it_keeps_a_pace(fake: DiscordFake, discord: Discord) -> None:
    first, _ = fake.lab()
    assert first.guild
    channels = [fake.world.channel(first.guild) for _ in range(150)]
    gate = asyncio.Semaphore(64)

    async def one(channel: Channel) -> None:
        async with gate:
            await post(discord, channel, say("news"))

    await asyncio.gather(*map(one, channels))
    assert len(fake.world.sent) == 150
    assert len([r for r in fake.rest.requests if r.status == 429]) < 80  # those in flight when it was told


async def test_people_do_not_wait_behind_posts(fake: DiscordFake, desk: Desk) -> None:
    channel, ada = fake.lab()
    async with serving(fake, desk) as discord:
        fake.fail("POST", "/messages$", "global", seconds=600)
        with pytest.raises(RetryAfter):
            await post(discord, channel, say("news"))
        async with asyncio.timeout(2):
            await fake.slash(channel, ada, "summarize", paper="7").reply()


async def test_who_manages_is_what_discord_says_now(fake: DiscordFake, discord: Discord) -> None:
    fake.rest.everything = 1000
    channel, ada = fake.lab()
    guild = channel.guild
    assert guild
    join, user, key = fake.world.join, fake.world.user, f"discord:{channel.id}"
    admin, mod, keeper, barred, stranger, owner = map(user, ("adm", "mod", "keep", "barred", "out", "own"))
    join(guild, admin, ADMINISTRATOR)
    join(guild, mod, MANAGE_GUILD)
    join(guild, barred, MANAGE_CHANNELS)
    join(guild, keeper)
    join(guild, owner)
    guild.owner = owner.id
    channel.overwrites += [
        Overwrite(keeper.id, allow=MANAGE_CHANNELS),
        Overwrite(guild.members[barred.id][0], deny=MANAGE_CHANNELS),
    ]
    expected = {admin.id, mod.id, keeper.id, owner.id}
    people = (ada, admin, mod, keeper, barred, stranger, owner)
    for chat in (str(channel.id), key, str(fake.world.thread(channel).id)):
        assert {p.id for p in people if await discord.manages(chat, str(p.id))} == expected
    channel.overwrites.pop()
    assert await discord.manages(key, str(barred.id))
    channel.overwrites.append(Overwrite(barred.id, deny=VIEW_CHANNEL))
    assert not await discord.manages(key, str(barred.id))
    fake.fail("GET", "/members/", 503)
    assert not await discord.manages(key, str(admin.id))
    with pytest.raises(DeliveryError):
        await discord.manages("12345", str(admin.id))
    channel.overwrites.append(Overwrite(fake.world.bot.id, deny=VIEW_CHANNEL))
    with pytest.raises(Unpermitted) as refused:
        await discord.manages(key, str(admin.id))
    assert refused.value.permissions == ("View Channel",)
