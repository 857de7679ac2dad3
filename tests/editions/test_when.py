"""Local times, held against a clock on the wall that is watched minute by minute."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from bot.editions.when import WORKDAYS, Every, Schedule
from bot.editions.zones import Zone

MINUTE = timedelta(minutes=1)


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def daily(said: str, zone: str, weekdays: frozenset[int] | None = None) -> Schedule:
    return Schedule(time.fromisoformat(said), Zone(zone), weekdays)


@pytest.mark.parametrize(
    ("said", "zone", "after", "run"),
    [
        ("09:00", "Asia/Shanghai", "2026-11-20T00:59", "2026-11-20T01:00"),
        ("09:00", "Asia/Shanghai", "2026-11-20T01:00", "2026-11-21T01:00"),
        ("09:00", "UTC+05:45", "2026-11-20T03:00", "2026-11-20T03:15"),
        ("09:00", "Asia/Kathmandu", "2026-11-20T03:00", "2026-11-20T03:15"),
        ("09:00", "UTC-03:30", "2026-11-20T03:00", "2026-11-20T12:30"),
        # Spring: 02:30 does not exist on 8 March 2026 in New York, nor does 02:00.
        ("02:30", "America/New_York", "2026-03-08T00:00", "2026-03-08T07:00"),
        ("02:00", "America/New_York", "2026-03-08T00:00", "2026-03-08T07:00"),
        ("02:59", "America/New_York", "2026-03-08T00:00", "2026-03-08T07:00"),
        ("03:00", "America/New_York", "2026-03-08T00:00", "2026-03-08T07:00"),
        ("02:30", "America/New_York", "2026-03-08T07:00", "2026-03-09T06:30"),
        # Autumn: 01:30 comes twice on 1 November.
        ("01:30", "America/New_York", "2026-11-01T00:00", "2026-11-01T05:30"),
        ("01:30", "America/New_York", "2026-11-01T05:30", "2026-11-02T06:30"),
        ("02:30", "Europe/Berlin", "2026-03-29T00:00", "2026-03-29T01:00"),
        ("02:30", "Europe/Berlin", "2026-10-24T12:00", "2026-10-25T00:30"),
        # Half an hour on Lord Howe: 02:00 to 02:30 is skipped, 01:30 to 02:00 comes twice.
        ("02:15", "Australia/Lord_Howe", "2026-10-03T12:00", "2026-10-03T15:30"),
        ("01:45", "Australia/Lord_Howe", "2026-04-04T12:00", "2026-04-04T14:45"),
        ("01:45", "Australia/Lord_Howe", "2026-04-04T14:45", "2026-04-05T15:15"),
        # Midnight itself is skipped in Beirut.
        ("00:00", "Asia/Beirut", "2026-03-28T12:00", "2026-03-28T22:00"),
        # Samoa had no 30 December 2011.
        ("09:00", "Pacific/Apia", "2011-12-29T20:00", "2011-12-30T10:00"),
        ("09:00", "Pacific/Apia", "2011-12-30T10:00", "2011-12-30T19:00"),
        ("09:00", "UTC", "2028-02-28T10:00", "2028-02-29T09:00"),
        ("09:00", "UTC", "2027-02-28T10:00", "2027-03-01T09:00"),
        ("23:59", "UTC", "2026-12-31T23:59", "2027-01-01T23:59"),
    ],
)
def test_the_next_run(said: str, zone: str, after: str, run: str) -> None:
    assert daily(said, zone).next_run(at(after)) == at(run)


def test_weekdays_are_the_zones_own() -> None:
    monday = daily("06:00", "Asia/Shanghai", frozenset({0}))
    assert monday.next_run(at("2026-11-20T00:00")) == at("2026-11-22T22:00")  # Sunday in UTC
    assert monday.runs_on(date(2026, 11, 23))
    assert not monday.runs_on(date(2026, 11, 22))


def test_without_a_time_no_clock_decides() -> None:
    assert Schedule(None, Zone("UTC"), WORKDAYS).next_run(at("2026-11-20T00:00")) is None


def test_a_fortnight_keeps_its_weekday_and_its_hour() -> None:
    every = Every.starting(14, date(2026, 10, 14), weekday=0)
    schedule = Schedule(time(9), Zone("Europe/Berlin"), every=every)
    first = schedule.next_run(at("2026-10-14T12:00"))
    assert first == at("2026-10-19T07:00")
    assert schedule.next_run(first) == at("2026-11-02T08:00")  # winter has come
    assert schedule.next_run(at("2027-11-02T08:00")) == at("2027-11-15T08:00")  # after a year of silence
    assert schedule.next_run(at("2020-01-01T00:00")) == first  # nothing before it began


def test_days_on_a_weekday_are_whole_weeks() -> None:
    assert Every.starting(10, date(2026, 11, 20), weekday=0) == Every(14, date(2026, 11, 23))
    assert Every.starting(366, date(2026, 11, 20), weekday=4) == Every(364, date(2026, 11, 20))
    assert Every.starting(10, date(2026, 11, 20)) == Every(10, date(2026, 11, 20))


@pytest.mark.parametrize("days", [0, -1, 367])
def test_an_interval_without_end_is_refused(days: int) -> None:
    with pytest.raises(ValueError, match=str(days)):
        Every(days, date(2026, 11, 20))


@pytest.mark.parametrize("weekdays", [frozenset(), frozenset({7}), frozenset({-1})])
def test_no_days_and_other_days_are_refused(weekdays: frozenset[int]) -> None:
    with pytest.raises(ValueError, match="frozenset"):
        Schedule(time(9), Zone("UTC"), weekdays)


@pytest.mark.parametrize(("zone", "hours"), [("America/New_York", (23, 25)), ("Asia/Shanghai", (24, 24))])
def test_a_year_of_runs_has_a_run_a_day(zone: str, hours: tuple[int, int]) -> None:
    schedule, run = daily("12:00", zone), at("2026-01-01T00:00")
    runs = []
    for _ in range(366):
        following = schedule.next_run(run)
        assert following is not None
        run = following
        runs.append(run)
    pauses = {(b - a) // timedelta(hours=1) for a, b in pairwise(runs)}
    assert (min(pauses), max(pauses)) == hours
    assert [run.astimezone(Zone(zone).tzinfo).date() for run in runs] == [
        date(2026, 1, 1) + timedelta(days=n) for n in range(366)
    ]


ANY = st.floats(631_500_000, 2_177_000_000).map(lambda at: datetime.fromtimestamp(at // 60 * 60, UTC))
ZONES = (
    "America/New_York", "Europe/Berlin", "Australia/Lord_Howe", "Asia/Kathmandu", "Asia/Kolkata", "Pacific/Apia",
    "Asia/Shanghai", "America/St_Johns", "Asia/Beirut", "America/Havana", "Africa/Casablanca", "Asia/Tehran",
    "Pacific/Chatham", "Asia/Gaza", "Antarctica/Troll", "America/Sao_Paulo", "Asia/Pyongyang", "UTC",
    "UTC+05:45", "UTC-03:30", "Europe/Lisbon", "America/Caracas", "Pacific/Kwajalein", "Africa/Cairo",
)  # fmt: skip


def changes(key: str) -> list[datetime]:
    """Return the hours between 1990 and 2040 within which the zone's clock was put forward or back."""
    zone = Zone(key).tzinfo
    step, day, found = timedelta(days=1), datetime(1990, 1, 1, tzinfo=UTC), []
    while day.year < 2040:
        if day.astimezone(zone).utcoffset() != (day + step).astimezone(zone).utcoffset():
            found.append(day)
        day += step
    return found


CHANGES = [(key, day) for key in ZONES for day in changes(key)]


def watched(schedule: Schedule, after: datetime, minutes: int) -> datetime | None:
    """Return the first minute after `after` at which the wall clock reaches a time of the schedule.

    It is watched from two days before, so that what it shows for the second time counts no more.
    """
    assert schedule.time is not None
    zone = schedule.zone.tzinfo
    minute = after - timedelta(days=2)
    reached = minute.astimezone(zone).replace(tzinfo=None)
    while minute < after + MINUTE * minutes:
        minute += MINUTE
        shows = minute.astimezone(zone).replace(tzinfo=None)
        if shows <= reached:
            continue
        target = datetime.combine(reached.date(), schedule.time)
        while target <= shows:
            if target > reached and minute > after and schedule.runs_on(target.date()):
                return minute
            target += timedelta(days=1)
        reached = shows
    return None


@given(
    near=st.sampled_from(CHANGES)
    | st.tuples(st.sampled_from(ZONES), ANY),
    offset=st.integers(-1440, 2880),
    clock=st.times().map(lambda said: said.replace(second=0, microsecond=0)),
    days=st.none()
    | st.frozensets(st.integers(0, 6), min_size=1)
    | st.tuples(st.integers(1, 5), st.integers(-40, 5)),
)  # fmt: skip
@settings(max_examples=150, deadline=None)
def test_it_is_when_the_wall_clock_gets_there(
    near: tuple[str, datetime],
    offset: int,
    clock: time,
    days: frozenset[int] | tuple[int, int] | None,
) -> None:
    key, around = near
    after = around + MINUTE * offset
    if isinstance(days, tuple):
        every = Every(days[0], after.date() + timedelta(days=days[1]))
        schedule = Schedule(clock, Zone(key), every=every)
    else:
        schedule = Schedule(clock, Zone(key), days)
    assert Schedule.unpack(schedule.pack()) == schedule
    run = schedule.next_run(after)
    assert run is not None
    found = watched(schedule, after, 9 * 1440)
    assume(found is not None or run - after > timedelta(days=9))
    assert run == found or found is None


@given(ANY, st.sampled_from(ZONES), st.times())
def test_time_goes_on(after: datetime, key: str, clock: time) -> None:
    run = Schedule(clock.replace(microsecond=0), Zone(key)).next_run(after)
    assert run is not None
    assert timedelta(0) < run - after <= timedelta(hours=49)
