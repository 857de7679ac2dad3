"""When an edition is due: a time of day, in a zone, on some days."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo

from bot.editions.zones import Zone

WORKDAYS = frozenset(range(5))
WEEKEND = frozenset({5, 6})

_DAY = timedelta(days=1)
LONGEST = 366  # days between two editions


@dataclass(frozen=True, slots=True)
class Every:
    """Every so many days, counted from the day `first`."""

    days: int
    first: date

    def __post_init__(self) -> None:
        if not 1 <= self.days <= LONGEST:
            raise ValueError(self.days)

    @classmethod
    def starting(cls, days: int, today: date, weekday: int | None = None) -> Every:
        """Return the rhythm that begins today, or on the next such weekday.

        On a weekday the days are rounded up to whole weeks, or the next one would fall on another.
        """
        if weekday is None:
            return cls(days, today)
        return cls(min(-(-days // 7) * 7, LONGEST // 7 * 7), today + _DAY * ((weekday - today.weekday()) % 7))

    def next(self, day: date) -> date:
        """Return the first of its days that is not before `day`."""
        late = (day - self.first).days
        return self.first + _DAY * (self.days * max(0, -(-late // self.days)))


@dataclass(frozen=True, slots=True)
class Schedule:
    """When a chat gets its edition. No time means: when the announcement has been read.

    `weekdays` (0 is Monday) are the zone's own; None means every day. Where `every` is set, it alone says
    which days.
    """

    time: time | None
    zone: Zone
    weekdays: frozenset[int] | None = None
    every: Every | None = None

    def __post_init__(self) -> None:
        if self.weekdays is not None and not (self.weekdays and self.weekdays <= frozenset(range(7))):
            raise ValueError(self.weekdays)

    def next_run(self, after: datetime) -> datetime | None:
        """Return the first run after `after`, in UTC; None if no clock decides it.

        It depends on nothing else, so a clock that jumps, or a bot that was down, skips what it missed.
        """
        if self.time is None:
            return None
        zone = self.zone.tzinfo
        # The day before may be under way still: a clock that is put back at midnight shows it twice.
        day = self.next_day(after.astimezone(zone).date() - _DAY)
        while (run := instant(datetime.combine(day, self.time), zone)) <= after:
            day = self.next_day(day + _DAY)
        return run

    @property
    def has_days(self) -> bool:
        """Whether there are days on which it brings nothing."""
        return self.weekdays is not None or self.every is not None

    def runs_on(self, day: date) -> bool:
        """Return whether the zone's day `day` is one of its days."""
        return self.next_day(day) == day

    def next_day(self, day: date) -> date:
        """Return the first of its days that is not before `day`, which is one of the zone's."""
        if self.every:
            return self.every.next(day)
        while self.weekdays is not None and day.weekday() not in self.weekdays:
            day += _DAY
        return day

    def pack(self) -> str:
        """Return a short text of which `unpack` makes an equal schedule."""
        days = "".join(map(str, sorted(self.weekdays))) if self.weekdays is not None else ""
        every = f"{self.every.days}@{self.every.first.isoformat()}" if self.every else ""
        return "|".join((self.time.isoformat() if self.time else "", self.zone.key, days, every)).rstrip("|")

    @classmethod
    def unpack(cls, text: str) -> Schedule:
        """Return what `pack` wrote. Raises `ValueError`."""
        said, zone, days, every = (text + "|||").split("|")[:4]
        count, _, first = every.partition("@")
        return cls(
            time.fromisoformat(said) if said else None,
            Zone(zone),
            frozenset(map(int, days)) if days else None,
            Every(int(count), date.fromisoformat(first)) if every else None,
        )


def moment(at: float) -> datetime:
    """Return a Unix time as an instant in UTC."""
    return datetime.fromtimestamp(at, UTC)


def instant(local: datetime, zone: tzinfo) -> datetime:
    """Return the first instant at which a clock on the wall in `zone` has reached `local`, in UTC.

    Where the clock shows it twice that is the first time; where it skips it, the end of the gap.
    """
    earlier = local.replace(tzinfo=zone, fold=0).astimezone(UTC)
    if earlier.astimezone(zone).replace(tzinfo=None) == local:
        return earlier
    # In a gap `fold` chooses between the offsets before and after it, and the other way round than one thinks.
    before, after = local.replace(tzinfo=zone, fold=1).astimezone(UTC), earlier
    while after - before > timedelta(seconds=1):
        middle = before + timedelta(seconds=(after - before) // timedelta(seconds=2))
        if middle.astimezone(zone).replace(tzinfo=None) < local:
            before = middle
        else:
            after = middle
    return after
