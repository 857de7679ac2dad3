"""What records and searches prove about a gap from Monday to Wednesday, in cs.CL, watched since the 9th."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta

import pytest

from bot.announcements.harvest import Found, from_records, from_search
from bot.announcements.record import Memory
from bot.papers.ids import PaperId
from bot.papers.oai import Record
from bot.papers.paper import Paper
from bot.papers.schedule import submission_window

MON, TUE, WED, THU = (date(2026, 11, 16) + timedelta(days=n) for n in range(4))
MISSED = (MON, TUE, WED)
WATCHED = date(2026, 11, 9)
KNOWN = "2611.00001"
MEMORY = Memory({KNOWN: date(2026, 11, 10)}, WATCHED)


@dataclass(frozen=True)
class Case:
    """A record whose versions are expected on `due` days and which changed on `modified`; what it is."""

    says: str
    due: tuple[date, ...]
    modified: date
    expected: str
    number: str = "2611.00002"
    primary: str = "cs.CL"
    current: bool = True


CASES = [
    Case("a new paper", (MON,), MON, "16 new"),
    Case("a cross-list", (TUE,), TUE, "17 cross", primary="cs.LG"),
    Case("one day's paper, changed the next", (MON,), WED, "16 new"),
    Case("new, and replaced within the gap", (MON, WED), WED, "16 new"),
    Case("new, and replaced today", (MON, THU), THU, "16 new"),
    Case("a paper of today", (THU,), THU, ""),
    Case("announced before, changed otherwise", (date(2026, 11, 10),), TUE, "", KNOWN),
    Case("announced before, replaced", (date(2026, 11, 10), TUE), TUE, "17 replace", KNOWN),
    Case("a cross-listed one replaced", (date(2026, 11, 10), TUE), TUE, "17 replace-cross", KNOWN, "cs.LG"),
    Case("a sixth version is not announced", (date(2026, 11, 10), *[TUE] * 5), TUE, "", KNOWN),
    Case("held since we watch", (date(2026, 11, 10),), WED, "18 new"),
    Case("cross-listed later", (date(2026, 11, 10), date(2026, 11, 11)), WED, "18 cross", primary="cs.LG"),
    Case("submitted shortly before we watched", (date(2026, 11, 4),), TUE, "17 new"),
    Case("submitted then, and replaced now", (date(2026, 11, 4), TUE), TUE, "17 replace"),
    Case("of a month ago, changed otherwise", (date(2026, 10, 13),), TUE, ""),
    Case("of years ago, changed otherwise", (date(2020, 1, 6),), TUE, ""),
    Case("of years ago, replaced", (date(2020, 1, 6), TUE), TUE, "17 replace"),
    Case("changed today, which may be its announcement", (WED,), THU, "", current=False),
    Case("changed today, and today's batch is known", (WED,), THU, "18 new"),
    Case("public before it was expected", (THU,), TUE, "17 new"),
]


def submitted(day: date) -> datetime:
    return submission_window(day)[0] + timedelta(hours=1)


def made(number: str, version: int, primary: str, published: datetime) -> Paper:
    categories = tuple(dict.fromkeys((primary, "cs.CL")))
    return Paper(PaperId(number, version), "A Title", ("A",), "Text.", categories, published)


def told(found: Found) -> str:
    return ", ".join(f"{day.day} {item.kind}" for day, items in found.items() for item, _ in items)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.says)
def test_records(case: Case) -> None:
    paper = made(case.number, len(case.due), case.primary, submitted(case.due[0]))
    record = Record(paper, case.modified, tuple(map(submitted, case.due)))
    assert told(from_records([record], "cs.CL", MISSED, MEMORY, current=case.current)) == case.expected


@pytest.mark.parametrize(
    ("says", "due", "number", "expected"),
    [
        ("a new paper", TUE, "2611.00002", "17 new"),
        ("announced before", TUE, KNOWN, ""),
        ("not yet announced", THU, "2611.00002", ""),
        ("held since we watch", date(2026, 11, 10), "2611.00002", "16 new"),
        ("submitted before we watched", date(2026, 11, 4), "2611.00002", ""),
    ],
)
def test_searches(says: str, due: date, number: str, expected: str) -> None:
    found = from_search([made(number, 1, "cs.CL", submitted(due))], "cs.CL", MISSED, MEMORY)
    assert told(found) == expected
