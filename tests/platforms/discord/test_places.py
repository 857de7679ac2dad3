"""Editions as messages, in threads, in forums and announcement channels: where they stand, and that they come once."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator

import pytest

from bot.chat.platform import MemoryInbox, Standing
from bot.chat.reply import Button, Buttons, Card, Heading, Paragraph, Reply
from bot.chat.request import Address
from bot.chat.text import text
from bot.editions.deliver import Deliverer
from bot.errors import Ambiguous, Forbidden, RetryAfter
from bot.platforms.discord.adapter import Discord
from bot.platforms.discord.permissions import MENTION
from bot.store.client import Store
from bot.store.outbox import Outbox
from tests.fakes.discord import TOKEN, DiscordFake
from tests.fakes.discord_rules import CROSSPOSTED
from tests.fakes.discord_world import (
    ANNOUNCEMENT,
    ANNOUNCEMENT_THREAD,
    CREATE_PUBLIC_THREADS,
    EMBED_LINKS,
    MEDIA,
    PUBLIC_THREAD,
    READ_MESSAGE_HISTORY,
    SEND_MESSAGES,
    SEND_MESSAGES_IN_THREADS,
    Channel,
    Message,
    Overwrite,
)
from tests.platforms.discord.desk import Desk, serving, where

NAME = "RAG · Fri 20 Nov 2026 · 412 announced"
LINES = Reply((Heading(text(NAME)), Paragraph(text("gist")), Buttons(((Button("1", "/summarize 7"),),))))
CARDS = Reply((Card("A title", "https://arxiv.org/abs/7", (text("Ada"),), "cs.CL"),))
SECOND = Reply((Paragraph(text("the second message")),))
PLAIN, THREAD = Standing(NAME, ("rag", "RAG")), Standing(NAME, ("rag", "RAG"), thread=True)


@pytest.fixture
async def discord(fake: DiscordFake) -> AsyncIterator[Discord]:
    """An account that only sends: nothing runs."""
    made = Discord(token=TOKEN, api_url=fake.settings()["DISCORD_API_URL"], inbox=MemoryInbox())
    yield made
    await made.close()


def edition(discord: Discord, standing: Standing, *replies: Reply) -> tuple[str, ...]:
    messages = [message for reply in replies or (LINES, SECOND) for message in discord.compose(reply)]
    return discord.placed(messages, standing)


async def send(discord: Discord, channel: Channel, messages: tuple[str, ...], key: str = "d") -> list[str]:
    """Send an edition as delivery does."""
    ids: list[str] = []
    for at, message in enumerate(messages):
        begun, slash, _ = ids[0].partition("/") if ids else ("", "", "")
        target = where(channel)
        if slash:
            target = Address(target.platform, target.chat, begun)
        ids.append(await discord.post(target, message, key=f"{key}/{at}", first=not at))
    return ids


def threads(fake: DiscordFake, channel: Channel) -> list[Channel]:
    return [c for c in fake.world.channels.values() if c.parent is channel]


def silent(messages: list[Message]) -> list[bool]:
    return [bool(message.flags & 1 << 12) for message in messages]


async def test_messages_are_what_they_were(fake: DiscordFake, discord: Discord) -> None:
    channel, _ = fake.lab()
    ids = await send(discord, channel, edition(discord, PLAIN))
    assert [str(m.id) for m in fake.messages(channel)] == ids
    assert [m.content.split("\n")[0] for m in fake.messages(channel)] == [f"### {NAME}", "the second message"]
    assert threads(fake, channel) == []
    assert all("edition" not in r.body for r in fake.requests("POST", "/messages$"))


@pytest.mark.parametrize(("kind", "made"), [(0, PUBLIC_THREAD), (ANNOUNCEMENT, ANNOUNCEMENT_THREAD)])
async def test_a_thread_stands_under_a_short_message(
    fake: DiscordFake, discord: Discord, kind: int, made: int
) -> None:
    channel, _ = fake.lab()
    channel.type = kind
    ids = await send(discord, channel, edition(discord, THREAD))
    (starter,) = fake.messages(channel)
    (thread,) = threads(fake, channel)
    assert starter.content == f"**{NAME}**"
    assert (thread.id, thread.name, thread.type, thread.archive_after) == (starter.id, NAME, made, 1440)
    assert ids[0] == f"{starter.id}/{starter.id}"
    assert [m.content.split("\n")[0] for m in fake.messages(thread)] == [f"### {NAME}", "the second message"]
    assert silent([starter, *fake.messages(thread)]) == [False, True, True]


async def test_a_long_name_is_cut_where_discord_would_refuse_it(fake: DiscordFake, discord: Discord) -> None:
    channel, _ = fake.lab()
    long = Standing("检索增强 retrieval " * 20, thread=True)
    await send(discord, channel, edition(discord, long))
    (thread,) = threads(fake, channel)
    assert 80 < len(thread.name) <= 100
    assert thread.name.endswith("…")


async def test_where_no_thread_can_be_the_messages_follow(fake: DiscordFake, discord: Discord) -> None:
    ada = fake.world.user("ada")
    direct = fake.world.direct(ada)
    await send(discord, direct, edition(discord, THREAD))
    assert len(fake.messages(direct)) == 3


async def test_without_the_permission_for_threads_nothing_stays_and_it_is_named(
    fake: DiscordFake, discord: Discord
) -> None:
    channel, _ = fake.lab()
    channel.overwrites.append(Overwrite(fake.world.bot.id, deny=CREATE_PUBLIC_THREADS))
    with pytest.raises(Forbidden) as told:
        await send(discord, channel, edition(discord, THREAD))
    assert told.value.reason == "the bot lacks Create Public Threads"
    assert fake.messages(channel) == []


@pytest.mark.parametrize("how", ["lose", "drop", 500, 503, 429, "cloudflare"])
async def test_a_thread_that_is_held_up_comes_once(
    fake: DiscordFake, discord: Discord, how: int | str
) -> None:
    channel, _ = fake.lab()
    messages = edition(discord, THREAD)
    fake.fail("POST", "/threads$", how, seconds=20 if how in (429, "cloudflare") else 0)
    with pytest.raises(Ambiguous):  # the message stands already
        await discord.post(where(channel), messages[0], key="d/0", first=True)
    if how not in (429, "cloudflare"):
        ids = await send(discord, channel, messages)
        assert len(fake.messages(channel)) == len(threads(fake, channel)) == 1
        assert len(fake.messages(threads(fake, channel)[0])) == 2
        assert ids[0].count("/") == 1


async def test_past_the_nonces_window_a_thread_is_found_or_begun(fake: DiscordFake, discord: Discord) -> None:
    channel, _ = fake.lab()
    first, *_ = edition(discord, THREAD)
    assert await discord.recall(where(channel), first, key="d/0") is None
    fake.fail("POST", "/threads$", "drop")
    with pytest.raises(Ambiguous):
        await discord.post(where(channel), first, key="d/0", first=True)
    fake.forward(600)
    for _ in range(2):  # begun, then found
        (starter,) = fake.messages(channel)
        found = await discord.recall(where(channel), first, key="d/0", since=fake.world.now() - 600)
        assert found == f"{starter.id}/{starter.id}"
    assert len(threads(fake, channel)) == 1


@pytest.mark.parametrize("kind", [15, MEDIA])
@pytest.mark.parametrize("standing", [PLAIN, THREAD])
async def test_in_a_forum_it_is_a_post(
    fake: DiscordFake, discord: Discord, kind: int, standing: Standing
) -> None:
    channel, _ = fake.lab()
    assert channel.guild
    forum = fake.world.forum(channel.guild, "LLM", "Rag", "!RAG", kind=kind)
    ids = await send(discord, forum, edition(discord, standing))
    (post,) = threads(fake, forum)
    assert (post.name, post.applied) == (NAME, [forum.tags[1]["id"]])
    said = fake.messages(post)
    assert said[0].id == post.id
    assert [m.content.split("\n")[0] for m in said][-2:] == [f"### {NAME}", "the second message"]
    assert len(said) == len(ids) == (3 if standing.thread else 2)
    assert ids[0] == f"{post.id}/{post.id}"


@pytest.mark.parametrize(
    ("tags", "required", "applied"),
    [((), False, []), (("x",), False, []), (("!m", "x", "y"), True, ["x"]), (("x", "rag"), True, ["rag"])],
)
async def test_a_required_tag_is_given(
    fake: DiscordFake, discord: Discord, tags: tuple[str, ...], required: bool, applied: list[str]
) -> None:
    channel, _ = fake.lab()
    assert channel.guild
    forum = fake.world.forum(channel.guild, *tags, required=required)
    await send(discord, forum, edition(discord, PLAIN))
    (post,) = threads(fake, forum)
    assert [tag["name"] for tag in forum.tags if tag["id"] in post.applied] == applied


async def test_a_forum_whose_tags_are_not_for_bots_says_so(fake: DiscordFake, discord: Discord) -> None:
    channel, _ = fake.lab()
    assert channel.guild
    forum = fake.world.forum(channel.guild, "!m", required=True)
    with pytest.raises(Forbidden, match="requires a tag"):
        await send(discord, forum, edition(discord, PLAIN))


@pytest.mark.parametrize("archived", [False, True])
@pytest.mark.parametrize("reply", [LINES, CARDS])
async def test_a_post_whose_answer_was_lost_is_found_again(
    fake: DiscordFake, discord: Discord, archived: bool, reply: Reply
) -> None:
    channel, _ = fake.lab()
    assert channel.guild
    forum = fake.world.forum(channel.guild)
    first, second = edition(discord, PLAIN, reply, SECOND)
    fake.fail("POST", "/threads$", "lose")
    with pytest.raises(Ambiguous):
        await discord.post(where(forum), first, key="d/0", first=True)
    (post,) = threads(fake, forum)
    if not archived:
        ids = await send(discord, forum, (first, second))
        assert ids[0] == f"{post.id}/{post.id}"
    post.archived = archived
    fake.forward(600)
    found = await discord.recall(where(forum), first, key="d/0", since=fake.world.now() - 600)
    assert found == f"{post.id}/{post.id}"
    assert await discord.recall(where(forum), first, key="d/0", since=fake.world.now()) is None
    assert threads(fake, forum) == [post]


async def test_posts_of_the_same_name_and_of_others_are_told_apart(
    fake: DiscordFake, discord: Discord
) -> None:
    channel, ada = fake.lab()
    assert channel.guild
    forum = fake.world.forum(channel.guild)
    stranger = fake.world.thread(forum, NAME)
    fake.world.say(stranger, ada, f"### {NAME}\n\ngist")
    await send(discord, forum, edition(discord, PLAIN, LINES), key="a")
    await send(discord, forum, edition(discord, PLAIN, SECOND), key="b")
    assert len(threads(fake, forum)) == 3


@pytest.mark.parametrize("path", [r"^/channels/\d+$", "/threads/active$", "/users/@me$"])
async def test_a_forum_that_cannot_be_looked_through_gets_nothing_yet(
    fake: DiscordFake, discord: Discord, path: str
) -> None:
    channel, _ = fake.lab()
    assert channel.guild
    forum = fake.world.forum(channel.guild)
    fake.fail("GET", path, 500)
    (message, *_) = edition(discord, PLAIN)
    with pytest.raises(RetryAfter):
        await discord.post(where(forum), message, key="d/0", first=True)
    assert threads(fake, forum) == []
    await discord.post(where(forum), message, key="d/0", first=True)
    assert len(threads(fake, forum)) == 1


@pytest.mark.parametrize(
    ("denied", "lacking"),
    [
        (SEND_MESSAGES, "Create Posts"),
        (EMBED_LINKS | SEND_MESSAGES, "Create Posts, Embed Links"),
        (SEND_MESSAGES_IN_THREADS | SEND_MESSAGES, "Create Posts, Send Messages in Threads"),
    ],
)
async def test_what_a_forum_lacks_is_named(
    fake: DiscordFake, discord: Discord, denied: int, lacking: str
) -> None:
    channel, _ = fake.lab()
    assert channel.guild
    forum = fake.world.forum(channel.guild)
    forum.overwrites.append(Overwrite(fake.world.bot.id, deny=denied))
    with pytest.raises(Forbidden) as told:
        await send(discord, forum, edition(discord, PLAIN, CARDS))
    assert told.value.reason == f"the bot lacks {lacking}"
    assert ", ".join(await discord.lacking(where(forum))) == (
        lacking if "Embed" in lacking or "Threads" in lacking else "Create Posts"
    )


async def test_a_forum_without_embeds_gets_the_words(fake: DiscordFake, discord: Discord) -> None:
    channel, _ = fake.lab()
    assert channel.guild
    forum = fake.world.forum(channel.guild)
    forum.overwrites.append(Overwrite(fake.world.bot.id, deny=EMBED_LINKS))
    await send(discord, forum, edition(discord, PLAIN, CARDS))
    await send(discord, forum, edition(discord, PLAIN, CARDS))
    (post,) = threads(fake, forum)
    assert fake.messages(post)[0].content == "### [A title](https://arxiv.org/abs/7)\nAda"


async def test_what_is_sent_to_an_announcement_channel_is_published_ten_an_hour(
    fake: DiscordFake, discord: Discord
) -> None:
    channel, _ = fake.lab()
    channel.type = ANNOUNCEMENT
    for number in range(7):
        await send(discord, channel, edition(discord, PLAIN), key=str(number))
    published = [bool(m.flags & CROSSPOSTED) for m in fake.messages(channel)]
    assert published == [True] * 10 + [False] * 4
    # After Discord's 429 nothing more is tried within the hour.
    assert len(fake.requests("POST", "/crosspost$")) == 11
    await discord.post(where(channel), discord.compose(SECOND)[0], key="other", first=True)  # no edition
    assert len(fake.requests("POST", "/crosspost$")) == 11


@pytest.mark.parametrize(
    ("how", "published"), [("lose", True), ("drop", True), (500, True), ("global", True), (403, False)]
)
async def test_publishing_that_fails_costs_no_edition(
    fake: DiscordFake, discord: Discord, how: int | str, published: bool
) -> None:
    """And is tried again where that may help."""
    channel, _ = fake.lab()
    channel.type = ANNOUNCEMENT
    messages = edition(discord, PLAIN)
    fake.fail("POST", "/crosspost$", how)
    first = await discord.post(where(channel), messages[0], key="d/0", first=True)
    (message,) = fake.messages(channel)
    assert bool(message.flags & CROSSPOSTED) is published
    assert await discord.post(where(channel), messages[0], key="d/0", first=True) == first
    assert message.flags & CROSSPOSTED


@pytest.mark.parametrize("kind", ["forum", "announcement"])
async def test_what_the_gateway_has_told_of_channels_is_not_asked_again(
    fake: DiscordFake, desk: Desk, kind: str
) -> None:
    channel, _ = fake.lab()
    assert channel.guild
    if kind == "forum":
        channel = fake.world.forum(channel.guild)
    else:
        channel.type = ANNOUNCEMENT
    async with serving(fake, desk) as discord:
        (session,) = fake.gateway.sessions.values()
        await fake.until(lambda: [event["t"] for event in session.events][1:] == ["GUILD_CREATE"])
        await send(discord, channel, edition(discord, PLAIN, LINES))
    asked = fake.requests("GET", r"^/channels/\d+$")
    assert len(asked) == (kind == "forum")  # for the tags that it has now
    assert len(fake.requests("POST", "/crosspost$")) == (kind == "announcement")
    assert not [r for r in fake.rest.requests if r.status == 400]


@pytest.mark.parametrize("standing", [PLAIN, THREAD])
@pytest.mark.parametrize("place", ["channel", "forum"])
@pytest.mark.parametrize("reply", [LINES, CARDS])
async def test_a_role_hears_of_an_edition_once_and_nobody_else(
    fake: DiscordFake, discord: Discord, standing: Standing, place: str, reply: Reply
) -> None:
    channel, _ = fake.lab()
    assert channel.guild
    role, other = (fake.world.role(channel.guild, mentionable=True) for _ in range(2))
    if place == "forum":
        channel = fake.world.forum(channel.guild)
    named = Standing(standing.name, thread=standing.thread, role=str(role))
    hostile = Reply((Paragraph(text(f"<@&{other}> @everyone <@1>")),))
    await send(discord, channel, edition(discord, named, reply, hostile))
    sent = [m for m in fake.world.sent if m.author is fake.world.bot]
    assert [m.mentioned for m in sent] == [[role]] + [[]] * (len(sent) - 1)
    assert sent[0].content.startswith(f"<@&{role}>")
    bodies = [r.body.get("message", r.body) for r in fake.requests("POST", "/(messages|threads)$")]
    allowed = [body["allowed_mentions"] for body in bodies if "allowed_mentions" in body]
    assert allowed[0] == {"parse": [], "roles": [str(role)]}
    assert set(map(json.dumps, allowed[1:])) == {'{"parse": []}'}


async def test_a_mention_that_leaves_no_room_stands_before(fake: DiscordFake, discord: Discord) -> None:
    channel, _ = fake.lab()
    assert channel.guild
    role = fake.world.role(channel.guild, mentionable=True)
    full = Reply((Paragraph(text("x" * 1995)),))
    await send(discord, channel, edition(discord, Standing(NAME, role=str(role)), full))
    before, edition_itself = fake.messages(channel)
    assert before.content == f"<@&{role}> **{NAME}**"
    assert len(edition_itself.content) == 1995
    assert [before.mentioned, edition_itself.mentioned] == [[role], []]


async def test_what_the_bot_lacks_is_named_before_anything_is_sent(
    fake: DiscordFake, discord: Discord
) -> None:
    channel, ada = fake.lab()
    assert channel.guild
    quiet, open_ = (fake.world.role(channel.guild, mentionable=free) for free in (False, True))
    here = where(channel)
    assert await discord.lacking(here, thread=True, role=str(open_)) == ()
    assert await discord.lacking(here, role=str(quiet)) == (MENTION,)
    channel.overwrites.append(
        Overwrite(fake.world.bot.id, deny=CREATE_PUBLIC_THREADS | SEND_MESSAGES_IN_THREADS | EMBED_LINKS)
    )
    assert await discord.lacking(here) == ("Embed Links",)
    assert await discord.lacking(here, thread=True) == (
        "Create Public Threads",
        "Send Messages in Threads",
        "Embed Links",
    )
    assert await discord.lacking(where(fake.world.thread(channel))) == (
        "Send Messages in Threads",
        "Embed Links",
    )
    assert await discord.lacking(where(fake.world.direct(ada))) == ()
    fake.fail("GET", "/guilds/", 503)
    assert await discord.lacking(here) == ()


class Nobody:
    """Nobody to be told of chats."""

    def __init__(self) -> None:
        self.gone: list[tuple[str, str]] = []

    async def lost(self, address: str, reason: str) -> None:
        self.gone.append((address, reason))

    async def moved(self, old: str, new: str) -> None:
        raise AssertionError


async def delivered(
    fake: DiscordFake, discord: Discord, store: Store, channel: Channel, standing: Standing
) -> str:
    """Put an edition in the outbox, and deliver until it has ended; return how."""
    outbox, chats = Outbox(store), Nobody()
    messages = edition(discord, standing)
    content = await outbox.freeze(messages)
    now = fake.world.now()
    await outbox.plan("d", f"discord:{channel.id}", content, len(messages), now=now)
    deliverer = Deliverer(outbox, discord, chats, clock=fake.world.now)
    for _ in range(40):
        if not (taken := await outbox.take("discord", fake.world.now(), 8)):
            if not await outbox.waiting("discord"):
                break
            fake.forward(2)
            continue
        for one in taken:
            await deliverer._deliver(one)
    state = await store.execute_command("HGET", "pw:out:row:d", "state")
    assert not chats.gone or state == "failed"
    return f"{state} {' '.join(reason for _, reason in chats.gone)}".strip()


@pytest.mark.parametrize("standing", [PLAIN, THREAD])
@pytest.mark.parametrize("kind", ["text", "forum", "announcement"])
@pytest.mark.parametrize("how", ["none", "lose", "drop", 500, 429])
@pytest.mark.parametrize("path", ["/threads$", "/messages$"])
async def test_whatever_fails_it_is_delivered_once(
    fake: DiscordFake,
    discord: Discord,
    store: Store,
    standing: Standing,
    kind: str,
    how: int | str,
    path: str,
) -> None:
    channel, _ = fake.lab()
    assert channel.guild
    if kind == "forum":
        channel = fake.world.forum(channel.guild, "RAG", required=True)
    elif kind == "announcement":
        channel.type = ANNOUNCEMENT
    if how != "none":
        fake.fail("POST", path, how, times=2)
    assert await delivered(fake, discord, store, channel, standing) == "sent"
    said = [m.content.split("\n")[0] for m in fake.world.sent]
    starter = [f"**{NAME}**"] if standing.thread else []
    assert said == [*starter, f"### {NAME}", "the second message"]
    assert len(threads(fake, channel)) == int(standing.thread or kind == "forum")


async def test_a_thread_that_somebody_deletes_is_no_lost_chat(
    fake: DiscordFake, discord: Discord, store: Store
) -> None:
    channel, _ = fake.lab()
    messages = edition(discord, THREAD)
    outbox, chats = Outbox(store), Nobody()
    await outbox.plan(
        "d", f"discord:{channel.id}", await outbox.freeze(messages), len(messages), now=fake.world.now()
    )
    deliverer = Deliverer(outbox, discord, chats, clock=fake.world.now)
    (one,) = await outbox.take("discord", fake.world.now(), 8)
    await deliverer._deliver(one)
    threads(fake, channel)[0].deleted = True
    (two,) = await outbox.take("discord", fake.world.now(), 8)
    await deliverer._deliver(two)
    assert await store.execute_command("HGET", "pw:out:row:d", "state") == "failed"
    assert chats.gone == []


async def test_a_missing_permission_is_why_a_chat_is_paused(
    fake: DiscordFake, discord: Discord, store: Store
) -> None:
    channel, _ = fake.lab()
    channel.overwrites.append(Overwrite(fake.world.bot.id, deny=CREATE_PUBLIC_THREADS | READ_MESSAGE_HISTORY))
    told = await delivered(fake, discord, store, channel, THREAD)
    assert told == "failed the bot lacks Create Public Threads"
