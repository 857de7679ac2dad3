"""When the arXiv announces: its rhythm, its holidays, both changes of the clock, and a year of real papers."""

from __future__ import annotations

import gzip
import json
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.papers.schedule import (
    NEW_YORK,
    announcement_days,
    batch_day,
    is_announcement_day,
    latest_day,
    submission_window,
)
from tests.fakes.corpus import data_folder

DAYS = st.dates(date(2018, 1, 1), date(2035, 12, 31))


def eastern(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=NEW_YORK)


def missing(year: int) -> list[str]:
    """Return the days of a year from Monday to Friday that have no feed."""
    days = (date(year, 1, 1) + timedelta(days=n) for n in range(365))
    return [f"{day:%m-%d}" for day in days if day.weekday() < 5 and not is_announcement_day(day)]


# The table of https://info.arxiv.org/help/availability.html, in a week without holidays


@pytest.mark.parametrize(
    ("submitted", "day"),
    [
        ("2025-06-05T14:00", "2025-06-09"),  # Thursday to Friday: announced on Sunday
        ("2025-06-06T13:59:59", "2025-06-09"),
        ("2025-06-06T14:00", "2025-06-10"),  # Friday to Monday: announced on Monday
        ("2025-06-07T03:00", "2025-06-10"),
        ("2025-06-09T13:59:59", "2025-06-10"),
        ("2025-06-09T14:00", "2025-06-11"),
        ("2025-06-10T23:59", "2025-06-12"),
        ("2025-06-12T13:00", "2025-06-13"),
    ],
)
def test_the_rhythm_of_a_week(submitted: str, day: str) -> None:
    assert batch_day(eastern(submitted)) == date.fromisoformat(day)


def test_windows_are_in_utc_and_follow_the_clock_of_new_york() -> None:
    assert submission_window(date(2025, 6, 9)) == (
        datetime(2025, 6, 5, 18, tzinfo=UTC),
        datetime(2025, 6, 6, 18, tzinfo=UTC),
    )
    assert submission_window(date(2025, 3, 11)) == (  # the clocks went forward on Sunday
        datetime(2025, 3, 7, 19, tzinfo=UTC),
        datetime(2025, 3, 10, 18, tzinfo=UTC),
    )
    first, last = submission_window(date(2025, 11, 4))  # and back
    assert last - first == timedelta(days=3, hours=1)


def test_weekends_have_no_feed() -> None:
    assert [day.day for day in announcement_days(date(2025, 6, 6), date(2025, 6, 17))] == [
        6, 9, 10, 11, 12, 13, 16, 17
    ]  # fmt: skip
    assert announcement_days(date(2025, 6, 10), date(2025, 6, 9)) == []


# Holidays: the evening of a holiday brings nothing, so the next day's feed is missing


def test_the_feeds_that_were_missing() -> None:
    assert missing(2025) == ["01-01", "01-02", "01-21", "06-20", "07-07", "09-02", "11-28", "12-26", "12-31"]
    assert missing(2026) == ["01-02", "01-20", "06-22", "07-06", "09-08", "11-27", "12-28", "12-30"]


@pytest.mark.parametrize(
    ("submitted", "day"),
    [
        ("2025-06-18T15:00", "2025-06-23"),  # Juneteenth, a Thursday: waits for Friday's batch
        ("2025-06-18T13:00", "2025-06-19"),
        ("2025-07-03T15:00", "2025-07-08"),  # a holiday on Friday: Sunday brings nothing
        ("2025-01-17T15:00", "2025-01-22"),  # Martin Luther King, a Monday
        ("2024-12-24T15:00", "2024-12-30"),  # two in a row
        ("2026-12-24T15:00", "2026-12-29"),
        ("2026-12-30T15:00", "2027-01-05"),  # a published holiday, then one by rule
    ],
)
def test_what_a_holiday_holds_up_goes_to_the_next_feed(submitted: str, day: str) -> None:
    assert batch_day(eastern(submitted)) == date.fromisoformat(day)


def test_years_without_a_published_table_keep_the_usual_holidays() -> None:
    assert missing(2027) == ["01-01", "01-04", "01-19", "06-21", "07-06", "09-07", "11-26", "12-27"]
    assert not is_announcement_day(date(2028, 1, 3))  # New Year's Day of 2028 is kept on the Friday before


def test_a_day_without_announcement_has_the_window_it_would_have() -> None:
    first, last = submission_window(date(2025, 6, 20))
    assert (first, last) == (datetime(2025, 6, 18, 18, tzinfo=UTC), datetime(2025, 6, 19, 18, tzinfo=UTC))
    assert submission_window(date(2025, 6, 23))[0] == first


# The current feed


@pytest.mark.parametrize(
    ("now", "day"),
    [
        ("2025-06-10T00:09:59", "2025-06-09"),
        ("2025-06-10T00:10", "2025-06-10"),
        ("2025-06-10T23:59", "2025-06-10"),
        ("2025-06-14T12:00", "2025-06-13"),
        ("2025-06-16T00:05", "2025-06-13"),
        ("2025-06-20T12:00", "2025-06-19"),
        ("2025-03-09T03:30", "2025-03-07"),
    ],
)
def test_the_current_feed(now: str, day: str) -> None:
    assert latest_day(eastern(now)) == date.fromisoformat(day)
    assert latest_day(eastern(now).astimezone(UTC)) == date.fromisoformat(day)


@given(st.datetimes(datetime(2018, 1, 1), datetime(2035, 12, 31), timezones=st.just(UTC)))  # noqa: DTZ001
def test_every_moment_belongs_to_the_window_of_its_day(submitted: datetime) -> None:
    day = batch_day(submitted)
    first, last = submission_window(day)
    assert first <= submitted < last
    assert is_announcement_day(day)


@given(DAYS)
def test_windows_leave_no_gap(day: date) -> None:
    days = announcement_days(day, day + timedelta(days=21))
    windows = [submission_window(one) for one in days]
    assert all(before[1] == after[0] for before, after in pairwise(windows))
    assert all(batch_day(first) == one for one, (first, _) in zip(days, windows, strict=True))


def test_real_papers_of_2025_were_announced_when_expected() -> None:
    folder = data_folder()
    if folder is None:
        pytest.skip("the data set is not at hand")
    late = {True: 0, False: 0}
    with gzip.open(folder / "corpus.jsonl.gz", "rt", encoding="utf-8") as lines:
        for record in map(json.loads, lines):
            published, announced = record["published"] or "", record["announced"] or ""
            if len(published) == len("2025-06-10") or not published or not announced.startswith("2025"):
                continue
            expected, day = batch_day(datetime.fromisoformat(published)), date.fromisoformat(announced)
            assert is_announcement_day(day)
            assert expected <= day, record["id"]  # moderation makes late, nothing makes early
            late[day > expected] += 1
    assert late[False] / sum(late.values()) > 0.95
