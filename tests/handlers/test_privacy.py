"""What is kept about a chat, its end, and how it is taken elsewhere."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from datetime import date

import pytest

from bot.chat.reply import Outcome, Preformatted
from bot.chat.request import Address
from bot.store.client import Store
from bot.store.followups import RedisFollowUps
from bot.store.taste import Taste, Vote
from tests.announcements.rig import Arxiv, arxiv_of, moment, paper
from tests.editions.rig import newsroom
from tests.handlers.person import HERE, Person

MON = date(2026, 11, 16)
LONG = 'ti:"retrieval augmented generation" AND NOT abs:"question answering"'


@pytest.fixture
def arxiv() -> Iterator[Arxiv]:
    with arxiv_of(paper("2611.00200", MON, "cs.CL")) as fake:
        yield fake


@pytest.fixture
async def person(store: Store, arxiv: Arxiv) -> AsyncIterator[Person]:
    async with newsroom(store, arxiv, moment(MON, "08:00")) as room:
        yield Person(room)


async def filled(person: Person) -> None:
    await person.says("/subscribe RAG at 09:00 in Asia/Shanghai zh top 5 brief")
    await person.says(f"/subscribe {LONG}")
    await person.says("/unsubscribe RAG")
    await person.says("/subscribe RAG at 09:00 in Asia/Shanghai zh top 5 brief")
    await person.says("/mute blockchain")
    await person.says("/settings papers 3")
    store = person.room.store
    await Taste(store).vote(HERE, "telegram:7", "2611.00200", Vote(True, ("cs.CL",)), 1.0)
    await RedisFollowUps(store).put(Address("telegram", "7"), "12", "/ask 2611.00200")
    for command in person.room.shown.add(HERE, ["2611.00200"], 1e9):
        await store.execute_command(*command)


async def test_what_is_kept_is_counted(person: Person) -> None:
    await filled(person)
    said = await person.says("/privacy")
    for part in (
        "Subscriptions, with who made them: 2",
        "Language and settings: 1",
        "shown here, for 400 days: 1",
        "by person, for 400 days: 1",
        "Muted words: 1",
        "Subscriptions that ended, for 7 days: 1",
        "to ask on, for 30 days: 1",
    ):
        assert part in said


async def test_nothing_of_the_chat_is_left_after_it_is_forgotten(person: Person) -> None:
    await filled(person)
    store = person.room.store
    await person.says("/forget")
    assert len(await person.room.subscriptions.of(HERE)) == 2  # asked first
    await person.presses("Yes, forget everything")
    assert person.reply.outcome is Outcome.DONE
    assert [key for key in await store.keys("*") if "telegram:7" in str(key)] == []
    assert await person.room.subscriptions.of(HERE) == []


async def test_other_chats_are_left_alone(person: Person) -> None:
    await filled(person)
    await person.says("/subscribe RAG", chat="77", private=True)
    await person.says("/forget everything")
    assert len(await person.room.subscriptions.of("telegram:77")) == 1


async def test_only_those_who_manage_a_group_make_it_forget(person: Person) -> None:
    for line in ("/forget", "/forget everything", "/import RAG"):
        await person.says(line, chat="-100", actor="8")
        assert person.reply.outcome is Outcome.MISTAKEN
    assert "Kept about this chat" in await person.says("/privacy", chat="-100", actor="8")


async def test_an_export_is_taken_over_elsewhere(person: Person) -> None:
    await filled(person)
    await person.says("/export")
    (lines,) = [block.text for block in person.reply.blocks if isinstance(block, Preformatted)]
    said = await person.says(f"/import {lines}", chat="8", private=True)
    assert "Taken over: 3." in said
    here, there = await person.wishes(), await person.wishes("telegram:8")
    assert here.keys() == there.keys() == {"rag", LONG}
    for name, wish in here.items():
        assert (wish.schedule, wish.language, wish.top, wish.detail) == (
            there[name].schedule,
            there[name].language,
            there[name].top,
            there[name].detail,
        )
    assert await person.room.shown.muted("telegram:8") == {"blockchain"}


async def test_lines_that_cannot_be_taken_are_named(person: Person) -> None:
    said = await person.says("/import RAG at 09:00; ti:(; agents; reasoning; evaluation")
    assert "Taken over: 3." in said  # three is the most that this chat may follow
    assert "ti:( — " in said
    assert "evaluation — " in said
