"""A group that becomes another goes on as if nothing had happened."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator

import pytest

from bot.chat.platform import MemoryInbox
from bot.chat.request import Address
from bot.platforms.discord.adapter import Discord
from bot.store.client import Store
from tests.announcements.rig import Arxiv, arxiv_of, moment
from tests.editions.rig import CHAT, Newsroom, newsroom
from tests.editions.test_desk import AT, EVERY, MON, TUE, WED, noon, paper_of, read
from tests.fakes.discord import DiscordFake
from tests.fakes.discord_world import Channel

NEW = "telegram:-1000100"


@pytest.fixture
def arxiv() -> Iterator[Arxiv]:
    papers = [paper_of(f"2611.0020{n}", f"Thing {n}", day) for n, day in enumerate((MON, TUE, WED))]
    with arxiv_of(*papers) as fake:
        yield fake


@pytest.fixture
async def room(store: Store, arxiv: Arxiv) -> AsyncIterator[Newsroom]:
    async with newsroom(store, arxiv, moment(MON, "14:00")) as made:
        await read(made, MON, "14:00")
        yield made


async def test_editions_go_on_where_the_group_is_now(room: Newsroom) -> None:
    await room.follow(f"{EVERY} {AT}")
    await room.shown.mute(CHAT, "nothing")
    await read(room, TUE)
    room.at(moment(TUE, "12:01"))
    (claim,) = await room.claims()
    await room.desk.prepare(claim)  # and it stands in the outbox
    for _ in range(2):
        await room.chats.moved(CHAT, NEW)
    await room.deliver()
    assert [got.address for got in room.got] == [NEW]
    await read(room, WED)
    await noon(room, WED)
    assert [got.address for got in room.got] == [NEW, NEW]
    assert await room.subscriptions.of(CHAT) == []
    assert await room.shown.muted(NEW) == {"nothing"}
    assert await room.shown.among(NEW, ["2611.00201", "2611.00202"]) == {"2611.00201", "2611.00202"}


async def test_who_writes_to_the_bot_alone_is_not_written_to(room: Newsroom) -> None:
    await room.follow(EVERY, "telegram:7")
    await room.chats.lost("telegram:7", "bot was blocked by the user")
    await room.deliver()
    assert room.got == []
    assert (await room.one("telegram:7")).paused == "bot was blocked by the user"


async def test_whoever_subscribed_is_told_in_private_once(room: Newsroom) -> None:
    for query in (EVERY, "ti:else"):
        await room.follow(query)
    for _ in range(2):
        await room.chats.lost(CHAT, "bot was kicked")
        await room.deliver()
    (got,) = room.got
    assert got.address == "telegram:7"
    assert CHAT in got.text
    assert "bot was kicked" in got.text
    assert {one.paused for one in await room.subscriptions.of(CHAT)} == {"bot was kicked"}


async def test_a_channel_that_subscribed_as_itself_is_not_written_to(room: Newsroom) -> None:
    for nobody in ("", "telegram:-1009", "elsewhere:7"):
        await room.follow(EVERY, person=nobody)
        await room.chats.lost(CHAT, "bot was kicked")
        await room.subscriptions.remove_all(CHAT)
    await room.deliver()
    assert room.got == []


@pytest.fixture
def fake() -> Iterator[DiscordFake]:
    with DiscordFake() as running:
        yield running


@pytest.fixture
async def discord(fake: DiscordFake) -> AsyncIterator[Discord]:
    settings = fake.settings()
    made = Discord(
        token=settings["DISCORD_BOT_TOKEN"], api_url=settings["DISCORD_API_URL"], inbox=MemoryInbox()
    )
    yield made
    await made.close()


async def lost_on_discord(room: Newsroom, discord: Discord, channel: Channel, person: int) -> None:
    """Let the channel be found closed, twice, and send what that brings."""
    chat = f"discord:{channel.id}"
    await room.follow(EVERY, chat, person=f"discord:{person}")
    chats = room.chat_book({"discord": discord})
    for _ in range(2):
        await chats.lost(chat, "the channel is deleted")
        for delivery in await room.outbox.take("discord", room.now, 9):
            begun = await room.outbox.begin(delivery, room.now)
            assert begun
            for n, message in enumerate(await room.outbox.messages(delivery.content)):
                where = Address(*delivery.address.split(":"))
                await discord.post(where, message, key=f"{delivery.key}/{n}", first=not n)
            await room.outbox.sent(begun, "id", room.now)
    assert (await room.one(chat)).paused == "the channel is deleted"


async def test_on_discord_the_person_is_told_where_nobody_else_reads(
    room: Newsroom, fake: DiscordFake, discord: Discord
) -> None:
    channel, ada = fake.lab()
    await lost_on_discord(room, discord, channel, ada.id)
    (message,) = fake.messages(fake.world.direct(ada))
    assert f"<#{channel.id}>" in message.text
    assert "/resume" in message.text
    assert fake.messages(channel) == []


async def test_on_discord_a_private_channel_that_is_lost_is_not_written_to(
    room: Newsroom, fake: DiscordFake, discord: Discord
) -> None:
    ada = fake.world.user("ada")
    await lost_on_discord(room, discord, fake.world.direct(ada), ada.id)
    assert fake.world.sent == []


async def test_what_is_lost_is_paused_also_where_nobody_can_be_told(
    room: Newsroom, fake: DiscordFake, discord: Discord
) -> None:
    channel, _ = fake.lab()
    await lost_on_discord(room, discord, channel, 1)
    assert fake.world.sent == []


async def test_a_general_topic_that_is_closed_is_one_place_of_a_forum(room: Newsroom) -> None:
    """What comes to the other topics goes on."""
    for place in ("", "11"):
        await room.follow(EVERY, place=place)
    await room.chats.lost(f"{CHAT}:", "topic closed")
    assert {one.place: one.paused for one in await room.subscriptions.of(CHAT)} == {
        "": "topic closed",
        "11": None,
    }
