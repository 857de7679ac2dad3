"""Interactions that lack what is optional, or come with ids and clocks that say nothing about time."""

from __future__ import annotations

import itertools
import json
from typing import Any

import pytest

from bot.chat.command import Command
from bot.chat.request import Request
from bot.errors import Refused
from bot.platforms.discord.asked import Asked
from tests.fakes.discord import DiscordFake
from tests.fakes.discord_interactions import REPLY
from tests.platforms.discord.desk import Desk, Drawer, begun, serving, settled

_DOCUMENTED = {"id", "application_id", "type", "data", "guild_id", "channel_id", "member", "user", "token"}


def _bare(payload: dict[str, Any]) -> None:
    """Leave what an interaction cannot do without."""
    for name in payload.keys() - _DOCUMENTED:
        del payload[name]


class Closed:
    """A guard that lets nobody in."""

    async def check(self, request: Request, command: Command) -> None:
        raise Refused("not_listed")


async def test_nothing_is_suggested_to_whom_the_guard_refuses(fake: DiscordFake, desk: Desk) -> None:
    channel, ada = fake.lab()
    async with serving(fake, desk, guard=Closed()):
        assert await fake.autocomplete(channel, ada, "summarize", paper="4").suggestions() == []


@pytest.mark.parametrize("private", [False, True])
async def test_an_interaction_of_the_fewest_fields_is_answered(
    fake: DiscordFake, desk: Desk, private: bool
) -> None:
    channel, ada = fake.lab()
    place = fake.world.direct() if private else channel
    fake.rewrite = _bare
    async with serving(fake, desk):
        card = await fake.slash(place, ada, "summarize", paper="7").reply()
        assert (await fake.press(card, card.custom_ids[0], ada).reply()).embeds
        assert await fake.autocomplete(place, ada, "summarize", paper="4").suggestions()
    assert {request.address.key for request in desk.seen} == {f"discord:{place.id}"}
    assert {request.private for request in desk.seen} == {private}
    assert fake.gateway.count(2) == 1


async def test_a_channel_without_its_optional_fields_is_no_obstacle(fake: DiscordFake, desk: Desk) -> None:
    def lessen(payload: dict[str, Any]) -> None:
        del payload["attachment_size_limit"]
        payload["channel"] = {key: payload["channel"][key] for key in ("id", "type")}

    channel, ada = fake.lab()
    fake.rewrite = lessen
    async with serving(fake, desk):
        await fake.slash(channel, ada, "summarize", paper="7").reply()
    assert [request.address.chat for request in desk.seen] == [str(channel.id)]


@pytest.mark.parametrize("kept", [(), ("id", "type"), ("id", "type", "parent_id")])
async def test_a_thread_belongs_to_its_channel_however_it_is_told(
    fake: DiscordFake, desk: Desk, kept: tuple[str, ...]
) -> None:
    def lessen(payload: dict[str, Any]) -> None:
        payload["channel"] = {key: payload["channel"][key] for key in kept}

    channel, ada = fake.lab()
    thread = fake.world.thread(channel)
    fake.rewrite = lessen
    async with serving(fake, desk):
        # What comes after GUILD_CREATE can count on the threads that it told of.
        (session,) = fake.gateway.sessions.values()
        await fake.until(lambda: [event["t"] for event in session.events][1:] == ["GUILD_CREATE"])
        await fake.slash(thread, ada, "summarize", paper="7").reply()
    (request,) = desk.seen
    assert (request.address.chat, request.address.thread) == (str(channel.id), str(thread.id))


@pytest.mark.parametrize("off", [-14 * 60, 14 * 60, 10 * 365 * 86_400])
@pytest.mark.parametrize("patience", [0, 5])
async def test_neither_ids_nor_clocks_decide_whether_an_answer_is_in_time(
    fake: DiscordFake, desk: Desk, off: float, patience: float
) -> None:
    channel, ada = fake.lab()
    fake.interactions.number = itertools.count(1002).__next__
    desk.gate.set()
    async with serving(fake, desk, patience=patience, clock=lambda: fake.world.now() + off):
        public = await fake.slash(channel, ada, "slow", how="long").answered(4)
        refused = fake.slash(channel, ada, "summarize", paper="no number")
        assert (await refused.reply()).ephemeral
    assert fake.messages(channel) == public
    assert not fake.requests("POST", "/channels/")


@pytest.mark.parametrize("off", [0, 14 * 60, 3600])
async def test_a_run_that_comes_later_answers_by_the_token_too(
    fake: DiscordFake, desk: Desk, off: float
) -> None:
    channel, ada = fake.lab()
    inbox, later = Drawer(), Desk()
    fake.interactions.number = itertools.count(1002).__next__
    async with serving(fake, desk, inbox=inbox):
        asked = fake.slash(channel, ada, "slow", how="private")
        await begun(desk)
    inbox.restart()
    later.gate.set()
    fake.fail("GET", "@original$", "drop", times=5)
    fake.fail("POST", "/callback", 500)
    async with serving(fake, later, inbox=inbox, clock=lambda: fake.world.now() + off):
        assert (await asked.reply()).ephemeral
    assert asked.acknowledged == REPLY


async def test_what_an_older_version_kept_is_answered(fake: DiscordFake, desk: Desk) -> None:
    channel, ada = fake.lab()
    inbox, later = Drawer(), Desk()
    async with serving(fake, desk, inbox=inbox):
        asked = fake.slash(channel, ada, "slow")
        await begun(desk)
    ((key, payload),) = inbox.open.items()
    kept = json.loads(payload)
    assert kept.pop("received") == pytest.approx(fake.world.now(), abs=60)
    inbox.open[key] = json.dumps(kept)
    inbox.restart()
    later.gate.set()
    async with serving(fake, later, inbox=inbox):
        assert (await asked.reply()).content == "public"


async def test_a_discord_that_fails_for_a_quarter_of_an_hour_is_answered_in_the_channel(
    fake: DiscordFake, desk: Desk
) -> None:
    channel, ada = fake.lab()
    inbox, hours = Drawer(), itertools.count(0, 3600)
    fake.fail("POST", "/callback", "cloudflare", times=99)
    desk.gate.set()
    async with serving(fake, desk, inbox=inbox, ticks=lambda: float(next(hours))):
        fake.slash(channel, ada, "slow")
        await fake.until(lambda: fake.messages(channel))
        await settled(inbox)
    assert len(fake.messages(channel)) == 1


def test_what_is_asked_survives_the_inbox() -> None:
    asked = Asked(1, "t", 2, "slow", {"how": "long"}, "3", "4", "5", "Ada", True, False, "de", "6", 7.5)
    assert Asked.from_json(asked.to_json()) == asked
