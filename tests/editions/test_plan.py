"""What a chat gets, whatever the order in which batches become known and the times at which it is due."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.announcements.batch import Batch, Item, State
from bot.editions.plan import AGAIN, PATIENCE, Missing, News, Nothing, Wait, decide
from bot.papers.feed import Kind
from bot.papers.ids import PaperId
from bot.papers.schedule import announcement_days, latest_day
from tests.announcements.rig import moment

MON, TUE, WED, THU, FRI, SAT = (date(2025, 6, day) for day in (9, 10, 11, 12, 13, 14))
CL, IR, CV = "cs.CL", "cs.IR", "cs.CV"
NOON = moment(WED, "12:00")


def batch(category: str, day: date, *numbers: int, state: State = State.READ, late: bool = False) -> Batch:
    items = tuple(Item(PaperId(f"2506.{n:05}", 1), Kind.NEW) for n in numbers)
    return Batch(category, day, state, items, moment(day), late=late)


MONDAY, TUESDAY = (1, batch(CL, MON, 1, 2)), (2, batch(CL, TUE, 3, 4))
WEDNESDAY = (3, batch(CL, WED, 4, 5))
UNREAD = (0, batch(CL, WED, state=State.STALE))


@pytest.mark.parametrize(
    ("batches", "read", "options", "expected"),
    [
        pytest.param([TUESDAY, WEDNESDAY], {CL: WED}, {}, {WED: (5,)}, id="the day's, without what was there before"),
        pytest.param([TUESDAY, UNREAD], {CL: TUE}, {}, Wait(), id="out and unread"),
        pytest.param([TUESDAY], {CL: TUE}, {}, Wait(), id="nobody has looked"),
        pytest.param([TUESDAY, UNREAD], {CL: TUE}, {"waited": PATIENCE}, Missing(WED), id="waited for in vain"),
        pytest.param([TUESDAY, UNREAD], {CL: TUE}, {"waited": PATIENCE, "by_the_clock": False}, Nothing(), id="in vain, no clock"),
        pytest.param([TUESDAY, UNREAD], {CL: TUE}, {"told": WED}, Nothing(), id="said already"),
        pytest.param([], {}, {}, Wait(), id="nothing was ever read"),
        pytest.param([TUESDAY, WEDNESDAY], {CL: WED}, {"since": 3, "told": WED}, Nothing(), id="had"),
        pytest.param([MONDAY, TUESDAY, WEDNESDAY], {CL: WED}, {"since": 0, "told": FRI - timedelta(7)},
                     {MON: (1, 2), TUE: (3, 4), WED: (5,)}, id="three days at once"),
        # Gaps are waited for too: one edition and not two.
        pytest.param([MONDAY, WEDNESDAY], {CL: MON}, {"since": 1, "told": MON}, Wait(), id="a gap"),
        pytest.param([MONDAY, WEDNESDAY], {CL: MON}, {"since": 1, "told": MON, "waited": PATIENCE}, {WED: (4, 5)}, id="a gap for good"),
        pytest.param([MONDAY, (2, batch(CL, WED, 5)), (3, batch(CL, TUE, 3, late=True))], {CL: WED}, {"since": 1, "told": MON},
                     {TUE: (3,), WED: (5,)}, id="a gap that was closed"),
        pytest.param([MONDAY, WEDNESDAY], {CL: MON}, {"since": 1, "told": TUE}, {WED: (4, 5)}, id="a gap that was told of"),
        # Several categories
        pytest.param([WEDNESDAY], {CL: WED, IR: TUE}, {}, Wait(), id="another category is unread"),
        pytest.param([WEDNESDAY], {CL: WED, IR: None}, {}, Wait(), id="another category is new"),
        pytest.param([WEDNESDAY], {CL: WED, IR: TUE}, {"categories": [CL]}, {WED: (4, 5)}, id="one that does not matter"),
        pytest.param([WEDNESDAY], {CL: WED, CV: TUE}, {"categories": ["cs"]}, Wait(), id="all of an archive matter"),
        pytest.param([WEDNESDAY], {CL: WED, IR: TUE}, {"waited": PATIENCE}, {WED: (4, 5)}, id="without the other"),
        pytest.param([(3, batch(CV, WED, 9))], {CL: WED, CV: WED}, {"categories": [CL], "told": WED}, Nothing(), id="only what does not matter"),
        pytest.param([(3, batch(CV, WED, 9))], {CL: TUE, CV: WED}, {"categories": [CL], "waited": PATIENCE}, Missing(WED), id="only others"),
        pytest.param([WEDNESDAY], {CL: WED}, {"categories": ["math.CO"]}, {WED: (4, 5)}, id="nothing that matters is read"),
        # Without a clock
        pytest.param([(4, batch(IR, WED, 7))], {CL: WED, IR: WED}, {"told": WED, "by_the_clock": False}, Nothing(), id="left over, no clock"),
        pytest.param([(4, batch(IR, TUE, 7, late=True))], {CL: WED, IR: WED}, {"told": WED, "by_the_clock": False}, {TUE: (7,)},
                     id="late, no clock"),
        pytest.param([TUESDAY, WEDNESDAY], {CL: WED}, {"by_the_clock": False}, {WED: (5,)}, id="read, no clock"),
    ],
)  # fmt: skip
def test_a_table(
    batches: list[tuple[int, Batch]],
    read: dict[str, date | None],
    options: dict[str, object],
    expected: object,
) -> None:
    asked = NOON - options.pop("waited", timedelta(0))  # type: ignore[operator]
    options = {"since": 2, "told": TUE, **options}
    found = decide(batches, read=read, asked=asked, now=NOON, **options)  # type: ignore[arg-type]
    if isinstance(found, News):
        assert {day: tuple(int(p.number[5:]) for p in ids) for day, ids in found.papers.items()} == expected
        assert found.upto == max(number for number, _ in batches)
    else:
        assert found == expected


def test_an_edition_without_a_category_says_so() -> None:
    stale = (0, batch(IR, WED, state=State.STALE))
    asked = NOON - PATIENCE
    news = decide(
        [WEDNESDAY, stale], read={CL: WED, IR: TUE, CV: TUE}, since=2, told=TUE, asked=asked, now=NOON
    )
    assert isinstance(news, News)
    assert news.incomplete == ((CV, "unread"), (IR, "stale"))
    assert news.told == WED


def test_weekends_and_holidays_bring_nothing() -> None:
    friday = [(3, batch(CL, FRI, 1))]
    for day in (SAT, SAT + timedelta(1), date(2025, 6, 20)):
        told = latest_day(moment(day, "12:00"))
        found = decide(
            friday, read={CL: told}, since=3, told=told, asked=moment(day, "12:00"), now=moment(day, "12:00")
        )
        assert found == Nothing()


class Chat:
    """What the desk does with a decision."""

    def __init__(self, told: date) -> None:
        self.since, self.told = 0, told
        self.asked: datetime | None = None
        self.had: list[tuple[str, date]] = []
        self.papers: list[str] = []
        self.said: list[date] = []

    def due(
        self,
        now: datetime,
        known: dict[tuple[str, date], tuple[int, Batch]],
        read: dict[str, date | None],
        clock: bool,
    ) -> bool:
        """Look once; return whether to look again."""
        self.asked = self.asked or now
        found = decide(
            sorted(known.values(), key=lambda pair: pair[0]),
            read=read,
            since=self.since,
            told=self.told,
            asked=self.asked,
            now=now,
            by_the_clock=clock,
        )
        if isinstance(found, Wait):
            assert now - self.asked < PATIENCE
            return True
        self.asked = None
        if isinstance(found, Missing):
            self.told = found.day
            self.said.append(now.date())
        if isinstance(found, News):
            self.had += [(b.category, b.day) for b in found.batches]
            self.papers += [p.number for ids in found.papers.values() for p in ids]
            self.since, self.told = found.upto, found.told
            self.said.append(now.date())
        return False


@settings(max_examples=200, deadline=None)
@given(st.data())
def test_every_batch_is_given_once(data: st.DataObject) -> None:
    """Two weeks, in which batches come at any time within two days of theirs, and a chat looks at any time."""
    first, last = date(2025, 6, 9), date(2025, 6, 23)
    days = announcement_days(first, last)
    comes = sorted(
        (
            (moment(day) + timedelta(minutes=data.draw(st.integers(0, 2880))), category, day)
            for day in days
            for category in (CL, IR)
        ),
        key=lambda row: row[0],
    )
    looks = sorted(
        {
            moment(first, "00:00") + timedelta(minutes=n)
            for n in data.draw(st.lists(st.integers(0, 15 * 1440), max_size=25))
        }
    )
    clock = data.draw(st.booleans())
    chat = Chat(told=date(2025, 6, 6))
    known: dict[tuple[str, date], tuple[int, Batch]] = {}
    end = moment(date(2025, 6, 28))
    now, waits = moment(first, "00:00"), False
    while now < end:
        due = [look for look in looks if look > now]
        coming = [at for at, *_ in comes if at > now]
        steps = [*due[:1], *coming[:1], *([now + AGAIN] if waits else [])]
        now = min(steps, default=end)
        for at, category, day in comes:
            if at <= now and (category, day) not in known:
                late = at - moment(day) >= timedelta(days=1)
                shared = 1000 + day.day  # a paper that both categories announce
                numbers = (day.day * 10 + (category == IR), shared)
                known[category, day] = (len(known) + 1, batch(category, day, *numbers, late=late))
        # Settled up to the day before the first that is missing, as the reader has it.
        read = {c: max([d for d in days if all((c, e) in known for e in days if e <= d)], default=None) for c in (CL, IR)}  # fmt: skip
        if waits or now in looks or not clock:
            waits = chat.due(now, known, read, clock)
    chat.due(end, known, {CL: end.date(), IR: end.date()}, clock=True)
    assert len(chat.had) == len(set(chat.had)) == len(comes)
    assert len(chat.papers) == len(set(chat.papers)) == 3 * len(days)
    at_most = len(looks) + 1 if clock else 4 * len(days)
    assert len(chat.said) <= at_most
