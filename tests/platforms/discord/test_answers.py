"""What goes wrong while an interaction is answered, and when a run ends in the middle."""

from __future__ import annotations

import pytest

from tests.fakes.discord import DiscordFake
from tests.fakes.discord_interactions import DEFER
from tests.platforms.discord.desk import LONG, Desk, Drawer, begun, serving, settled


async def test_an_interaction_that_comes_twice_is_answered_once(fake: DiscordFake, desk: Desk) -> None:
    channel, ada = fake.lab()
    async with serving(fake, desk):
        asked = fake.slash(channel, ada, "summarize", paper="7")
        await asked.reply()
        fake.again(asked)
        await fake.slash(channel, ada, "secret").reply()
    assert [r.call.name for r in desk.seen] == ["summarize"]
    assert len(fake.messages(channel)) == 1


@pytest.mark.parametrize("how", [500, "drop", "lose", "global"])
@pytest.mark.parametrize("patience", [0, 5])
async def test_an_answer_survives_one_failure(
    fake: DiscordFake, desk: Desk, how: int | str, patience: float
) -> None:
    channel, ada = fake.lab()
    desk.gate.set()
    fake.fail("POST", "/callback", how)
    fake.fail("PATCH", "/webhooks/", how)
    fake.fail("POST", r"/webhooks/\d+/[\w-]+$", how)
    async with serving(fake, desk, patience=patience):
        asked = fake.slash(channel, ada, "slow", how="long")
        parts = await asked.answered(4)
    if how != "lose":  # a follow-up whose reply is lost comes twice: Discord knows no nonce for it
        assert " ".join(m.text for m in parts).split() == LONG.split()


@pytest.mark.parametrize("how", ["drop", "cloudflare"])
async def test_a_private_answer_survives_several_failures(fake: DiscordFake, desk: Desk, how: str) -> None:
    channel, ada = fake.lab()
    async with serving(fake, desk, patience=0):
        asked = fake.slash(channel, ada, "slow", how="private")
        await asked.acknowledgement()
        fake.fail("DELETE", "@original$", how, times=2)
        fake.fail("POST", r"/webhooks/\d+/[\w-]+$", how, times=1 if how == "drop" else 3)
        fake.fail("GET", "@original$", how, times=2)
        desk.gate.set()
        assert (await asked.reply()).ephemeral
    assert len(asked.messages) == 1


async def test_a_part_that_stays_in_doubt_is_sent_twice_at_most(fake: DiscordFake, desk: Desk) -> None:
    channel, ada = fake.lab()
    inbox = Drawer()
    desk.gate.set()
    async with serving(fake, desk, inbox=inbox):
        fake.fail("POST", r"/webhooks/\d+/[\w-]+$", "lose", times=99)
        asked = fake.slash(channel, ada, "slow", how="long")
        await fake.until(lambda: inbox.known)
        await settled(inbox)
    assert len(asked.messages) == 1 + 3 * 2


@pytest.mark.parametrize("how", ["drop", "lose"])
async def test_a_first_answer_whose_reply_is_lost_comes_once(fake: DiscordFake, desk: Desk, how: str) -> None:
    channel, ada = fake.lab()
    fake.fail("POST", "/callback", how)
    inbox = Drawer()
    async with serving(fake, desk, inbox=inbox):
        await fake.slash(channel, ada, "summarize", paper="7").reply()
        await fake.slash(channel, ada, "secret").reply()
        await settled(inbox)
    assert len(fake.messages(channel)) == 1


async def test_when_the_deferral_was_deleted_the_answer_still_comes(fake: DiscordFake, desk: Desk) -> None:
    channel, ada = fake.lab()
    async with serving(fake, desk, patience=0):
        asked = fake.slash(channel, ada, "slow")
        assert await asked.acknowledgement() == DEFER
        assert asked.original
        asked.original.deleted = True
        desk.gate.set()
        assert (await asked.reply()).content == "public"


async def test_after_three_seconds_the_answer_is_posted_in_the_channel(fake: DiscordFake, desk: Desk) -> None:
    channel, ada = fake.lab()
    async with serving(fake, desk):
        asked = fake.slash(channel, ada, "slow", how="public")
        await begun(desk)
        fake.forward(4)
        desk.gate.set()
        await fake.until(lambda: fake.messages(channel))
    assert not asked.messages
    (message,) = fake.messages(channel)
    assert message.content == "-# `/slow public`\n\npublic"


async def test_a_job_of_twenty_minutes_is_answered_in_the_channel(fake: DiscordFake, desk: Desk) -> None:
    channel, ada = fake.lab()
    thread = fake.world.thread(channel)
    async with serving(fake, desk, patience=0):
        asked = fake.slash(thread, ada, "slow", how="public")
        await asked.acknowledgement()
        fake.forward(20 * 60)
        desk.gate.set()
        await fake.until(lambda: fake.messages(thread))
    assert len(fake.messages(thread)) == 1


async def test_a_private_answer_that_is_too_late_is_not_told_to_everybody(
    fake: DiscordFake, desk: Desk, caplog: pytest.LogCaptureFixture
) -> None:
    channel, ada = fake.lab()
    direct, inbox = fake.world.direct(), Drawer()
    async with serving(fake, desk, patience=0, inbox=inbox):
        for place in (channel, direct):
            await fake.slash(place, ada, "slow", how="private").acknowledgement()
        fake.forward(20 * 60)
        desk.gate.set()
        await fake.until(lambda: fake.messages(direct))
        await settled(inbox)
    assert not fake.messages(channel)
    assert "without its private answer" in caplog.text


async def test_a_slow_store_does_not_delay_the_deferral(fake: DiscordFake, desk: Desk) -> None:
    class Stuck(Drawer):
        async def put(self, key: str, payload: str) -> bool:
            await desk.gate.wait()
            return await super().put(key, payload)

    channel, ada = fake.lab()
    async with serving(fake, desk, inbox=Stuck(), patience=0):
        asked = fake.slash(channel, ada, "summarize", paper="7")
        assert await asked.acknowledgement() == DEFER
        desk.gate.set()
        await asked.reply()


async def test_suggestions_that_fail_are_none(fake: DiscordFake, desk: Desk) -> None:
    channel, ada = fake.lab()
    fake.fail("POST", "/callback", 403)
    async with serving(fake, desk):
        fake.autocomplete(channel, ada, "summarize", paper="4")
        assert await fake.autocomplete(channel, ada, "summarize", paper="5").suggestions()


@pytest.mark.parametrize("how", ["public", "private", "long"])
@pytest.mark.parametrize("patience", [0, 5])
async def test_what_a_run_left_is_answered_by_the_next(
    fake: DiscordFake, desk: Desk, how: str, patience: float
) -> None:
    channel, ada = fake.lab()
    inbox, later = Drawer(), Desk()
    later.gate.set()
    async with serving(fake, desk, inbox=inbox, patience=patience):
        asked = fake.slash(channel, ada, "slow", how=how)
        await begun(desk)
        if not patience:
            await asked.acknowledgement()
    inbox.restart()
    async with serving(fake, later, inbox=inbox):
        parts = await asked.answered(4 if how == "long" else 1)
        await fake.slash(channel, ada, "secret").reply()
    assert " ".join(m.text for m in parts).split() == (LONG if how == "long" else how).split()
    assert all(m.ephemeral for m in parts) is (how == "private")
    assert later.began == 1


@pytest.mark.parametrize("how", ["public", "private", "long"])
async def test_what_was_answered_is_not_answered_again(fake: DiscordFake, desk: Desk, how: str) -> None:
    class Forgetful(Drawer):
        async def done(self, key: str) -> None:
            """The process dies before it can say that all is done."""

    channel, ada = fake.lab()
    inbox, later = Forgetful(), Desk()
    later.gate.set()
    async with serving(fake, desk, inbox=inbox, patience=0):
        asked = fake.slash(channel, ada, "slow", how=how)
        await asked.acknowledgement()
        desk.gate.set()
        expected = 4 if how == "long" else 1
        await asked.answered(expected)
        await settled(inbox, {f"{asked.id}/{expected - 1}"} if how != "public" else set())
    inbox.restart()
    async with serving(fake, later, inbox=inbox):
        await begun(later)
        await fake.slash(channel, ada, "secret").reply()
        await fake.until(lambda: fake.requests("GET", "@original$"))
    assert len(asked.messages) == expected


@pytest.mark.parametrize(("patience", "away"), [(5, 10), (0, 3600)])
async def test_what_can_be_answered_no_more_is_answered_in_the_channel(
    fake: DiscordFake, desk: Desk, patience: float, away: float
) -> None:
    channel, ada = fake.lab()
    inbox = Drawer()
    async with serving(fake, desk, inbox=inbox, patience=patience):
        asked = fake.slash(channel, ada, "slow")
        await begun(desk)
        if not patience:
            await asked.acknowledgement()
    inbox.restart()
    fake.forward(away)
    desk.gate.set()
    async with serving(fake, desk, inbox=inbox):
        await fake.until(lambda: fake.messages(channel))
    assert not asked.messages


async def test_what_is_no_interaction_in_the_inbox_harms_nobody(fake: DiscordFake, desk: Desk) -> None:
    channel, ada = fake.lab()
    inbox = Drawer()
    for key, payload in (("1", ""), ("2", "[]"), ("3", "{}"), ("4", '{"id": 1}')):
        await inbox.put(key, payload)
    inbox.restart()
    async with serving(fake, desk, inbox=inbox):
        await fake.slash(channel, ada, "secret").reply()
