"""When the arXiv announces, and which papers.

From Monday to Friday it closes a batch at 14:00 in New York and announces it at 20:00, Friday's on Sunday.
The feed of an announcement is made at midnight and carries the next day's date, Monday to Friday. A holiday
is a day on which no batch is closed: the feed of the next working day is missing, and its papers wait for
the one after. https://info.arxiv.org/help/availability.html

The holidays here serve to tell a holiday from an empty feed and to name the days that were missed; whatever
the arXiv does announce on one of them is as good as on any other day.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

NEW_YORK = ZoneInfo("America/New_York")

_DEADLINE = time(14)
_REBUILT = timedelta(minutes=10)  # after midnight the feeds are made, and until then may be yesterday's
_DAY = timedelta(days=1)

# https://info.arxiv.org/help/availability.html, "Holidays", with the days of retreats and the winter breaks.
_PUBLISHED = {
    2024: "01-15 05-22 06-19 07-04 09-02 10-08 11-28 12-25 12-26 12-31",
    2025: "01-01 01-20 06-19 07-04 09-01 11-27 12-25 12-30",
    2026: "01-01 01-19 06-19 07-03 09-07 11-26 12-25 12-29 12-31",
}


def is_announcement_day(day: date) -> bool:
    """Return whether a feed dated `day` is expected: Monday to Friday, unless a holiday came before."""
    return day.weekday() < 5 and not _is_holiday(_closing_day(day))


def announcement_days(first: date, last: date) -> list[date]:
    """Return the announcement days from `first` to `last`, both included."""
    days = (first + timedelta(days=n) for n in range((last - first).days + 1))
    return [day for day in days if is_announcement_day(day)]


def latest_day(now: datetime) -> date:
    """Return the announcement day whose feed is the current one: a new one counts from 00:10 in New York."""
    return _last_announcement(on_or_before=(now.astimezone(NEW_YORK) - _REBUILT).date())


def batch_day(submitted: datetime) -> date:
    """Return the day in whose feed a paper submitted then is expected; moderation holds some back for longer."""
    there = submitted.astimezone(NEW_YORK)
    in_time = there.date() if there.time() < _DEADLINE else there.date() + _DAY
    day = in_time + _DAY
    while not (is_announcement_day(day) and _closing_day(day) >= in_time):
        day += _DAY
    return day


def submission_window(day: date) -> tuple[datetime, datetime]:
    """Return from when (included) until when (excluded) papers were submitted for the feed of `day`, in UTC.

    For a day without announcement it is the window that an announcement on it would have.
    """
    before = _last_announcement(on_or_before=day - _DAY)
    return _deadline(_closing_day(before)), _deadline(_closing_day(day))


def _last_announcement(*, on_or_before: date) -> date:
    day = on_or_before
    while not is_announcement_day(day):
        day -= _DAY
    return day


def _closing_day(day: date) -> date:
    """Return the last day from Monday to Friday before `day`."""
    day -= _DAY
    while day.weekday() >= 5:
        day -= _DAY
    return day


def _deadline(day: date) -> datetime:
    return datetime.combine(day, _DEADLINE, NEW_YORK).astimezone(UTC)


def _is_holiday(day: date) -> bool:
    # The first of January is kept in December when it falls on a Saturday.
    return day in _holidays(day.year) or (day.month == 12 and day in _holidays(day.year + 1))


@lru_cache(maxsize=64)
def _holidays(year: int) -> frozenset[date]:
    """Return the holidays of a year: as published, and otherwise those that were kept in all of the last years."""
    if published := _PUBLISHED.get(year):
        return frozenset(date.fromisoformat(f"{year}-{day}") for day in published.split())
    return frozenset(_usual_holidays(year))


def _usual_holidays(year: int) -> Iterator[date]:
    """Yield the holidays of the United States that the arXiv keeps; its winter break has two more each year."""
    for month, number in ((1, 1), (6, 19), (7, 4), (12, 25)):
        day = date(year, month, number)
        yield day + {5: -_DAY, 6: _DAY}.get(day.weekday(), timedelta(0))
    yield _weekday_of(year, 1, weekday=0, which=3)  # Martin Luther King
    yield _weekday_of(year, 9, weekday=0, which=1)  # Labor Day
    yield _weekday_of(year, 11, weekday=3, which=4)  # Thanksgiving


def _weekday_of(year: int, month: int, *, weekday: int, which: int) -> date:
    first = date(year, month, 1)
    return first + timedelta(days=(weekday - first.weekday()) % 7 + 7 * (which - 1))
