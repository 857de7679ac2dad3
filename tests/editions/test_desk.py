"""The desk keeps what it promises a chat."""

from __future__ import annotations

import asyncio
import re
import sys
import time
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

import pytest

from bot.announcements.batch import State
from bot.editions.desk import NOT_SERVED, SPREAD, next_run
from bot.editions.options import Detail, Options
from bot.editions.plan import AGAIN, PATIENCE
from bot.editions.when import WORKDAYS, Schedule
from bot.editions.wish import Wish
from bot.editions.zones import Zone
from bot.errors import StoreUnavailable
from bot.language import Language
from bot.papers.schedule import NEW_YORK
from bot.store.client import Store
from bot.store.taste import Vote
from bot.topics.catalogue import load
from tests.announcements.rig import Arxiv, arxiv_of, moment, paper
from tests.editions.rig import CHAT, LEASE, Newsroom, answers, newsroom
from tests.fakes.corpus import ArxivPaper
from tests.writing.scripted import ScriptedModel

MON, TUE, WED, THU, FRI = (date(2026, 11, day) for day in (16, 17, 18, 19, 20))
DAYS = (MON, TUE, WED, THU, FRI)
EVERY = "ti:Thing"  # what every paper here has in its title
AT = "at 12:00 in New York"


def paper_of(number: str, title: str, day: date, **rest: Any) -> ArxivPaper:
    return replace(paper(number, day, "cs.CL", **rest), title=title)


@pytest.fixture
def arxiv() -> Iterator[Arxiv]:
    subjects = (
        "Retrieval-Augmented Generation",
        "LLM Agents",
        "Retrieval-Augmented Generation for LLM Agents",
    )
    papers = [
        paper_of(f"2611.{100 * (n + 1) + k:05}", f"{subject}: Thing {day}", day, authors=(f"Ada Number{k}",))
        for n, day in enumerate(DAYS)
        for k, subject in enumerate(subjects)
    ]
    with arxiv_of(*papers) as fake:
        yield fake


@pytest.fixture
async def room(store: Store, arxiv: Arxiv) -> AsyncIterator[Newsroom]:
    """It is Monday afternoon, and Monday's announcement was read."""
    async with newsroom(store, arxiv, moment(MON, "14:00"), model=ScriptedModel(answers())) as made:
        await read(made, MON, "14:00")
        yield made


async def read(room: Newsroom, day: date, hour: str = "00:10") -> None:
    room.world.arxiv.day = room.world.stuck or day
    room.at(moment(day, hour))
    await room.tick()


async def noon(room: Newsroom, day: date, *, late: timedelta = timedelta(0), reading: bool = False) -> None:
    """Let everything happen that is due at noon, by the end of the minute."""
    room.at(moment(day, "12:00") + timedelta(seconds=SPREAD) + late)
    await room.tick(read=reading)


async def test_a_day_comes_once_and_complete(room: Newsroom) -> None:
    await room.follow(f"{EVERY} {AT}")
    await read(room, TUE)
    assert room.got == []
    await noon(room, TUE)
    (got,) = room.got
    assert "3 announced · 3 matched · 3 shown" in got.text
    assert "written by scripted" in got.text
    for late in (1, 60, 600):
        await noon(room, TUE, late=timedelta(minutes=late))
    assert len(room.got) == 1
    await read(room, WED)
    await noon(room, WED)
    assert ["17 Nov" in text for text in room.texts()] == [True, False]
    assert "18 Nov" in room.texts()[1]


async def test_without_a_time_it_comes_when_it_is_read(room: Newsroom) -> None:
    await room.follow(EVERY)
    await read(room, TUE, "00:00")
    assert room.got == []
    await read(room, TUE)
    (got,) = room.got
    assert got.at == moment(TUE)


async def test_a_chat_that_is_no_longer_served_is_paused_and_loses_nothing(room: Newsroom) -> None:
    await room.access.allow(CHAT)
    await room.follow(f"{EVERY} {AT}", person="telegram:8")
    await read(room, TUE)
    await noon(room, TUE)
    await room.access.deny(CHAT)
    await read(room, WED)
    await noon(room, WED)
    assert len(room.got) == 1
    (one,) = await room.subscriptions.of(CHAT)
    assert one.paused == NOT_SERVED
    await room.access.allow(CHAT)
    await room.subscriptions.resume(one.id, room.now)
    await noon(room, WED, late=timedelta(minutes=1))
    assert "18 Nov" in room.texts()[1]


async def live(room: Newsroom, first: date, last: date) -> list[tuple[str, str]]:
    """Tick every half hour; return when in New York something came, and the days that it says it is of."""
    room.got.clear()
    begin, end = moment(first, "00:00"), moment(last, "23:59")
    while begin <= end:
        there = (begin - timedelta(minutes=10)).astimezone(NEW_YORK).date()
        room.world.arxiv.day = min(max(there, MON), FRI)
        room.at(begin + timedelta(seconds=59))
        await room.tick()
        begin += timedelta(minutes=30)
    came = [(got.at.astimezone(NEW_YORK), got.text.split("\n")[0].split(" · ")[1]) for got in room.got]
    return [(f"{at:%a %H:%M}", re.sub(r" Nov 2026", "", days)) for at, days in came]


@pytest.mark.parametrize(
    ("line", "got"),
    [
        # Each day's announcement can be read from 00:10 in New York on.
        (f"{EVERY} on Wednesday", [("Wed 00:30", "Tue 17 – Wed 18")]),
        (f"{EVERY} on Tuesday and Friday", [("Tue 00:30", "Tue 17"), ("Fri 00:30", "Wed 18 – Fri 20")]),
        # Nothing is announced on Saturday: what came since goes out in the morning.
        (f"{EVERY} weekends", [("Sat 09:00", "Tue 17 – Fri 20")]),
        (f"{EVERY} every 3 days on Thursday", [("Thu 00:30", "Tue 17 – Thu 19")]),
    ],
)
async def test_without_a_time_it_comes_on_its_days_and_brings_what_came_before(
    room: Newsroom, line: str, got: list[tuple[str, str]]
) -> None:
    await room.follow(f"{line} in New York")
    assert await live(room, TUE, FRI + timedelta(2)) == got


async def test_no_day_is_lost_where_the_zone_is_a_day_ahead_or_behind(room: Newsroom) -> None:
    """Monday's announcement comes on Sunday evening in Los Angeles, where Friday evening brings none."""
    zones = {"telegram:1": "America/Los_Angeles", "telegram:2": "Asia/Tokyo", "telegram:3": "Asia/Kathmandu"}
    for chat, zone in zones.items():
        await room.follow(f"{EVERY} weekdays", chat, schedule=Schedule(None, Zone(zone), WORKDAYS))
    await live(room, TUE, FRI + timedelta(2))
    for chat in zones:
        said = " ".join(room.texts(chat))
        assert sorted(re.findall(r"abs/(2611\.\d+)", said)) == [
            f"2611.{100 * (n + 1) + k:05}" for n in range(1, 5) for k in range(3)
        ]
    assert len(room.texts("telegram:1")) == len(room.texts("telegram:2")) == 4


async def test_it_waits_for_what_is_out_and_unread_and_three_hours_at_most(room: Newsroom) -> None:
    await room.follow(f"{EVERY} {AT}")
    room.world.stuck = MON
    for minutes in range(0, 180, 20):
        await read(room, TUE, f"{12 + minutes // 60}:{minutes % 60 + 1:02}")
        assert room.got == []
        wish = Wish.from_json((await room.one()).data)
        assert wish.waiting == pytest.approx(moment(TUE, "12:01").timestamp(), abs=1)
    await noon(room, TUE, late=PATIENCE + AGAIN)
    (got,) = room.got
    assert "0 shown" in got.text
    assert "The arXiv’s feed still tells of the day before." in got.text
    assert len(got.text.splitlines()) == 1
    room.world.stuck = None
    await read(room, TUE, "16:30")
    assert len(room.got) == 1
    await read(room, WED)
    await noon(room, WED)
    assert "6 announced" in room.texts()[1]  # what came afterwards is not lost
    assert "17 Nov" in room.texts()[1]


async def test_what_comes_while_it_waits_goes_out_at_once(room: Newsroom) -> None:
    await room.follow(f"{EVERY} {AT}")
    await noon(room, TUE)
    assert room.got == []
    await read(room, TUE, "12:40")
    (got,) = room.got
    assert "3 shown" in got.text
    assert "written by scripted" in got.text
    one = await room.one()
    assert one.due == next_run(CHAT, Wish.from_json(one.data), moment(WED, "11:00").timestamp())


async def test_nothing_comes_on_weekends(room: Newsroom) -> None:
    await room.follow(f"{EVERY} {AT}")
    for day in DAYS[1:]:
        await read(room, day)
        await noon(room, day)
    for day in (FRI + timedelta(1), FRI + timedelta(2)):
        await noon(room, day, reading=True)
    assert len(room.got) == 4


async def test_after_an_outage_there_is_one_edition_marked_late(room: Newsroom) -> None:
    """Nobody read and nobody sent from Monday afternoon to Friday afternoon."""
    await room.follow(f"{EVERY} {AT}")
    await room.follow("agents", "telegram:-200")
    room.at(moment(FRI, "18:00"))
    room.world.arxiv.day = FRI
    room.desk = room.another_desk()
    await room.tick(read=False)  # the desk is there before the reader
    assert room.got == []
    await read(room, FRI, "18:00")
    room.now += AGAIN.total_seconds() + 1
    await room.tick()
    assert sorted(got.address for got in room.got) == [CHAT, "telegram:-200"]
    (text,) = room.texts()
    assert text.startswith(
        "ti:Thing · Tue 17 Nov 2026 – Fri 20 Nov 2026\n\n12 announced · 12 matched · 10 shown"
    )
    assert "Late: the announcement could not be read on its day." in text
    assert "written by scripted" in text
    await noon(room, FRI + timedelta(1))
    assert len(room.got) == 2


async def test_nothing_is_lost_when_a_subscription_changes(room: Newsroom) -> None:
    await room.follow(f"{EVERY} {AT}")
    await read(room, TUE)
    one = await room.one()
    changed = Wish.from_json(one.data)
    await room.subscriptions.add(CHAT, EVERY, changed.to_json(), next_run(CHAT, changed, room.now), limit=9)
    await noon(room, TUE)
    assert len(room.got) == 1


async def test_a_paper_is_shown_once_to_a_chat_and_names_what_else_it_fits(room: Newsroom) -> None:
    await room.follow(f"RAG {AT}")
    await room.follow(f"agents {AT}")
    await room.follow(f"au:Number1 {AT}", place="7")
    await room.follow(f"agents {AT}", "telegram:-200")
    await read(room, TUE)
    await noon(room, TUE)
    texts = {(got.address, got.text.split(" · ")[0]): got.text for got in room.got}
    assert len(texts) == 4
    mine = [text for (address, _), text in texts.items() if address.startswith(CHAT)]
    shown = [text.count("https://arxiv.org/abs/2611.00202") for text in mine]
    assert sorted(shown) == [0, 0, 1]
    assert sum(text.count("abs/2611.00201") for text in mine) == 1
    agents, rag = (load().find(name).name("en") for name in ("agents", "RAG"))
    said = {line.split("also: ")[1] for text in mine for line in text.splitlines() if "also: " in line}
    assert said & {agents, rag}
    assert any("au:Number1" in one for one in said) or "au:Number1" in "".join(mine)
    elsewhere = next(text for (address, _), text in texts.items() if address == "telegram:-200")
    assert "also:" not in elsewhere
    quiet = [text for text in mine if "0 shown" in text]
    assert all("shown here before" in text for text in quiet)


async def test_a_quiet_day_is_a_line_or_nothing(room: Newsroom) -> None:
    await room.follow(f"ti:nowhere {AT}")
    await room.follow(f"ti:nowhere {AT} quiet", "telegram:-200")
    await read(room, TUE)
    await noon(room, TUE)
    (got,) = room.got
    assert got.address == CHAT
    assert got.text.splitlines() == [
        "ti:nowhere · Tue 17 Nov 2026 · 3 announced · 0 matched · 0 shown · Nothing that was announced matches."
    ]


async def test_what_a_chat_likes_comes_first_there_and_nowhere_else(room: Newsroom) -> None:
    other = "telegram:-200"
    for chat in (CHAT, other):
        await room.follow(f"{EVERY} {AT} top 2", chat)
    last = Vote(True, ("author ada number2",))
    first = Vote(False, ("author ada number0",))
    for n, vote in enumerate((last, first)):
        await room.taste.vote(CHAT, "telegram:7", f"2611.9000{n}", vote, room.now)
    await read(room, TUE)
    await noon(room, TUE)
    (here,), (there,) = room.texts(), room.texts(other)
    assert "3 announced · 3 matched · 2 shown" in here
    assert "3 announced · 3 matched · 2 shown" in there
    assert shown_of(here) == ["2611.00202", "2611.00201"]
    assert shown_of(there) == ["2611.00200", "2611.00201"]


def shown_of(said: str) -> list[str]:
    return re.findall(r"/summarize (\S+)", said)


async def test_what_is_muted_is_left_out(room: Newsroom) -> None:
    await room.follow(f"{EVERY} {AT}")
    for word in ("number1", "hing", "retrieval-augmented generation for"):
        assert await room.shown.mute(CHAT, word)
    await read(room, TUE)
    await noon(room, TUE)
    (text,) = room.texts()
    assert "3 announced · 1 matched · 1 shown" in text  # "hing" is no word of its own
    assert "abs/2611.00200" in text


@pytest.mark.parametrize("detail", ["gist", "brief", "titles"])
async def test_it_says_as_much_as_is_wanted(room: Newsroom, detail: str) -> None:
    await room.follow(f"{EVERY} {AT} {detail} zh")
    await read(room, TUE)
    await noon(room, TUE)
    (text,) = room.texts()
    assert room.model
    brief = {"gist": 0, "brief": 1, "titles": 0}[detail]
    assert text.count("•") >= 9 * brief
    assert (text.count("•") == 0) == (not brief)
    assert len(room.model.prompts) == {"gist": 3, "brief": 3, "titles": 0}[detail]


@pytest.mark.parametrize("detail", ["gist", "brief"])
async def test_two_messages_at_most(room: Newsroom, detail: str) -> None:
    room.platforms["telegram"].limit = 420
    await room.follow(f"{EVERY} {AT} {detail}")
    await read(room, TUE)
    await noon(room, TUE)
    (got,) = room.got
    assert got.parts == 2
    assert "1. " in got.text
    assert "3. " in got.text


async def test_a_text_that_is_not_ready_is_extracted(room: Newsroom, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = asyncio.Event()

    async def never(*args: object) -> Any:
        asked.set()
        await asyncio.Event().wait()

    monkeypatch.setattr(room.library, "brief", never)
    await room.follow(f"{EVERY} {AT}")
    await read(room, TUE)
    room.at(moment(TUE, "12:00") + timedelta(minutes=20) + timedelta(seconds=SPREAD - 0.05))
    await asyncio.wait_for(room.tick(read=False), 30)
    assert asked.is_set() or room.got
    (text,) = room.texts()
    assert "Sentences extracted from the abstracts, not written." in text


async def test_a_platform_that_is_not_there_loses_nothing(room: Newsroom) -> None:
    await room.follow(f"{EVERY} {AT}")
    there = room.platforms.pop("telegram")
    await read(room, TUE)
    await noon(room, TUE)
    room.platforms["telegram"] = there
    await read(room, WED)
    await noon(room, WED)
    (text,) = room.texts()
    assert "6 announced" in text


async def test_a_query_that_cannot_be_read_any_more_is_paused(room: Newsroom) -> None:
    await room.follow(f"{EVERY} {AT}")
    one = await room.one()
    await room.subscriptions.add(CHAT, "(open", one.data, room.now, limit=9)
    await room.tick()
    assert ["paused" in (o.paused or "") or bool(o.paused) for o in await room.subscriptions.of(CHAT)] == [
        True,
        False,
    ]


async def test_a_category_that_is_missing_is_named_and_comes_later(room: Newsroom) -> None:
    room.world.categories.add("cs.IR")
    room.world.arxiv.corpus.add(paper_of("2611.00900", "A Thing of its own", TUE))
    await room.follow(f"{EVERY} {AT}")
    await read(room, TUE)
    await room.world.announcements.save(
        *[b for b in [await room.world.announcements.batch("cs.IR", TUE)] if b], watermark=("cs.IR", MON)
    )
    batch = await room.world.announcements.batch("cs.IR", TUE)
    assert batch
    await room.world.announcements.save(
        replace(batch, state=State.UNREACHABLE, items=()), watermark=("cs.IR", MON)
    )
    await noon(room, TUE)
    assert room.got == []
    await noon(room, TUE, late=PATIENCE + AGAIN)
    (text,) = room.texts()
    assert "Not complete: cs.IR (unreachable)." in text
    assert "4 announced" in text


class Breaks:
    """A store that is gone from its n-th command on, until it is mended."""

    def __init__(self, store: Store) -> None:
        self.left: int | None = None
        self.used = 0
        run = store.execute_command

        async def counted(*args: Any, **options: Any) -> Any:
            self._count()
            return await run(*args, **options)

        read = store.text

        async def text(key: str) -> str | None:
            self._count()
            return await read(key)

        store.execute_command = counted  # type: ignore[method-assign]
        store.text = text  # type: ignore[method-assign]

    def _count(self) -> None:
        self.used += 1
        if self.left is not None:
            if self.left <= 0:
                raise StoreUnavailable("unreachable")
            self.left -= 1


@pytest.mark.parametrize("how", ["before", "after"])
async def test_a_crash_at_any_step_sends_it_once(room: Newsroom, how: str) -> None:
    """`after`: the command is carried out, and its answer never arrives."""
    await read(room, TUE)
    breaks = Breaks(room.store)
    chats = [f"telegram:-{n}" for n in range(1, 200)]
    room.at(moment(TUE, "11:00"))
    told, done = moment(MON).date(), 0
    for n, chat in enumerate(chats):
        await room.follow(f"{EVERY} {AT}", chat, since=1, told=told)
        room.at(moment(TUE, "12:00") + timedelta(seconds=SPREAD))
        (claim,) = await room.claims()
        desk = room.another_desk()
        breaks.left = n
        try:
            if how == "after":
                await cut_off(room, lambda c=claim, d=desk: d.prepare(c), n)  # type: ignore[misc]
            else:
                await desk.prepare(claim)
            done += 1
        except (StoreUnavailable, asyncio.CancelledError):
            pass
        breaks.left = None
        room.now += LEASE + 1
        room.desk = room.another_desk()
        await room.tick(read=False)
        await room.tick(read=False)
        assert len(room.texts(chat)) == 1, f"{n} commands"
        assert (await room.one(chat)).due == pytest.approx(moment(WED, "12:00").timestamp(), abs=SPREAD)
        room.at(moment(TUE, "11:00"))
        if done == 2:
            break
    assert n > 5
    assert done == 2


async def cut_off(room: Newsroom, prepare: Callable[[], Any], after: int) -> None:
    """Cancel the work as soon as so many commands were sent, not waiting for their answers."""
    store, sent = room.store, 0
    run = store.execute_command
    working: asyncio.Task[None]

    async def cutting(*args: Any, **options: Any) -> Any:
        nonlocal sent
        sent += 1
        answer = await run(*args, **options)
        if sent == after:
            working.cancel()
        return answer

    store.execute_command = cutting  # type: ignore[method-assign]
    try:
        working = asyncio.ensure_future(prepare())
        await working
    finally:
        store.execute_command = run  # type: ignore[method-assign]


async def test_five_thousand_chats_cost_what_one_does(room: Newsroom) -> None:
    """In two languages; what is measured is a machine's own affair, the bound is generous."""
    count = 5000
    for n in range(count):
        await room.follow(f"RAG {AT} {'zh' if n % 2 else 'en'}", f"telegram:-{n + 1000}")
    await read(room, TUE)
    room.world.arxiv.asked()
    room.at(moment(TUE, "12:00") + timedelta(seconds=SPREAD))
    claims = []
    while some := await room.claims():
        claims += some
    assert len(claims) == count
    for claim in claims[:2]:
        await room.desk.prepare(claim)
    began = time.perf_counter()
    for start in range(2, count, 50):
        await asyncio.gather(*map(room.desk.prepare, claims[start : start + 50]))
    each = (time.perf_counter() - began) / (count - 2)
    sys.stderr.write(f"{each * 1000:.2f} ms a subscription\n")
    assert each < 0.02
    assert room.model
    assert len(room.model.prompts) == 2 * 2
    assert room.world.arxiv.asked() == {}
    await room.deliver()
    assert len({got.address for got in room.got}) == len(room.got) == count
    assert len({got.text for got in room.got}) == 2


async def test_two_desks_at_once_send_once(room: Newsroom) -> None:
    await room.follow(f"{EVERY} {AT}")
    await read(room, TUE)
    room.at(moment(TUE, "12:00") + timedelta(seconds=SPREAD))
    (claim,) = await room.claims()
    await asyncio.gather(room.desk.prepare(claim), room.another_desk().prepare(claim))
    room.now += LEASE + 1
    await room.tick(read=False)
    assert len(room.got) == 1


def test_a_wish_comes_back_as_it_went() -> None:
    now = datetime(2026, 11, 16, 9, tzinfo=moment(MON).tzinfo)
    for line in ("RAG", "RAG at 9 in Shanghai weekdays", "RAG every 14 days on Monday at 9"):
        schedule = Options.parse(line).schedule(Zone("UTC"), now)
        plain = Wish(schedule, Language("zh-Hans"), 7, person="telegram:1")
        full = Wish(
            schedule, Language("en"), 0, 3, Detail.BRIEF, True, "discord:2", "discord:guild:1", MON, 1.5
        )
        assert [Wish.from_json(wish.to_json()) for wish in (plain, full)] == [plain, full]
