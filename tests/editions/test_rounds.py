"""Roundups that chats have subscribed to, from the desk to the outbox."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from bot.editions.desk import SPREAD, UNWRITTEN
from bot.editions.period import Period
from bot.editions.rounds import period_of
from bot.editions.when import Schedule
from bot.editions.wish import Wish, followed_as, is_roundup, wanted_of
from bot.editions.zones import Zone
from bot.errors import ModelUnavailable
from bot.language import ENGLISH, Language
from bot.store.client import Store
from tests.announcements.rig import Arxiv, arxiv_of, moment, paper
from tests.editions.rig import Newsroom, newsroom
from tests.editions.roundup_room import KINDS, editor
from tests.fakes.corpus import ArxivPaper
from tests.writing.scripted import ScriptedModel

MON, TUE, WED, THU, FRI = (date(2026, 11, day) for day in (16, 17, 18, 19, 20))
DAYS = (MON, TUE, WED, THU, FRI)
AT = "at 12:00 in New York"


def paper_of(number: int, day: date) -> ArxivPaper:
    title, abstract = KINDS[number % 4]
    said = f"{abstract} It holds. " + " ".join(f"word{number}x{i}" for i in range(60))
    made = paper(f"2611.{number:05}", day, "cs.CL", authors=(f"Ada Number{number}",))
    return replace(made, title=title.format(f"Case{number}"), abstract=said)


@pytest.fixture
def arxiv() -> Iterator[Arxiv]:
    with arxiv_of(
        *(paper_of(100 * (n + 1) + k, day) for n, day in enumerate(DAYS) for k in range(4))
    ) as fake:
        yield fake


def model() -> ScriptedModel:
    return ScriptedModel(editor())


@pytest.fixture
async def room(store: Store, arxiv: Arxiv) -> AsyncIterator[Newsroom]:
    """It is Monday afternoon, and Monday's announcement was read."""
    async with newsroom(store, arxiv, moment(MON, "14:00"), model=model()) as made:
        await read(made, MON, "14:00")
        yield made


async def read(room: Newsroom, day: date, hour: str = "00:10") -> None:
    room.world.arxiv.day = day
    room.at(moment(day, hour))
    await room.tick()


async def noon(room: Newsroom, day: date, *, late: timedelta = timedelta(0)) -> None:
    room.at(moment(day, "12:00") + timedelta(seconds=SPREAD) + late)
    await room.tick(read=False)


async def week(room: Newsroom, *days: date) -> None:
    for day in days:
        await read(room, day)
        await noon(room, day)


async def test_it_comes_at_its_time_and_each_is_about_the_days_since_the_last(room: Newsroom) -> None:
    await room.follow(f"rag roundup every 2 days {AT}")
    await week(room, TUE, WED, THU)
    first, second = room.texts()
    assert first.startswith("Retrieval-augmented generation · 16–17 Nov 2026\n\n8 announced · 8 matched")
    assert "8 in this roundup · 3 themes" in first
    assert second.startswith("Retrieval-augmented generation · 18–19 Nov 2026\n\n8 announced · 8 matched")
    assert "It says one thing [1]" in first
    assert "From abstracts, written by scripted. Check before citing." in first
    for got, day in zip(room.got, (TUE, THU), strict=True):
        assert moment(day, "12:00") <= got.at <= moment(day, "12:02")


async def test_editions_and_roundups_of_one_topic_go_side_by_side(room: Newsroom) -> None:
    """A roundup names what was shown before, and takes nothing from the editions that follow."""
    await room.follow(f"rag titles {AT}")
    await room.follow(f"rag roundup every 2 days {AT}")
    await week(room, TUE)
    edition, roundup = sorted(room.texts(), key=lambda text: "roundup" in text)
    assert "4 matched · 4 shown" in edition
    assert "8 in this roundup" in roundup
    assert "2611.00200" in edition
    assert "2611.00200" in roundup
    await week(room, WED)
    assert "4 matched · 4 shown" in room.texts()[-1]


async def test_it_is_written_once_for_all_chats(room: Newsroom) -> None:
    chats = [f"telegram:-{number}" for number in range(200, 206)]
    for chat in chats:
        await room.follow(f"rag roundup every 2 days {AT}", chat)
    await room.follow(f"rag roundup every 2 days {AT} zh", "telegram:-300")
    await week(room, TUE)
    assert len({room.texts(chat)[0] for chat in chats}) == 1
    assert room.model
    assert len(room.model.prompts) == 2 * 4


async def test_a_crash_between_planning_and_settling_repeats_nothing(room: Newsroom) -> None:
    await room.follow(f"rag roundup every 2 days {AT}")
    await read(room, TUE)
    room.at(moment(TUE, "12:00") + timedelta(seconds=SPREAD))
    (claim,) = await room.claims()
    await room.desk.prepare(claim)
    await room.another_desk().prepare(claim)  # whoever took it over
    await room.deliver()
    assert len(room.got) == 1


async def test_it_waits_for_what_is_out_and_unread(room: Newsroom) -> None:
    await room.follow(f"rag roundup every 2 days {AT}")
    await noon(room, TUE)
    assert room.got == []
    await read(room, TUE, "12:40")
    assert "16–17 Nov 2026" in room.texts()[0]


async def test_what_never_could_be_read_is_rebuilt(room: Newsroom) -> None:
    await room.follow(f"rag roundup every 2 days {AT}")
    room.world.arxiv.day = TUE  # it is out, and no reader ran
    await noon(room, TUE)
    await noon(room, TUE, late=timedelta(hours=3, minutes=2))
    (text,) = room.texts()
    assert "16–17 Nov 2026\n\n8 announced" in text
    assert "Reconstructed from submission dates" in text


async def test_quiet_says_nothing_where_nothing_matched(room: Newsroom) -> None:
    await room.follow(f"ti:nothing roundup every 2 days {AT} quiet")
    await room.follow(f"ti:nothing roundup every 2 days {AT}", "telegram:-200")
    await week(room, TUE)
    assert room.texts() == []
    (text,) = room.texts("telegram:-200")
    assert "Nothing that was announced matches." in text
    assert Wish.from_json((await room.one()).data).rounded == TUE


async def test_what_the_model_cannot_write_is_extracted_and_says_so(store: Store, arxiv: Arxiv) -> None:
    failing = ScriptedModel(itertools.repeat(ModelUnavailable("unreachable")))
    async with newsroom(store, arxiv, moment(MON, "14:00"), model=failing) as room:
        await read(room, MON, "14:00")
        await room.follow(f"rag roundup every 2 days {AT}")
        await week(room, TUE)
        (text,) = room.texts()
        assert "So this roundup is not written" in text
        assert "8 in this roundup" in text


class Slow(ScriptedModel):
    """Never answers."""

    async def complete(self, **asked: Any) -> Any:
        await asyncio.Event().wait()


async def test_after_twenty_minutes_it_goes_out_extracted_and_says_so(store: Store, arxiv: Arxiv) -> None:
    async with newsroom(store, arxiv, moment(MON, "14:00"), model=Slow()) as room:
        await read(room, MON, "14:00")
        await room.follow(f"rag roundup every 2 days {AT}")
        await read(room, TUE)
        # It is due for that long, less the wink of an eye.
        room.at(moment(TUE, "12:00") + UNWRITTEN + timedelta(seconds=SPREAD - 0.05))
        await room.tick(read=False)
        (text,) = room.texts()
        assert "The model did not write this in time" in text
        assert "8 in this roundup" in text


def test_a_period_begins_after_the_last_and_is_a_month_at_most() -> None:
    wish = Wish(Schedule(None, Zone("UTC")), ENGLISH, 0, roundup=14)
    assert period_of(wish, FRI) == Period(date(2026, 11, 7), FRI)
    assert period_of(replace(wish, rounded=TUE), FRI) == Period(WED, FRI)
    assert period_of(replace(wish, rounded=date(2026, 8, 1)), FRI) == Period(date(2026, 10, 21), FRI)
    assert period_of(replace(wish, rounded=FRI), FRI) == Period(date(2026, 11, 7), FRI)


def test_a_wish_for_roundups_outlives_json() -> None:
    wish = Wish(Schedule(None, Zone("UTC")), Language("de"), 0, roundup=14, rounded=TUE)
    assert Wish.from_json(wish.to_json()) == wish


@pytest.mark.parametrize("typed", ["rag", '"roundup"', "ti:roundup", "weeds AND beets"])
def test_what_is_followed_is_known_by_its_kind(typed: str) -> None:
    assert not is_roundup(typed)
    assert wanted_of(typed) == typed
    both = followed_as(typed, roundup=True)
    assert is_roundup(both)
    assert wanted_of(both) == typed
