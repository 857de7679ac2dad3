"""The real discord.py against the fake: what people do, and what they see."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from typing import Annotated

import pytest

from bot.chat.command import Arg, command
from bot.chat.reply import Card, Reply, say
from bot.chat.request import Address, Request
from bot.language import Language
from tests.fakes.discord import DiscordFake
from tests.fakes.discord_interactions import DEFER, REPLY
from tests.fakes.discord_world import EMBED_LINKS, MANAGE_GUILD, ORDINARY, Overwrite
from tests.platforms.discord.desk import LONG, Desk, Drawer, hurried, serving


async def test_a_command_is_answered_at_once_and_in_public(fake: DiscordFake, desk: Desk) -> None:
    channel, ada = fake.lab()
    async with serving(fake, desk):
        asked = fake.slash(channel, ada, "summarize", paper="7")
        reply = await asked.reply()
    assert asked.acknowledged == REPLY
    assert not reply.ephemeral
    assert reply.embeds[0]["title"] == "Paper 7"
    assert reply.embeds[0]["url"] == "https://arxiv.org/abs/7"
    assert reply.embeds[0]["description"] == "Ada\n\nIn en."
    assert fake.messages(channel) == [reply]


async def test_the_request_says_who_asks_where(fake: DiscordFake, desk: Desk) -> None:
    channel, ada = fake.lab()
    assert channel.guild
    mod = fake.world.user("mod")
    fake.world.join(channel.guild, mod, MANAGE_GUILD)
    thread, direct = fake.world.thread(channel), fake.world.direct()
    async with serving(fake, desk):
        await fake.slash(channel, ada, "summarize", paper="1", locale="zh-CN").reply()
        await fake.slash(thread, mod, "summarize", paper="2", language="de", locale="xx").reply()
        await fake.slash(direct, ada, "summarize", paper="3").reply()
    first, second, third = desk.seen
    assert (first.address.chat, first.address.thread) == (str(channel.id), None)
    assert (first.actor.id, first.actor.name, first.actor.manages) == (str(ada.id), "Ada", False)
    assert first.aside  # it can be answered alone
    assert (first.hint, first.language, first.private) == (Language("zh-Hans"),) * 2 + (False,)
    assert (second.address.chat, second.address.thread) == (str(channel.id), str(thread.id))
    assert (second.actor.manages, second.hint) == (True, None)
    assert second.call.arguments == {"paper": "2", "language": "de"}
    assert (third.private, third.actor.manages) == (True, True)


@pytest.mark.parametrize("locale", ["en-US", "zh-CN"])
async def test_mistakes_are_for_the_person_alone(fake: DiscordFake, desk: Desk, locale: str) -> None:
    channel, ada = fake.lab()
    async with serving(fake, desk):
        reply = await fake.slash(channel, ada, "summarize", paper="x @everyone", locale=locale).reply()
    assert reply.ephemeral
    assert "`x @everyone`" in reply.content
    assert fake.messages(channel) == []


async def test_a_private_reply_is_private(fake: DiscordFake, desk: Desk) -> None:
    channel, ada = fake.lab()
    async with serving(fake, desk):
        assert (await fake.slash(channel, ada, "secret").reply()).ephemeral


async def test_long_work_is_deferred_and_then_answered(fake: DiscordFake, desk: Desk) -> None:
    channel, ada = fake.lab()
    async with serving(fake, desk, patience=0):
        asked = fake.slash(channel, ada, "slow", how="public", times=2)
        assert await asked.acknowledgement() == DEFER
        desk.gate.set()
        reply = await asked.reply()
    assert reply is asked.original
    assert reply.content == "public public"
    assert len(fake.requests("POST", "callback")) == 1


@pytest.mark.parametrize("how", ["private", "wrong"])
async def test_what_turns_out_private_replaces_the_deferral(fake: DiscordFake, desk: Desk, how: str) -> None:
    channel, ada = fake.lab()
    async with serving(fake, desk, patience=0):
        asked = fake.slash(channel, ada, "slow", how=how)
        assert await asked.acknowledgement() == DEFER
        desk.gate.set()
        reply = await asked.reply()
    assert reply.ephemeral
    assert asked.original
    assert asked.original.deleted
    assert fake.messages(channel) == []


@pytest.mark.parametrize("patience", [0, 5])
async def test_a_long_reply_comes_whole_and_in_order(fake: DiscordFake, desk: Desk, patience: float) -> None:
    channel, ada = fake.lab()
    desk.gate.set()
    async with serving(fake, desk, patience=patience):
        parts = await fake.slash(channel, ada, "slow", how="long").answered(4)
    assert " ".join(m.text for m in parts).split() == LONG.split()


async def test_a_button_types_a_command_and_keeps_working_after_a_restart(
    fake: DiscordFake, desk: Desk
) -> None:
    channel, ada = fake.lab()
    async with serving(fake, desk):
        card = await fake.slash(channel, ada, "summarize", paper="7").reply()
    first, second = card.custom_ids
    assert first == "summarize 7"
    async with serving(fake, desk):
        for custom_id in (first, second):
            reply = await fake.press(card, custom_id, ada).reply()
            assert reply.embeds[0]["title"] == "Paper 7"
            assert reply is not card


@pytest.mark.parametrize("custom_id", ["gone 1", "\x00\u202e", "summarize", "summarize x" * 9])
async def test_buttons_that_mean_nothing_get_a_polite_answer(
    fake: DiscordFake, desk: Desk, custom_id: str
) -> None:
    channel, ada = fake.lab()
    async with serving(fake, desk):
        card = await fake.slash(channel, ada, "summarize", paper="7").reply()
        reply = await fake.press(card, custom_id, ada, there=False).reply()
    assert reply.ephemeral
    assert len(reply.content) > 10


async def test_a_command_that_is_no_more_gets_a_polite_answer(fake: DiscordFake, desk: Desk) -> None:
    channel, ada = fake.lab()
    async with serving(fake, desk):
        reply = await fake.slash(channel, ada, "sumarize", known=False, paper="7").reply()
    assert reply.ephemeral
    assert "`/summarize`" in reply.content


async def test_what_is_typed_is_completed(fake: DiscordFake, desk: Desk) -> None:
    channel, ada = fake.lab()
    async with serving(fake, desk):
        assert await fake.autocomplete(channel, ada, "summarize", paper="4").suggestions() == [
            "41",
            "42",
            "43",
        ]
        german = await fake.autocomplete(channel, ada, "summarize", paper="4", language="ger").suggestions()
        assert german == ["de"]
        nothing = await fake.autocomplete(channel, ada, "summarize", paper="1", language="?!").suggestions()
        assert nothing == []


async def test_a_reply_is_sent_unasked(fake: DiscordFake, desk: Desk) -> None:
    channel, _ = fake.lab()
    thread = fake.world.thread(channel)
    async with serving(fake, desk) as discord:
        ids = await discord.send(Address("discord", str(channel.id)), say(LONG))
        (there,) = await discord.send(Address("discord", str(channel.id), str(thread.id)), say("here"))
        again = await discord.send(Address("discord", str(channel.id)), say(LONG))
        (other,) = await discord.send(
            Address("discord", str(channel.id), str(thread.id)), say("here"), key="2"
        )
    assert [str(m.id) for m in fake.messages(channel)] == list(ids) == list(again)
    assert [str(m.id) for m in fake.messages(thread)] == [there, other]
    posted = fake.requests("POST", "/messages$")[0].body
    assert posted["allowed_mentions"]["parse"] == []
    assert len(posted["nonce"]) <= 25


async def test_where_embeds_are_forbidden_a_card_comes_as_text(fake: DiscordFake, desk: Desk) -> None:
    channel, _ = fake.lab()
    assert channel.guild
    channel.overwrites.append(Overwrite(channel.guild.id, deny=EMBED_LINKS))
    assert fake.world.permissions(fake.world.bot.id, channel) == ORDINARY & ~EMBED_LINKS
    async with serving(fake, desk) as discord:
        card = Reply((Card("A title", "https://arxiv.org/abs/7", ()),))
        await discord.send(Address("discord", str(channel.id)), card)
    (message,) = fake.messages(channel)
    assert message.content == "### [A title](https://arxiv.org/abs/7)"


async def test_commands_are_written_only_when_they_changed(fake: DiscordFake, desk: Desk) -> None:
    channel, ada = fake.lab()
    for _ in range(2):
        async with serving(fake, desk):
            await fake.slash(channel, ada, "secret").reply()
            await fake.until(lambda: fake.requests("GET", "/commands$"))
    assert len(fake.requests("PUT", "/commands$")) == 1
    fake.rest.commands[0]["description"] = "an older one"
    async with serving(fake, desk):
        await fake.until(lambda: len(fake.requests("PUT", "/commands$")) == 2)


async def test_no_privileged_intents_and_no_mentions_anywhere(fake: DiscordFake, desk: Desk) -> None:
    async with serving(fake, desk):
        pass
    (identified,) = [p["d"] for p in fake.gateway.received if p["op"] == 2]
    assert identified["intents"] == 1 | 1 << 9 | 1 << 12  # guilds, messages there, private messages


async def test_every_shard_serves(fake: DiscordFake, desk: Desk) -> None:
    fake.rest.shards = 2
    channel, ada = fake.lab()
    async with serving(fake, desk):
        await fake.until(lambda: len(fake.gateway.connected) == 2)
        await fake.slash(channel, ada, "secret").reply()
    assert {s.shard for s in fake.gateway.sessions.values()} == {(0, 2), (1, 2)}


async def test_everything_answered_is_out_of_the_inbox(fake: DiscordFake, desk: Desk) -> None:
    channel, ada = fake.lab()
    inbox = Drawer()
    async with serving(fake, desk, inbox=inbox):
        await fake.slash(channel, ada, "long").answered(4)
        await fake.slash(channel, ada, "secret").reply()
        async with asyncio.timeout(10):
            while inbox.open:
                await hurried(1)


class Odd(str):
    """What completion has too much of, or fails at."""

    @classmethod
    def complete_with(cls, prefix: str, others: Mapping[str, str]) -> Sequence[tuple[str, str]]:
        if others.get("how") == "broken":
            raise KeyError(prefix)
        offered = [(f"{prefix}{number}", "shown " * 30) for number in range(40)]
        return [("x" * 101, "too long"), (" ", "blank"), *offered]


class Typist:
    """A command with such an argument."""

    @command("odd")
    async def odd(
        self,
        request: Request,
        *,
        how: Annotated[str, Arg("how it is", ("broken", "plenty"))],
        value: Annotated[Odd, Arg("what to complete")],
    ) -> Reply:
        """Be odd."""
        return say(value)


@pytest.mark.parametrize(("how", "offered"), [("broken", 0), ("plenty", 23)])
async def test_completion_never_fails_and_keeps_to_the_limits(
    fake: DiscordFake, desk: Desk, how: str, offered: int
) -> None:
    channel, ada = fake.lab()
    async with serving(fake, desk, author=Typist()):
        asked = fake.autocomplete(channel, ada, "odd", how=how, value="a")
        assert await asked.suggestions() == [f"a{number}" for number in range(offered)]
    assert all(len(choice["name"]) <= 100 for choice in asked.choices or ())
