"""What people say about their subscriptions, and who may."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from bot.chat.reply import Outcome
from bot.editions.desk import SPREAD
from bot.editions.options import Detail
from bot.errors import StoreUnavailable
from bot.store.client import Store
from bot.store.subscriptions import Subscription
from bot.topics.catalogue import load
from bot.topics.wanted import Wanted
from tests.announcements.rig import Arxiv, arxiv_of, moment, paper
from tests.editions.rig import Newsroom, newsroom
from tests.handlers.person import CHANNEL, GROUP, HERE, Person

MON, TUE, WED, FRI = (date(2026, 11, day) for day in (16, 17, 18, 20))
LONG = "/subscribe ti:\"retrieval augmented generation\" AND NOT abs:\"question answering\" at 09:00 in Asia/Shanghai zh top 5 brief weekdays quiet"  # fmt: skip


@pytest.fixture
def arxiv() -> Iterator[Arxiv]:
    papers = [
        replace(paper(f"2611.{n:05}", day, "cs.CL"), title=f"Retrieval-Augmented Generation, number {n}")
        for n, day in enumerate((MON, TUE, WED, FRI), 200)
    ]
    with arxiv_of(*papers) as fake:
        yield fake


@pytest.fixture
async def person(store: Store, arxiv: Arxiv) -> AsyncIterator[Person]:
    """It is Monday, eight in the morning in New York."""
    async with newsroom(store, arxiv, moment(MON, "08:00")) as room:
        arxiv.day = MON
        await room.tick()
        yield Person(room)


async def test_the_reply_repeats_what_was_understood(person: Person) -> None:
    said = await person.says("/subscribe RAG at 09:00 in Asia/Shanghai zh top 5 brief weekdays quiet")
    for part in (
        "You follow",
        "09:00 in Asia/Shanghai",
        "from Monday to Friday",
        "中文",
        "at most 5 papers",
        "brief",
        "nothing on days without a match",
        "The next one: Wed 18 Nov 2026, 09:00.",  # on Tuesday morning there, Tuesday's is still to come
    ):
        assert part in said
    wish = (await person.wishes())["rag"]
    assert (wish.top, wish.detail, wish.quiet, wish.person) == (5, Detail.BRIEF, True, "telegram:7")
    (one,) = await person.room.subscriptions.of(HERE)
    nine = moment(MON, "20:00").timestamp()
    assert one.due is not None
    assert 0 <= one.due - nine < 60
    assert "Undo" in person.buttons()


async def test_the_next_one_is_never_on_a_day_without(person: Person) -> None:
    person.room.at(moment(FRI, "20:00"))
    # Friday's has not been read, and is still to come.
    assert "The next one: Sat 21 Nov 2026, 12:00." in await person.says("/subscribe RAG at 12:00 in New York")
    person.room.world.arxiv.day = FRI
    await person.room.tick()
    assert "The next one: Mon 23 Nov 2026, 12:00." in await person.says(
        "/subscribe agents at 12:00 in New York"
    )


async def test_what_is_said_before_a_time_is_its_own_zone(person: Person) -> None:
    assert "09:00 in Europe/Berlin" in await person.says("/subscribe RAG at 9")
    await person.says("/subscribe agents at 9 in Tokyo")
    assert "10:00 in Europe/Berlin" in await person.says("/subscribe RAG at 10")


async def test_without_a_time_it_comes_when_it_is_read(person: Person) -> None:
    assert "as soon as the announcement is read" in await person.says("/subscribe RAG")
    (one,) = await person.room.subscriptions.of(HERE)
    assert one.due is None


@pytest.mark.parametrize(
    ("line", "when", "next_one"),
    [
        ("RAG on Wednesday", "as soon as the announcement is read, Wednesday ·", "Wed 18 Nov 2026."),
        ("RAG on Monday and Friday", "is read, Monday, Friday ·", "Fri 20 Nov 2026."),  # it has Monday's
        ("RAG weekdays", "is read, from Monday to Friday ·", "Tue 17 Nov 2026."),
        ("RAG weekends", "is read, Saturday, Sunday ·", "Sat 21 Nov 2026."),
        ("RAG every 14 days on Wednesday", "is read, every 14 days ·", "Wed 18 Nov 2026."),
        ("RAG", "as soon as the announcement is read ·", "comes with the next announcement."),
    ],
)
async def test_without_a_time_its_days_are_said_all_the_same(
    person: Person, line: str, when: str, next_one: str
) -> None:
    for said in (await person.says(f"/subscribe {line}"), await person.says("/subscriptions")):
        assert when in said
        assert f"The next one: {next_one}" in said or f"The next one {next_one}" in said


async def test_a_week_comes_on_the_day_that_was_asked_for(person: Person) -> None:
    await person.says("/subscribe RAG on Wednesday")
    for day in (TUE, WED, FRI):
        person.room.world.arxiv.day = day
        person.room.at(moment(day, "00:12"))
        await person.room.tick()
        await person.room.tick()
    (text,) = person.room.texts(HERE)
    assert "Tue 17 Nov 2026 – Wed 18 Nov 2026" in text
    assert "2 matched" in text


async def test_undo_of_a_new_one_ends_it(person: Person) -> None:
    await person.says(LONG)
    assert len(await person.wishes()) == 1
    assert "Ended" in await person.presses("Undo")
    assert await person.wishes() == {}


async def test_undo_of_the_end_restores_all_of_it(person: Person) -> None:
    """What was announced meanwhile is still to come."""
    await person.says(LONG)
    before = await person.wishes()
    person.room.world.arxiv.day = TUE
    person.room.at(moment(TUE, "00:10"))
    await person.room.world.reader.tick(person.room.moment())
    await person.says("/unsubscribe #" + person.buttons()["Undo"].split("#")[1])
    await person.presses("Undo")
    assert await person.wishes() == before


async def test_undo_of_a_change_restores_it(person: Person) -> None:
    await person.says(LONG)
    before = await person.wishes()
    line = LONG.partition(" at ")[0]
    await person.says(f"{line} at 10:00 German")
    assert (await person.wishes()) != before
    await person.presses("Undo")
    assert await person.wishes() == before


async def test_a_change_loses_nothing(person: Person) -> None:
    await person.says("/subscribe RAG at 12:00 in New York")
    person.room.world.arxiv.day = TUE
    person.room.at(moment(TUE, "00:10"))
    await person.room.tick()
    await person.says("/subscribe rag at 13:00 in New York")
    person.room.at(moment(TUE, "13:01"))
    await person.room.tick()
    (text,) = person.room.texts(HERE)
    assert "1 matched" in text


async def test_what_was_announced_before_is_not_sent(person: Person) -> None:
    await person.says("/subscribe RAG at 12:00 in New York")
    person.room.at(moment(MON, "12:01"))
    await person.room.tick()
    assert person.room.got == []


async def test_so_many_and_no_more(person: Person) -> None:
    for topic in ("RAG", "agents", "ti:x"):
        await person.says(f"/subscribe {topic}")
    assert "follows 3 topics" in await person.says("/subscribe ti:y")
    assert person.reply.outcome is Outcome.MISTAKEN
    assert "You follow" in await person.says("/subscribe RAG zh")


@pytest.mark.parametrize("line", ["/subscribe RAG", "/unsubscribe RAG", "/pause", "/resume", "/mute x"])
async def test_in_a_group_only_those_who_manage_it(person: Person, line: str) -> None:
    said = await person.says(line, "-100")
    assert said == "Only people who may manage this chat can do that."
    assert person.reply.outcome is Outcome.MISTAKEN
    await person.says("/subscribe RAG", "-100", manages=True)
    assert "Only people" not in await person.says(line, "-100", manages=True)


async def test_everybody_in_a_group_may_look(person: Person) -> None:
    await person.says("/subscribe RAG", "-100", manages=True)
    assert "Retrieval" in await person.says("/subscriptions", "-100")
    assert "muted" in await person.says("/mute", "-100")
    assert "matched" in await person.says("/edition", "-100")


async def test_a_channel_is_set_up_from_a_private_chat(person: Person) -> None:
    assert "@news follows" in await person.says("/subscribe RAG at 9 for @news")
    assert list(await person.wishes(CHANNEL)) == ["rag"]
    assert await person.wishes() == {}
    undo = person.buttons()["Undo"]
    await person.says("/pause all for @news")
    assert [one.paused for one in await person.room.subscriptions.of(CHANNEL)] == ["paused by a person"]
    assert "paused by a person" in await person.says("/subscriptions for @news")
    await person.says("/resume for @news")
    assert [one.paused for one in await person.room.subscriptions.of(CHANNEL)] == [None]
    await person.says(undo)
    assert await person.wishes(CHANNEL) == {}
    await person.presses("Undo")
    assert list(await person.wishes(CHANNEL)) == ["rag"]


@pytest.mark.parametrize(
    ("line", "actor", "why"),
    [
        ("/subscribe RAG for @news", "8", "Only people who may manage `@news` can set it up."),
        ("/unsubscribe RAG for @news", "8", "Only people who may manage `@news` can set it up."),
        ("/subscriptions for @news", "8", "Only people who may manage `@news` can set it up."),
        ("/subscribe RAG for @nowhere", "7", "I cannot see a chat `@nowhere`"),
        ("/subscribe RAG for @news", "66", "This bot serves the chats that its owner has allowed"),
        ("/subscribe RAG for @closed", "7", "I cannot see a chat `@closed`"),
    ],
)
async def test_a_channel_of_others_is_refused(person: Person, line: str, actor: str, why: str) -> None:
    assert why.replace("`", "") in (await person.says(line, actor=actor)).replace("`", "")
    assert person.reply.outcome is Outcome.MISTAKEN
    assert await person.wishes(CHANNEL) == {}


async def test_threads_have_their_own(person: Person) -> None:
    for thread in ("4", "5"):
        await person.says("/subscribe RAG", "-100", manages=True, thread=thread)
    await person.says("/unsubscribe RAG", "-100", manages=True, thread="5")
    assert [one.place for one in await person.room.subscriptions.of(GROUP)] == ["4"]
    assert "Undo" in person.buttons()


async def test_a_pause_keeps_what_comes_meanwhile(person: Person) -> None:
    await person.says("/subscribe RAG at 12:00 in New York")
    assert "Paused: 1." in await person.says("/pause")
    person.room.world.arxiv.day = TUE
    person.room.at(moment(TUE, "12:01"))
    await person.room.tick()
    assert person.room.got == []
    assert "Resumed: 1." in await person.presses("Resume")
    person.room.world.arxiv.day = WED
    person.room.at(moment(WED, "00:10"))
    await person.room.tick()
    person.room.at(moment(WED, "12:01"))
    await person.room.tick()
    (text,) = person.room.texts(HERE)
    assert "2 matched" in text


async def test_who_was_lost_is_told_why(person: Person) -> None:
    await person.says("/subscribe RAG", "-100", manages=True)
    await person.says("/subscribe agents", "-100", manages=True)
    await person.room.chats.lost(GROUP, "bot was kicked from the group")
    await person.room.chats.lost(GROUP, "bot was kicked from the group")
    await person.room.deliver()
    (text,) = person.room.texts(HERE)  # the person who subscribed, once
    assert "I can no longer send to telegram:-100 (bot was kicked from the group)." in text
    assert "paused: bot was kicked from the group" in await person.says("/subscriptions", "-100")
    await person.says("/pause", "-100", manages=True)
    said = await person.says("/resume", "-100", manages=True)
    assert "Resumed: 2." in said
    assert "paused: bot was kicked from the group" in said
    assert all(one.paused is None for one in await person.room.subscriptions.of(GROUP))


async def test_a_chat_that_is_back_is_told_once_unasked(person: Person) -> None:
    await person.says("/subscribe RAG", "-100", manages=True)
    await person.says("/subscribe agents", "-100", manages=True)
    await person.says("/pause agents", "-100", manages=True)
    await person.room.chats.lost(GROUP, "bot was kicked from the group")
    told = "I could not send to this chat for a while. Paused here:"
    assert told not in await person.says("/mute", "-100", aside=True)
    assert told not in await person.says("/mute")  # elsewhere
    assert told not in await person.says("/nonsense", "-100")  # which one person alone is shown
    said = await person.says("/mute", "-100", actor="8")
    assert said.startswith("Nothing is muted here")
    assert told in said
    assert "paused: bot was kicked from the group" in said
    assert said.count("paused:") == 1
    assert told not in await person.says("/mute", "-100")
    assert told not in await Person(person.room).says("/mute", "-100")  # nor after a restart


async def test_who_is_back_resumes_by_a_button(person: Person) -> None:
    await person.says("/subscribe RAG")
    await person.room.chats.lost(HERE, "bot was blocked by the user")
    assert "Paused here" in await person.says("/nonsense")
    assert "Resumed: 1." in await person.presses("Resume")
    assert [one.paused for one in await person.room.subscriptions.of(HERE)] == [None]
    assert "Paused here" not in await person.says("/mute")
    await person.room.chats.lost(HERE, "bot was blocked by the user")
    assert "Paused here" in await person.says("/mute")  # and once again for each time


async def test_who_has_resumed_already_is_told_nothing(person: Person) -> None:
    await person.says("/subscribe RAG")
    await person.room.chats.lost(HERE, "bot was blocked by the user")
    assert "Paused here" not in await person.says("/resume")
    await person.room.chats.lost(HERE, "bot was blocked by the user")
    assert "Paused here" not in await person.says("/unsubscribe RAG")
    assert "Paused here" not in await person.says("/mute")


async def test_a_group_that_has_moved_is_told_where_it_is(person: Person) -> None:
    await person.says("/subscribe RAG", "-100", manages=True)
    await person.room.chats.lost(GROUP, "bot was kicked from the group")
    await person.room.chats.moved(GROUP, "telegram:-1000100")
    assert "Paused here" not in await person.says("/mute", "-100")
    assert "Paused here" in await person.says("/mute", "-1000100")


async def test_a_closed_thread_pauses_itself_alone(person: Person) -> None:
    for thread in ("4", "5"):
        await person.says("/subscribe RAG", "-100", manages=True, thread=thread)
    await person.room.chats.lost(f"{GROUP}:5", "topic closed")
    found = {one.place: one.paused for one in await person.room.subscriptions.of(GROUP)}
    assert found == {"4": None, "5": "topic closed"}


async def test_muting(person: Person) -> None:
    assert "Muted: blockchain" in (await person.says("/mute Blockchain")).replace("`", "").replace("B", "b")
    assert "blockchain" in await person.says("/mute")
    assert "No longer muted" in await person.says("/mute  BLOCKCHAIN")
    assert "please shorten" in await person.says("/mute " + "x" * 100)
    for n in range(100):
        await person.room.shown.mute(HERE, f"word{n}")
    assert "At most 100" in await person.says("/mute one more")


async def test_what_is_not_followed_cannot_be_ended(person: Person) -> None:
    await person.says("/subscribe agents for @news")
    assert "topic is missing" in await person.says("/unsubscribe for @news")
    assert list(await person.wishes(CHANNEL)) == [Wanted.parse("agents", load()).typed]
    for line in ("/unsubscribe RAG", "/pause RAG", "/resume RAG"):
        assert "is not followed here" in await person.says(line)
        assert person.reply.outcome is Outcome.MISTAKEN


async def test_all_of_it_ends(person: Person) -> None:
    for topic in ("RAG", "agents"):
        await person.says(f"/subscribe {topic}")
    assert "2 subscriptions ended" in await person.says("/unsubscribe all")
    assert await person.wishes() == {}


async def test_what_is_followed_is_read(person: Person) -> None:
    await person.says("/subscribe cat:math.CO AND ti:graph at 9")
    now = person.room.now
    assert "math.CO" in await person.room.followed.current(now)
    assert await person.room.followed.current(now + timedelta(days=45).total_seconds()) == set()


async def due(person: Person, arxiv: Arxiv) -> Newsroom:
    """Have Tuesday's edition due, and nobody at work on it."""
    room = person.room
    await person.says("/subscribe cat:cs.CL at 09:00 in New York")
    room.at(moment(MON, "21:00"))
    await room.tick()
    arxiv.day = TUE
    room.at(moment(TUE, "09:00") + timedelta(seconds=SPREAD))
    await room.world.reader.tick(room.moment())
    room.got.clear()
    return room


@pytest.mark.parametrize("claimed", [True, False])
@pytest.mark.parametrize("again", ["top 3 at 09:00 in New York", "at 21:00 in New York", ""])
async def test_an_edition_that_is_due_comes_though_it_is_subscribed_to_again(
    person: Person, arxiv: Arxiv, again: str, claimed: bool
) -> None:
    room = await due(person, arxiv)
    if claimed:
        (claim,) = await room.claims()
        await person.says(f"/subscribe cat:cs.CL {again}")
        await room.desk.prepare(claim)
    else:
        await person.says(f"/subscribe cat:cs.CL {again}")
    for _ in range(3):
        await room.tick()
    assert len(room.got) == 1
    (wish,) = (await person.wishes()).values()
    assert wish.since > 0


async def test_what_was_planned_while_somebody_subscribed_again_is_not_planned_again(
    person: Person, arxiv: Arxiv, monkeypatch: pytest.MonkeyPatch
) -> None:
    room = await due(person, arxiv)
    read = room.subscriptions.of

    async def late(chat: str) -> list[Subscription]:
        found = await read(chat)
        monkeypatch.undo()
        await room.tick()
        return found

    monkeypatch.setattr(room.subscriptions, "of", late)
    await person.says("/subscribe cat:cs.CL at 09:00 in New York top 3")
    (wish,) = (await person.wishes()).values()
    assert (len(room.got), wish.top, wish.since > 0) == (1, 3, True)


@pytest.mark.parametrize("back", ["/resume", "/subscribe cat:cs.CL at 09:00 in New York"])
async def test_an_edition_that_a_pause_kept_back_comes_with_the_next_word(
    person: Person, arxiv: Arxiv, back: str
) -> None:
    """It was planned already: what comes later does not name its papers again."""
    room = await due(person, arxiv)
    (claim,) = await room.claims()
    await room.desk.prepare(claim)
    await person.says("/pause")
    await room.deliver()
    assert room.got == []
    said = await person.says(back)
    assert ("comes now, editions: 1" in said) is (back == "/resume")
    await room.deliver()
    (got,) = room.got
    assert "number 201" in got.text


async def test_what_a_pause_kept_back_comes_though_the_process_died_before_it_was_put_in_line(
    person: Person, arxiv: Arxiv, monkeypatch: pytest.MonkeyPatch
) -> None:
    room = await due(person, arxiv)
    (claim,) = await room.claims()
    await room.desk.prepare(claim)
    await person.says("/pause")
    await room.deliver()
    line = "/subscribe cat:cs.CL at 09:00 in New York"
    kept = room.subscriptions.add

    async def killed(*given: Any, **more: Any) -> None:
        await kept(*given, **more)
        raise StoreUnavailable("unreachable")

    with monkeypatch.context() as dying:
        dying.setattr(room.subscriptions, "add", killed)
        await person.says(line)
    await person.says(line)  # out of the inbox, by the process after it
    await room.deliver()
    assert len(room.got) == 1


@pytest.mark.parametrize(
    "again",
    ["top 3 at 09:00 in New York", "top 3", "at 08:00 in New York", "at 18:00 in New York"],
)
async def test_an_edition_that_waits_for_its_announcement_is_not_put_off_by_a_change(
    person: Person, arxiv: Arxiv, again: str
) -> None:
    room = person.room
    await person.says("/subscribe cat:cs.CL at 09:00 in New York")
    room.at(moment(MON, "21:00"))
    await room.tick()
    room.got.clear()
    room.at(moment(TUE, "09:00") + timedelta(seconds=SPREAD))  # Tuesday's announcement is late
    (claim,) = await room.claims()
    await room.desk.prepare(claim)
    await person.says(f"/subscribe cat:cs.CL {again}")
    arxiv.day = TUE
    await room.world.reader.tick(room.moment())
    room.at(moment(TUE, "09:03"))
    await room.tick()
    assert len(room.got) == 1


async def test_what_waited_before_a_pause_is_waited_for_anew_after_it(person: Person, arxiv: Arxiv) -> None:
    """A late announcement is not missed at once because somebody waited for another one, days ago."""
    room = person.room
    await person.says("/subscribe cat:cs.CL at 09:00 in New York")
    room.at(moment(MON, "21:00"))
    await room.tick()
    room.got.clear()
    room.at(moment(TUE, "09:00") + timedelta(seconds=SPREAD))
    (claim,) = await room.claims()
    await room.desk.prepare(claim)
    await person.says("/pause")
    room.at(moment(FRI, "06:00"))
    await person.says("/resume")
    room.at(moment(FRI, "09:01"))
    (claim,) = await room.claims()
    await room.desk.prepare(claim)
    assert await room.outbox.waiting("telegram") == 0
    arxiv.day = FRI
    await room.world.reader.tick(room.moment())
    room.at(moment(FRI, "09:03"))
    await room.tick()
    (got,) = room.got
    assert "3 matched" in got.text
