"""What people say to follow roundups, beside the editions of the same topic."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from datetime import date, timedelta

import pytest

from bot.chat.reply import Outcome
from bot.store.client import Store
from tests.announcements.rig import Arxiv, arxiv_of, moment, paper
from tests.editions.rig import newsroom
from tests.handlers.person import HERE, Person

MON, TUE = date(2026, 11, 16), date(2026, 11, 17)
LINE = "/subscribe LLM roundup every 14 days on Monday at 09:00 in New York"


@pytest.fixture
def arxiv() -> Iterator[Arxiv]:
    with arxiv_of(paper("2611.00200", MON, "cs.CL"), paper("2611.00300", TUE, "cs.CL")) as fake:
        yield fake


@pytest.fixture
async def person(store: Store, arxiv: Arxiv) -> AsyncIterator[Person]:
    """It is Monday, eight in the morning in New York."""
    async with newsroom(store, arxiv, moment(MON, "08:00")) as room:
        arxiv.day = MON
        await room.tick()
        yield Person(room)


async def test_the_reply_repeats_what_was_understood(person: Person) -> None:
    said = await person.says(LINE)
    assert "You follow Large language models, roundup here." in said
    assert "at 09:00 in America/New_York, every 14 days" in said
    assert "at most" not in said
    assert "The next one: Mon 16 Nov 2026, 09:00." in said
    wish = (await person.wishes())["llm roundup"]
    assert (wish.roundup, wish.since, wish.told, wish.rounded) == (14, 0, None, None)
    assert person.buttons()["Show the latest now"] == "/roundup llm 14"


@pytest.mark.parametrize(
    ("line", "days", "when"),
    [
        ("RAG roundup at 9", 7, "every 7 days"),
        ("RAG roundup on Friday at 9", 7, "Friday"),
        ("RAG roundup every 60 days at 9", 31, "every 60 days"),
        ("RAG 汇总 每两周", 14, "every 14 days"),
        ('"web agents" roundup', 7, "every 7 days"),
    ],
)
async def test_how_many_days_it_is_about(person: Person, line: str, days: int, when: str) -> None:
    assert when in await person.says(f"/subscribe {line}")
    (wish,) = (await person.wishes()).values()
    assert wish.roundup == days


async def test_editions_and_roundups_are_two_things(person: Person) -> None:
    await person.says("/subscribe LLM at 10:00")
    await person.says(LINE)
    listed = await person.says("/subscriptions")
    assert "Large language models, roundup · at 09:00" in listed
    assert "Large language models · at 10:00" in listed
    await person.says("/pause LLM roundup")
    paused = {one.wanted: one.paused for one in await person.room.subscriptions.of(HERE)}
    assert paused == {"llm": None, "llm roundup": "paused by a person"}
    await person.says("/resume LLM roundup")
    assert "Ended: Large language models." in await person.says("/unsubscribe LLM")
    assert "Ended: Large language models, roundup." in await person.says("/unsubscribe LLM")
    await person.says("/unsubscribe LLM roundup")
    assert person.reply.outcome is Outcome.MISTAKEN


async def test_saying_it_again_changes_it_and_undo_brings_it_back(person: Person) -> None:
    await person.says(LINE)
    before = (await person.wishes())["llm roundup"]
    await person.says("/subscribe LLM roundup every 7 days on Friday at 08:00 in New York")
    assert (await person.wishes())["llm roundup"].roundup == 7
    await person.presses("Undo")
    after = (await person.wishes())["llm roundup"]
    assert (after.roundup, after.schedule, after.language) == (14, before.schedule, before.language)


async def test_what_is_taken_back_goes_on_where_it_was(person: Person) -> None:
    await person.says("/subscribe ti:Thing roundup every 2 days at 09:00 in New York")
    person.room.at(moment(MON, "09:02"))
    await person.room.tick()
    assert (await person.wishes())["ti:Thing roundup"].rounded == MON
    await person.says("/unsubscribe ti:Thing roundup")
    await person.presses("Undo")
    assert (await person.wishes())["ti:Thing roundup"].rounded == MON


async def test_the_first_one_brings_what_was_known_when_it_was_asked_for(person: Person) -> None:
    await person.says('/subscribe "abstract" OR ti:paper OR thing roundup every 2 days at 09:00 in New York')
    person.room.at(moment(MON, "09:00") + timedelta(seconds=60))
    await person.room.tick()
    (text,) = person.room.texts(HERE)
    assert "15–16 Nov 2026\n\n1 announced" in text


async def test_edition_of_all_that_is_followed_knows_the_topic(person: Person) -> None:
    await person.says(LINE)
    assert "Large language models" in await person.says("/edition")
