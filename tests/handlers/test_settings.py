"""What a chat chooses, and what becomes of what it follows."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from datetime import date, time, timedelta

import pytest

from bot.chat.reply import Buttons, Outcome
from bot.editions.desk import SPREAD
from bot.editions.options import Detail
from bot.store.client import Store
from bot.store.subscriptions import Subscription
from tests.announcements.rig import Arxiv, arxiv_of, moment, paper
from tests.editions.rig import newsroom
from tests.handlers.person import DEAF, HERE, Person

MON = date(2026, 11, 16)


@pytest.fixture
def arxiv() -> Iterator[Arxiv]:
    with arxiv_of(paper("2611.00200", MON, "cs.CL")) as fake:
        yield fake


@pytest.fixture
async def person(store: Store, arxiv: Arxiv) -> AsyncIterator[Person]:
    async with newsroom(store, arxiv, moment(MON, "08:00")) as room:
        yield Person(room)


async def test_the_panel_shows_everything_and_every_setting_has_a_button(person: Person) -> None:
    said = await person.says("/settings")
    for part in (
        "Language: English",
        "Time: as soon as the announcement is read",
        "Time zone: Europe/Berlin",
        "Papers in an edition: at most 10",
        "Detail: gist",
        "Applies to all subscriptions here.",
    ):
        assert part in said
    rows = next(block for block in person.reply.blocks if isinstance(block, Buttons)).rows
    lines = [button.command for row in rows for button in row]
    assert lines == [
        *("/settings language", "/settings time", "/settings zone", "/settings papers", "/settings detail"),
        *("/settings quiet on", "/settings figures on", "/settings cards on", "/subscriptions"),
    ]
    labels = [button.label for row in rows for button in row]
    assert labels[5:8] == [
        "✅ Say so when nothing matched",
        "⬜ Figures in deep summaries",
        "⬜ Cards for paper links",
    ]
    assert not any(label[2:] in said for label in labels[5:8])  # the button says it
    assert all(button.here for row in rows[:-1] for button in row)


@pytest.mark.parametrize("setting", ["language", "time", "zone", "papers", "detail"])
async def test_each_choice_that_is_offered_can_be_taken(person: Person, setting: str) -> None:
    await person.says(f"/settings {setting}")
    offered = [line for line in person.buttons().values() if line != "/settings"]
    assert len(offered) >= 3
    for line in offered:
        await person.says(line)
        assert person.reply.outcome is Outcome.DONE, line


async def test_what_is_followed_comes_as_it_is_set(person: Person) -> None:
    await person.says("/subscribe RAG at 09:00 in Tokyo top 5")
    await person.says("/subscribe agents")
    await person.says("/pause agents")
    for line in ("time 07:30", "zone Kathmandu", "papers 3", "detail titles", "quiet on", "language zh"):
        await person.says(f"/settings {line}")
        assert person.reply.outcome is Outcome.DONE, line
    for wish in (await person.wishes()).values():
        assert (wish.schedule.time, wish.schedule.zone.key) == (time(7, 30), "Asia/Kathmandu")
        assert (wish.top, wish.detail, wish.quiet, wish.language.tag) == (3, Detail.TITLES, True, "zh-Hans")
    paused = {one.wanted: bool(one.paused) for one in await person.room.subscriptions.of(HERE)}
    assert paused == {"rag": False, "agents": True}
    due = next(one.due for one in await person.room.subscriptions.of(HERE) if one.wanted == "rag")
    assert due is not None
    assert 0 <= due - moment(MON, "20:45").timestamp() < 60


async def test_what_is_followed_later_comes_so_too_unless_it_says_otherwise(person: Person) -> None:
    for line in ("time 07:30", "zone Tokyo", "papers 3", "detail brief", "quiet on"):
        await person.says(f"/settings {line}")
    await person.says("/subscribe RAG")
    await person.says("/subscribe agents at 9pm in Berlin top 7 gist")
    wishes = await person.wishes()
    assert (wishes["rag"].schedule.pack(), wishes["rag"].top) == ("07:30:00|Asia/Tokyo", 3)
    assert (wishes["rag"].detail, wishes["rag"].quiet) == (Detail.BRIEF, True)
    assert (wishes["agents"].schedule.pack(), wishes["agents"].top) == ("21:00:00|Europe/Berlin", 7)
    assert wishes["agents"].detail is Detail.GIST


async def test_a_time_can_be_taken_back(person: Person) -> None:
    await person.says("/subscribe RAG at 9")
    assert "as soon as the announcement is read" in await person.says("/settings time read")
    assert (await person.wishes())["rag"].schedule.time is None


@pytest.mark.parametrize(
    ("line", "mend"),
    [
        ("time 25:00", "say 09:00"),
        ("time soon", "say 09:00"),
        ("zone Atlantis", "which one?"),
        ("papers 0", "1 to 50"),
        ("papers many", "1 to 50"),
        ("detail novel", "gist | brief | titles"),
        ("quiet perhaps", "on | off"),
        ("language Klingon", "language"),
        ("colour blue", "language | time | zone"),
    ],
)
async def test_a_mistake_gets_the_mend(person: Person, line: str, mend: str) -> None:
    said = await person.says(f"/settings {line}")
    assert person.reply.outcome is Outcome.MISTAKEN
    assert mend in said


async def test_in_a_group_everybody_looks_and_those_who_manage_it_choose(person: Person) -> None:
    assert "Time zone" in await person.says("/settings", chat="-100", actor="8")
    assert "may manage this chat" in await person.says("/settings time 9", chat="-100", actor="8")
    said = await person.says("/settings time 9", chat="-100", actor="8", manages=True)
    assert "Time is set." in said


async def test_cards_that_cannot_come_are_said_to(person: Person) -> None:
    """Where Telegram tells the bot of what is meant for it alone, with the mend, for as long as that is so."""
    mend = "make me an administrator of this group"
    assert mend not in await person.says("/settings", chat=DEAF, manages=True)
    said = await person.says("/settings cards on", chat=DEAF, manages=True)
    assert "Cards for paper links is set." in said
    assert mend in said
    assert mend in await person.says("/settings", chat=DEAF)
    assert mend not in await person.says("/settings cards off", chat=DEAF, manages=True)
    assert mend not in await person.says("/settings cards on", chat="-100", manages=True)


async def test_cards_are_not_offered_where_a_bot_never_hears_of_links(person: Person) -> None:
    await person.says("/settings", platform="discord", private=True)
    assert not [line for line in person.buttons().values() if "cards" in line]
    for line in ("/settings cards", "/settings cards on"):
        assert "links that people post get no cards" in await person.says(line, platform="discord")
        assert person.reply.outcome is Outcome.MISTAKEN
    assert "cards" not in await person.says("/settings place thread", platform="discord")


CHANGES = ["papers 3", "language zh", "quiet on", "detail titles", "time 21:00", "zone Tokyo"]


@pytest.mark.parametrize("change", CHANGES)
@pytest.mark.parametrize("at", ["at 09:00 in New York", ""])
async def test_an_edition_that_is_being_prepared_comes_once_and_today(
    person: Person, change: str, at: str
) -> None:
    """Whatever is set meanwhile: in the new way, and not a day later."""
    room = person.room
    await person.says(f"/subscribe cat:cs.CL {at}")
    room.at(moment(MON, "09:00") + timedelta(seconds=SPREAD))
    await room.world.reader.tick(room.moment())
    await room.release()
    (claim,) = await room.claims()
    await person.says(f"/settings {change}")
    assert person.reply.outcome is Outcome.DONE
    await room.desk.prepare(claim)
    await room.deliver()
    assert room.got == []  # it was about what the chat no longer wants
    for _ in range(3):
        await room.tick()
    (got,) = room.got
    assert got.at == room.moment()
    assert ("2026年" in got.text) is (change == "language zh")
    (wish,) = (await person.wishes()).values()
    assert wish.since > 0
    for hours in range(1, 14):
        room.at(moment(MON, "09:30") + timedelta(hours=hours))
        await room.tick()
    assert len(room.got) == 1


@pytest.mark.parametrize("change", [*CHANGES, "time read"])
async def test_what_is_due_and_nobody_has_begun_stays_due(person: Person, change: str) -> None:
    room = person.room
    await person.says("/subscribe cat:cs.CL at 09:00 in New York")
    room.at(moment(MON, "09:00") + timedelta(seconds=SPREAD))
    await person.says(f"/settings {change}")
    await room.tick()
    assert len(room.got) == 1


async def test_what_was_planned_while_somebody_chose_is_not_planned_again(
    person: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The subscription is read, an edition is planned, and then the setting is written: over what is known by then."""
    room = person.room
    await person.says("/subscribe cat:cs.CL at 09:00 in New York")
    room.at(moment(MON, "09:00") + timedelta(seconds=SPREAD))
    read = room.subscriptions.of

    async def late(chat: str) -> list[Subscription]:
        found = await read(chat)
        monkeypatch.undo()
        await room.tick()
        return found

    monkeypatch.setattr(room.subscriptions, "of", late)
    await person.says("/settings papers 3")
    (wish,) = (await person.wishes()).values()
    assert (len(room.got), wish.top, wish.since > 0) == (1, 3, True)


async def test_what_ends_while_somebody_chooses_stays_ended(
    person: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    room = person.room
    await person.says("/subscribe cat:cs.CL")
    read = room.subscriptions.of

    async def late(chat: str) -> list[Subscription]:
        found = await read(chat)
        monkeypatch.undo()
        await person.says("/unsubscribe all")
        return found

    monkeypatch.setattr(room.subscriptions, "of", late)
    await person.says("/settings papers 3")
    assert await person.wishes() == {}
