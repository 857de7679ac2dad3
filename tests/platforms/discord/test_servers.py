"""Subscriptions and settings in channels of a server: completion, permissions by name, threads and roles."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import date

import pytest

from bot.chat.command import Choice, Registry
from bot.chat.dispatch import Dispatcher, Open
from bot.chat.request import Address, Request
from bot.editions.habits import Habits
from bot.editions.wish import Wish
from bot.editions.zones import Zone
from bot.papers.ids import PaperId
from bot.platforms.discord.adapter import Discord
from bot.platforms.discord.permissions import MENTION
from bot.store.access import Access
from bot.store.chats import ChatLanguages
from bot.store.choices import Choices
from bot.store.client import Store
from bot.store.ended import Ended
from bot.store.matched import Matched
from bot.store.phrases import Phrases
from handlers.aiming import Aim
from handlers.editions import EditionCommands
from handlers.muting import MuteCommands
from handlers.settings import SettingsCommands
from handlers.subscriptions import FollowedText, SubscriptionCommands
from tests.announcements.rig import Arxiv, arxiv_of, moment, paper
from tests.editions.rig import Newsroom, newsroom
from tests.fakes.discord import DiscordFake
from tests.fakes.discord_world import (
    CREATE_PUBLIC_THREADS,
    EMBED_LINKS,
    MANAGE_CHANNELS,
    MANAGE_GUILD,
    MANAGE_ROLES,
    SEND_MESSAGES,
    VIEW_CHANNEL,
    Channel,
    Guild,
    Overwrite,
    User,
)
from tests.platforms.discord.desk import Desk, serving

MON = date(2026, 11, 16)
Serve = Callable[[], AbstractAsyncContextManager[Discord]]


@pytest.fixture
def arxiv() -> Iterator[Arxiv]:
    with arxiv_of(paper("2611.00200", MON, "cs.CL")) as fake:
        yield fake


@pytest.fixture
async def room(store: Store, arxiv: Arxiv) -> AsyncIterator[Newsroom]:
    async with newsroom(store, arxiv, moment(MON, "08:00")) as room:
        yield room


@pytest.fixture
def unserved() -> set[str]:
    """Return the keys of servers that the bot does not serve, to be added to."""
    return set()


@pytest.fixture
def serve(fake: DiscordFake, room: Newsroom, unserved: set[str]) -> Serve:
    """Return what runs the bot with these commands on the fake."""
    store = room.store

    def dispatcher(discord: Discord) -> Dispatcher:
        async def resolve(platform: str, name: str) -> str:
            return (await discord.find(name)).key

        async def serves(request: Request) -> bool:
            return request.scope not in unserved

        async def community(address: Address) -> str | None:
            return await discord.community(address.chat)

        async def recent(address: Address, prefix: str) -> list[Choice]:
            return [("2611.00200", "A paper")]

        subscriptions = SubscriptionCommands(
            subscriptions=room.subscriptions,
            choices=Choices(store),
            followed=room.followed,
            phrases=Phrases(store),
            aim=Aim(
                resolve=resolve,
                manages=discord.manages,
                serves=serves,
                phrases=Phrases(store),
                community=community,
            ),
            ended=Ended(store),
            heard=room.announcements.heard,
            zone=Zone("Europe/Berlin"),
            limit=30,
            revive=room.outbox.revive,
            permits=discord,
            clock=room.clock,
        )
        settings = SettingsCommands(
            languages=ChatLanguages(store),
            choices=Choices(store),
            subscriptions=room.subscriptions,
            zone=Zone("Europe/Berlin"),
            permits=discord,
            clock=room.clock,
        )
        editions = EditionCommands(
            editor=room.editor,
            subscriptions=room.subscriptions,
            matched=Matched(store),
            phrases=Phrases(store),
            access=Access(store, []),
            clock=room.clock,
        )
        completers = {PaperId: recent, FollowedText: subscriptions.suggest}
        return Dispatcher(
            Registry([subscriptions, MuteCommands(room.shown), settings, editions], completers),
            ChatLanguages(store),
            Open(),
        )

    @asynccontextmanager
    async def served() -> AsyncIterator[Discord]:
        async with serving(fake, Desk(), dispatcher=dispatcher) as discord:
            yield discord

    return served


def joined(fake: DiscordFake, *permissions: int) -> tuple[Channel, Guild, User]:
    """Return a channel, and a member with these permissions on the server."""
    channel, _ = fake.lab()
    person = fake.world.user("bea")
    assert channel.guild
    fake.world.join(channel.guild, person, *permissions)
    return channel, channel.guild, person


async def test_what_the_chat_follows_is_offered_to_end_it(fake: DiscordFake, serve: Serve) -> None:
    channel, guild, bea = joined(fake, MANAGE_GUILD)
    query = "ti:(" + " OR ".join(f"retrieval{i}" for i in range(12)) + ")"
    async with serve():
        assert await fake.autocomplete(channel, bea, "unsubscribe", topic="").suggestions() == []
        for wish in ("RAG", "agents", query):
            await fake.slash(channel, bea, "subscribe", wish=wish).reply()
        for name in ("unsubscribe", "pause", "resume"):
            offered = await fake.autocomplete(channel, bea, name, topic="").suggestions()
            assert set(offered) >= {"rag", "agents"}
            assert offered[-1] == "all"
            assert len(offered) == 4
        assert await fake.autocomplete(channel, bea, "pause", topic="retrieval-aug").suggestions() == ["rag"]
        assert await fake.autocomplete(channel, bea, "pause", topic="zzz").suggestions() == []
        other = fake.world.channel(guild)
        assert await fake.autocomplete(other, bea, "pause", topic="").suggestions() == []
        (name,) = set(offered) - {"rag", "agents", "all"}
        ended = await fake.slash(channel, bea, "unsubscribe", topic=name).reply()
    assert "retrieval11" in ended.text


@pytest.mark.parametrize(
    ("setting", "typed", "expected"),
    [
        ("zone", "", "UTC"),
        ("zone", "kathm", "Asia/Kathmandu"),
        ("zone", "上海", "Asia/Shanghai"),
        ("language", "germ", "de"),
        ("language", "", "en"),
        ("time", "", "06:00"),
        ("time", "18", "18:00"),
        ("papers", "", "3"),
        ("detail", "b", "brief"),
        ("quiet", "", "on"),
        ("place", "thr", "thread"),
        ("role", "", "off"),
    ],
)
async def test_values_of_the_chosen_setting_are_offered(
    fake: DiscordFake, serve: Serve, setting: str, typed: str, expected: str
) -> None:
    channel, _, bea = joined(fake, MANAGE_GUILD)
    async with serve():
        asked = fake.autocomplete(channel, bea, "settings", setting=setting, value=typed)
        offered = await asked.suggestions()
        assert expected in offered[:8]
        assert 1 <= len(offered) <= 25
        assert await fake.autocomplete(channel, bea, "settings", value="x").suggestions() == []


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("ra", "rag"),
        ("", "llm"),
        ("RAG at 09:00 in Kathm", "RAG at 09:00 in Asia/Kathmandu"),
        ("RAG at 9 in ", "RAG at 9 in UTC"),
        ("RAG language Germ", "RAG language de"),
    ],
)
async def test_a_wish_is_completed_as_far_as_its_words_are_known(
    fake: DiscordFake, serve: Serve, typed: str, expected: str
) -> None:
    channel, _, bea = joined(fake, MANAGE_GUILD)
    async with serve():
        offered = await fake.autocomplete(channel, bea, "subscribe", wish=typed).suggestions()
    assert expected in offered
    assert len(offered) <= 25


async def test_all_that_can_be_completed_is_said_to_be(fake: DiscordFake, serve: Serve) -> None:
    async with serve():
        await fake.ready()
    said = {
        (command["name"], option["name"]): bool(option.get("autocomplete") or option.get("choices"))
        for command in fake.rest.commands
        for option in command.get("options", ())
        if option["type"] == 3
    }
    assert {place for place, offered in said.items() if not offered} == {("mute", "words")}


@pytest.mark.parametrize(
    ("denied", "lacking"),
    [
        (SEND_MESSAGES, "Send Messages"),
        (EMBED_LINKS, "Embed Links"),
        (VIEW_CHANNEL, "View Channel"),
        (SEND_MESSAGES | EMBED_LINKS, "Send Messages, Embed Links"),
    ],
)
@pytest.mark.parametrize("locale", ["en-US", "zh-CN"])
async def test_what_the_bot_lacks_in_the_channel_that_is_meant_is_named_when_subscribing(
    fake: DiscordFake, serve: Serve, room: Newsroom, denied: int, lacking: str, locale: str
) -> None:
    channel, guild, bea = joined(fake, MANAGE_GUILD)
    target = fake.world.channel(guild, "news", Overwrite(fake.world.bot.id, deny=denied))
    async with serve():
        wish = f"RAG for <#{target.id}>"
        reply = await fake.slash(channel, bea, "subscribe", wish=wish, locale=locale).reply()
        assert reply.ephemeral
        assert reply.content.startswith(
            f"There I lack {lacking};" if locale == "en-US" else "我在那里缺少权限"
        )
        assert await room.subscriptions.of(f"discord:{target.id}") == []
        target.overwrites.clear()
        await fake.slash(channel, bea, "subscribe", wish=wish).reply()
        assert len(await room.subscriptions.of(f"discord:{target.id}")) == 1


async def test_who_may_subscribe_is_looked_up_in_the_channel_that_is_meant(
    fake: DiscordFake, serve: Serve, room: Newsroom
) -> None:
    channel, guild, bea = joined(fake)
    channel.overwrites.append(Overwrite(bea.id, allow=MANAGE_CHANNELS))
    target = fake.world.channel(guild, "news")
    async with serve():
        assert not (await fake.slash(channel, bea, "subscribe", wish="RAG").reply()).ephemeral
        refused = await fake.slash(channel, bea, "subscribe", wish=f"RAG for <#{target.id}>").reply()
        assert refused.content.startswith("That takes the permission Manage Channels or Manage Server in ")
        target.overwrites.append(Overwrite(bea.id, allow=MANAGE_CHANNELS))
        await fake.slash(channel, bea, "subscribe", wish=f"RAG for <#{target.id}>").reply()
        assert len(await room.subscriptions.of(f"discord:{target.id}")) == 1
        here = await fake.slash(fake.world.channel(guild), bea, "subscribe", wish="RAG").reply()
        assert here.content == "That takes the permission Manage Channels or Manage Server."


async def test_the_server_of_the_channel_that_is_meant_is_to_be_served_not_that_where_it_is_typed(
    fake: DiscordFake, serve: Serve, room: Newsroom, unserved: set[str]
) -> None:
    channel, _, bea = joined(fake, MANAGE_GUILD)
    elsewhere = fake.world.guild("Elsewhere")
    fake.world.join(elsewhere, bea, MANAGE_GUILD)
    target = fake.world.channel(elsewhere, "news")
    unserved.add(f"discord:guild:{elsewhere.id}")
    async with serve():
        for command in (
            {"name": "subscribe", "wish": f"RAG for <#{target.id}>"},
            {"name": "subscriptions", "chat": f"<#{target.id}>"},
        ):
            refused = await fake.slash(channel, bea, **command).reply()  # type: ignore[arg-type]
            assert refused.ephemeral
            assert refused.content.startswith("This bot serves the chats that its owner has allowed")
        assert await room.subscriptions.of(f"discord:{target.id}") == []
        unserved.clear()
        unserved.add(f"discord:guild:{channel.guild and channel.guild.id}")
        said = await fake.slash(channel, bea, "subscribe", wish=f"RAG for <#{target.id}>").reply()
        assert said.content.startswith(f"<#{target.id}> follows")  # which Discord shows by its name
        (one,) = await room.subscriptions.of(f"discord:{target.id}")
        listed = await fake.slash(channel, bea, "subscriptions", chat=f"<#{target.id}>").reply()
    assert Wish.from_json(one.data).scope == f"discord:guild:{elsewhere.id}"
    assert "Retrieval-augmented generation" in listed.text


@pytest.mark.parametrize(
    ("shown", "said"),
    [
        ("none", "I cannot see a chat"),
        ("closed", "There I lack View Channel"),
        ("foreign", "There I lack View Channel"),
    ],
)
async def test_a_channel_that_the_bot_does_not_see_is_said_to_be_one(
    fake: DiscordFake, serve: Serve, shown: str, said: str
) -> None:
    """Also to those who manage it: Discord tells the bot nothing of who they are."""
    channel, guild, bea = joined(fake, MANAGE_GUILD)
    closed = fake.world.channel(guild, "closed", Overwrite(fake.world.bot.id, deny=VIEW_CHANNEL))
    other = fake.world.guild("Elsewhere")
    del other.members[fake.world.bot.id]
    meant = {"none": 12345, "closed": closed.id, "foreign": fake.world.channel(other).id}[shown]
    async with serve():
        refused = await fake.slash(channel, bea, "subscribe", wish=f"RAG for <#{meant}>").reply()
    assert refused.ephemeral
    assert refused.content.startswith(said)


async def test_a_locked_thread_takes_no_editions_of_a_bot_that_may_not_open_it(
    fake: DiscordFake, serve: Serve, room: Newsroom
) -> None:
    channel, _, bea = joined(fake, MANAGE_GUILD)
    thread = fake.world.thread(channel)
    async with serve():
        thread.locked = True
        refused = await fake.slash(thread, bea, "subscribe", wish="RAG").reply()
        assert refused.content.startswith("There I lack Manage Threads;")
        thread.locked = False
        assert not (await fake.slash(thread, bea, "subscribe", wish="RAG").reply()).ephemeral


@pytest.mark.parametrize(("kind", "held"), [(0, True), (2, True), (13, True), (4, False)])
async def test_what_holds_no_messages_takes_no_editions(
    fake: DiscordFake, serve: Serve, room: Newsroom, kind: int, held: bool
) -> None:
    """A category; voice channels have a chat."""
    channel, guild, bea = joined(fake, MANAGE_GUILD)
    target = fake.world.channel(guild, "target", kind=kind)
    async with serve():
        reply = await fake.slash(channel, bea, "subscribe", wish=f"RAG for <#{target.id}>").reply()
    assert bool(await room.subscriptions.of(f"discord:{target.id}")) is held
    assert reply.ephemeral is not held
    assert held or "Nothing can be sent to" in reply.content


async def test_the_panel_of_a_server_has_threads_and_roles(fake: DiscordFake, serve: Serve) -> None:
    channel, _, bea = joined(fake, MANAGE_GUILD)
    direct = fake.world.direct(bea)
    async with serve():
        panel = await fake.slash(channel, bea, "settings").reply()
        assert {"~/settings place", "~/settings role"} <= set(panel.custom_ids)
        assert "**Where editions stand**: among the messages" in panel.content
        assert await fake.press(panel, "~/settings place", bea).reply() is panel
        assert await fake.press(panel, "~/settings place thread", bea).reply() is panel
        assert "**Where editions stand**: in a thread of their own" in panel.content
        alone = await fake.slash(direct, bea, "settings").reply()
        assert not {"~/settings place", "~/settings role"} & set(alone.custom_ids)
        assert "Where editions stand" not in alone.content
        refused = await fake.slash(direct, bea, "settings", setting="place", value="thread").reply()
        assert "thread" not in refused.content.replace("`", "") or refused.ephemeral


async def habits(room: Newsroom, channel: int) -> Habits:
    return Habits.from_json(await Choices(room.store).get(f"discord:{channel}"))


async def test_a_role_is_mentioned_if_the_person_may_and_the_bot_can(
    fake: DiscordFake, serve: Serve, room: Newsroom
) -> None:
    channel, guild, bea = joined(fake, MANAGE_CHANNELS)
    cleo = fake.world.user("cleo")
    fake.world.join(guild, cleo, MANAGE_CHANNELS | MANAGE_ROLES)
    closed, free = (fake.world.role(guild, mentionable=open_) for open_ in (False, True))

    async with serve():

        async def tries(person: User, value: str) -> str:
            asked = fake.slash(channel, person, "settings", setting="role", value=value)
            return (await asked.reply()).content.replace("\\", "")

        assert "Manage Roles" in await tries(bea, f"<@&{closed}>")
        assert MENTION in await tries(cleo, f"<@&{closed}>")  # the bot is not permitted
        assert "is no role" in await tries(cleo, "<@&12345>")
        assert "is no role" in await tries(cleo, f"<@&{guild.id}>")  # everybody
        assert "is no role" in await tries(cleo, "@everyone")
        assert (await habits(room, channel.id)).role == ""
        assert "Who is mentioned**: a role of the server" in await tries(bea, f"<@&{free}>")
        assert (await habits(room, channel.id)).role == str(free)
        fake.fail("GET", "/channels/", 500, times=9)
        assert "Manage Roles" in await tries(bea, f"<@&{free}>")
        fake.rest.faults.clear()
        await tries(bea, "off")
        assert (await habits(room, channel.id)).role == ""


async def test_threads_are_set_only_where_the_bot_can_begin_them(
    fake: DiscordFake, serve: Serve, room: Newsroom
) -> None:
    channel, _, bea = joined(fake, MANAGE_GUILD)
    channel.overwrites.append(Overwrite(fake.world.bot.id, deny=CREATE_PUBLIC_THREADS))
    async with serve():
        refused = await fake.slash(channel, bea, "settings", setting="place", value="thread").reply()
        assert "Create Public Threads" in refused.content
        channel.overwrites.clear()
        await fake.slash(channel, bea, "settings", setting="place", value="thread").reply()
    assert (await habits(room, channel.id)).thread


async def test_an_edition_is_frozen_with_where_it_is_to_stand(
    fake: DiscordFake, serve: Serve, room: Newsroom
) -> None:
    channel, guild, bea = joined(fake, MANAGE_GUILD)
    role = fake.world.role(guild, mentionable=True)
    async with serve() as discord:
        room.platforms["discord"] = discord
        for setting, value in (("place", "thread"), ("role", f"<@&{role}>")):
            await fake.slash(channel, bea, "settings", setting=setting, value=value).reply()
        await room.access.allow(f"discord:guild:{guild.id}")
        assert await room.subscriptions.of(f"discord:{channel.id}") == []
        await fake.slash(channel, bea, "subscribe", wish="all:paper OR cat:cs.CL").reply()
        room.at(moment(MON, "20:30"))
        await room.world.reader.tick(room.moment())
        await room.release()
        for claim in await room.claims():
            await room.desk.prepare(claim)
        taken = await room.outbox.take("discord", room.now, 9)
    assert taken
    first = json.loads((await room.outbox.messages(taken[0].content))[0])
    assert first["edition"]["role"] == str(role)
    assert first["edition"]["thread"] is True
    assert first["content"].startswith(f"<@&{role}> **")
