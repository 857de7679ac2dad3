"""What a chat is to get now: a pure function of what was read, and of what the chat has had."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from bot.announcements.batch import Batch, State
from bot.editions.when import Schedule, instant
from bot.papers.ids import PaperId
from bot.papers.schedule import announcement_days, latest_day

PATIENCE = timedelta(hours=3)  # that an edition waits for an announcement that is out and unread
_DAY = timedelta(days=1)
_MORNING = time(9)  # on a day of the chat's on which no announcement comes
_LOOKED_AHEAD = 10  # of a chat's days: no break of the arXiv is as long
AGAIN = timedelta(minutes=1)  # between two looks while it waits


@dataclass(frozen=True, slots=True)
class Wait:
    """An announcement is out and not read: look again."""


@dataclass(frozen=True, slots=True)
class Nothing:
    """Nothing was announced since the last time."""


@dataclass(frozen=True, slots=True)
class Missing:
    """The announcement of `day` was waited for in vain."""

    day: date


@dataclass(frozen=True, slots=True)
class News:
    """`batches` came since the last time: these days, and of each the papers that are new to the chat.

    `incomplete` names the categories that were waited for in vain, with the reason. `upto` is the number of
    the last batch that the chat has had then, and `told` the last day that it has heard of.
    """

    batches: tuple[Batch, ...]
    papers: dict[date, tuple[PaperId, ...]]
    incomplete: tuple[tuple[str, str], ...]
    upto: int
    told: date

    @property
    def days(self) -> tuple[date, ...]:
        return tuple(sorted(self.papers))


@dataclass(frozen=True, slots=True)
class Hold:
    """It is not the chat's day: look again at `until`, or where that is None when something is read."""

    until: datetime | None


def held(schedule: Schedule, now: datetime, newest: date | None) -> Hold | None:
    """Return how long what was read waits for a day of the chat's; None where it waits for none.

    Where a time of day is set, that says when. Without one a day of the chat's brings all there is as soon as
    the announcement that comes out on it is read, and in the morning if none comes out. `newest` is the last
    announcement day of which anything is known.
    """
    if schedule.time is not None or not schedule.has_days:
        return None
    zone = schedule.zone.tzinfo
    today = now.astimezone(zone).date()
    if not schedule.runs_on(today):
        return Hold(instant(datetime.combine(schedule.next_day(today), time()), zone))
    before, last = _announced_before(schedule, today), _announced_before(schedule, today + _DAY)
    if last > before:
        return None if newest and newest >= last else Hold(None)
    morning = instant(datetime.combine(today, _MORNING), zone)
    return Hold(morning) if now < morning else None


def day_with_news(schedule: Schedule, now: datetime, told: date | None) -> date | None:
    """Return the first of the days of a schedule without a time on which there is more than the chat was `told`.

    None where there is none for weeks.
    """
    day = schedule.next_day(now.astimezone(schedule.zone.tzinfo).date())
    for _ in range(_LOOKED_AHEAD):
        if told is None or _announced_before(schedule, day + _DAY) > told:
            return day
        day = schedule.next_day(day + _DAY)
    return None


def _announced_before(schedule: Schedule, day: date) -> date:
    """Return the last announcement that is out before the zone's `day` begins."""
    return latest_day(
        instant(datetime.combine(day, time()), schedule.zone.tzinfo) - timedelta(microseconds=1)
    )


def decide(
    batches: Sequence[tuple[int, Batch]],
    *,
    read: Mapping[str, date | None],
    since: int,
    told: date | None,
    asked: datetime,
    now: datetime,
    categories: Collection[str] = (),
    by_the_clock: bool = True,
) -> Wait | Nothing | Missing | News:
    """Return what a chat gets that has had every batch up to the one numbered `since`.

    `batches` are those of the last weeks with their numbers, and `read` says of each category that is read at
    present up to which day it is settled. `told` is the last announcement day that the chat has heard of. What
    is out and unread, today or in a gap before, is waited for until three hours after the chat first `asked`,
    but only in the `categories` that matter (none: all). News of others alone waits for theirs. Without a
    clock, what is left over from a day that the chat has had waits for the next day.
    """
    latest = latest_day(now)
    mine = {category for category in read if _matters(category, categories)} or set(read)
    new = tuple(batch for number, batch in batches if number > since)
    known = {(batch.category, batch.day): batch for _, batch in batches}
    unread = {c for c in mine if _is_open(c, read[c], told, latest, known)}
    waiting = (told is None or told < latest) and bool(unread or not read)
    if waiting and now - asked < PATIENCE:
        return Wait()
    if not any(batch.category in mine for batch in new):
        return Missing(latest) if waiting and by_the_clock else Nothing()
    if not by_the_clock and told and all(batch.day <= told and not batch.late for batch in new):
        return Nothing()
    had = {item.id.number for number, batch in batches if 0 < number <= since for item in batch.announced}
    papers: dict[date, tuple[PaperId, ...]] = {}
    for day in sorted({batch.day for batch in new}):
        items = [item for batch in new if batch.day == day for item in batch.announced]
        newest: dict[str, PaperId] = {}
        for item in items:
            newest[item.id.number] = max(item.id, newest.get(item.id.number, item.id))
        papers[day] = tuple(newest[number] for number in sorted(newest.keys() - had))
        had |= newest.keys()
    return News(
        new,
        papers,
        tuple((c, _state(known.get((c, latest)))) for c in sorted(unread)) if waiting else (),
        upto=max(number for number, _ in batches),
        told=max([*papers, *([latest] if waiting else []), *([told] if told else [])]),
    )


def _matters(category: str, categories: Collection[str]) -> bool:
    return not categories or any(category == c or category.startswith(f"{c}.") for c in categories)


def _is_open(
    category: str,
    settled: date | None,
    told: date | None,
    latest: date,
    known: Mapping[tuple[str, date], Batch],
) -> bool:
    """Whether something since the day `told`, up to the latest, is still to be had."""
    if settled and settled >= latest:
        return False
    first = max(told, settled or told) + _DAY if told else latest
    return any(
        not ((batch := known.get((category, day))) and batch.settled)
        for day in announcement_days(first, latest)
    )


def _state(batch: Batch | None) -> str:
    state = batch.state if batch else State.UNREAD
    return (State.UNREAD if state is State.READ else state).value  # read today: a day before is missing
