"""The edition of the day when somebody asks for it, and all that matched in one."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from datetime import date

import pytest

from bot.chat.reply import Bullets, Outcome
from bot.chat.text import plain
from bot.language import Language
from bot.store.chats import ChatLanguages
from bot.store.client import Store
from tests.announcements.rig import Arxiv, arxiv_of, moment, paper
from tests.editions.rig import answers, newsroom
from tests.handlers.person import HERE, Person
from tests.writing.scripted import ScriptedModel

MON, TUE, WED = (date(2026, 11, day) for day in (16, 17, 18))
EACH_DAY = 23
LONG = 'ti:"retrieval augmented generation" ANDNOT abs:"question answering"'


@pytest.fixture
def arxiv() -> Iterator[Arxiv]:
    papers = [
        replace(
            paper(f"2611.{1000 * (d + 1) + n:05}", day, "cs.CL", authors=(f"Ada Number{n}",)),
            title=f"Retrieval Augmented Generation, number {n} of {day:%A}",
        )
        for d, day in enumerate((MON, TUE, WED))
        for n in range(EACH_DAY)
    ]
    with arxiv_of(*papers) as fake:
        yield fake


@pytest.fixture
async def person(store: Store, arxiv: Arxiv) -> AsyncIterator[Person]:
    """It is Monday, eight in the morning in New York."""
    async with newsroom(store, arxiv, moment(MON, "08:00"), model=ScriptedModel(answers())) as room:
        arxiv.day = MON
        await room.tick()
        yield Person(room)


async def until(person: Person, day: date) -> None:
    """Let the announcement be read, and the edition be sent at noon."""
    for hour in ("00:12", "12:01"):
        person.room.world.arxiv.day = day
        person.room.at(moment(day, hour))
        await person.room.tick()


def titles(person: Person) -> list[str]:
    found = [block for block in person.reply.blocks if isinstance(block, Bullets)]
    return [plain(item) for block in found for item in block.items]


async def test_the_edition_comes_at_once(person: Person) -> None:
    assert "Nothing is followed here" in await person.says("/edition")
    assert f"{EACH_DAY} matched" in await person.says("/edition RAG")
    await person.says("/subscribe RAG")
    await person.says("/subscribe ti:nowhere")
    said = await person.says("/edition")
    assert f"{EACH_DAY} matched" in said
    assert "0 matched" in said


@pytest.mark.parametrize("wanted", ["RAG", LONG])
@pytest.mark.parametrize("detail", ["gist", "brief", "titles"])
async def test_the_button_leads_to_all_that_matched(person: Person, wanted: str, detail: str) -> None:
    await person.says(f"/subscribe {wanted} at 12:00 in New York top 5 {detail}")
    await until(person, TUE)
    (text,) = person.room.texts(HERE)
    assert f"{EACH_DAY} matched · 5 shown" in text
    assert text.rstrip('"').endswith(" · /settings")
    shown = re.findall(r"/summarize (\S+)", text)
    (line,) = set(re.findall(r"/all \S+", text))
    later = Person(person.room)  # the bot was started again, and a week has passed
    later.room.now += 7 * 86_400
    first = await later.says(line, "-100", actor="8")  # anybody may look
    assert f"Tue 17 Nov 2026 · {EACH_DAY} matched" in first
    pages = titles(later)
    assert len(pages) == 20
    assert re.findall(r"/summarize (\S+)", first)[:5] == shown
    assert "Previous" not in later.buttons()
    await later.presses("Next", "-100")
    assert "Next" not in later.buttons()
    pages += titles(later)
    assert len(set(pages)) == len(pages) == EACH_DAY
    assert all("of Tuesday" in title for title in pages)
    await later.presses("Previous", "-100")
    assert titles(later) == pages[:20]


async def test_several_days_are_listed_together(person: Person) -> None:
    await person.says("/subscribe RAG on Wednesday in New York top 3")
    await person.room.shown.mute(HERE, "number 7")
    for day in (TUE, WED):
        await until(person, day)
    (text,) = person.room.texts(HERE)
    (line,) = set(re.findall(r"/all \S+", text))
    said = await person.says(line)
    assert f"Tue 17 Nov 2026 – Wed 18 Nov 2026 · {2 * EACH_DAY - 2} matched" in said
    pages = titles(person)
    while "Next" in person.buttons():
        await person.presses("Next")
        pages += titles(person)
    assert len(set(pages)) == len(pages) == 2 * EACH_DAY - 2
    assert {title.split(" of ")[1].split(" ")[0] for title in pages} == {"Tuesday", "Wednesday"}


async def test_no_button_where_all_is_shown(person: Person) -> None:
    await person.says("/subscribe RAG at 12:00 in New York top 30")
    await until(person, TUE)
    (text,) = person.room.texts(HERE)
    assert "/all" not in text
    assert "/settings" in text


async def test_the_settings_lead_to_what_is_followed_here(person: Person) -> None:
    await person.says("/edition RAG")
    assert f"All {EACH_DAY}" in person.buttons()
    await person.says("/subscribe RAG at 12:00 in New York")
    await person.says("/edition RAG")
    assert "Time zone" in await person.presses("Settings")
    assert "Subscriptions here" in await person.presses("Subscriptions here")


async def test_all_of_the_latest_day_costs_no_call_of_the_model(person: Person) -> None:
    said = await person.says("/all RAG")
    assert f"Mon 16 Nov 2026 · {EACH_DAY} matched" in said
    assert "of Monday" in titles(person)[0]
    assert person.room.model
    assert person.room.model.prompts == []
    await person.presses("Next")
    assert len(titles(person)) == EACH_DAY - 20
    assert "Nothing that was announced matches." in await person.says("/all ti:nowhere")


async def test_what_was_written_is_listed_in_its_language(person: Person) -> None:
    await person.says("/subscribe RAG at 12:00 in New York top 2 zh")
    await until(person, TUE)
    (text,) = person.room.texts(HERE)
    (line,) = set(re.findall(r"/all \S+", text))
    await person.says(line)
    assert not re.search(r"[\u4e00-\u9fff]", "".join(titles(person)))
    await ChatLanguages(person.room.store).set(HERE, Language("zh-Hans"))
    await person.says(line)
    assert [bool(re.search(r"[\u4e00-\u9fff]", title)) for title in titles(person)] == [
        n < 2 for n in range(20)
    ]


async def test_an_edition_that_is_forgotten_says_so(person: Person) -> None:
    assert "no longer kept" in await person.says("/all #0123456789ab")
    await person.says("/all RAG 99")
    assert titles(person) == []
    await person.says("/all RAG 0")
    assert person.reply.outcome is Outcome.MISTAKEN
