"""What a feed proves: which batch it holds, and whether that is the one we wait for. Nothing is asked here."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import date, datetime

from bot.announcements.batch import Batch, Item, Source, State
from bot.announcements.record import Memory
from bot.papers.feed import Feed, Kind

_ORDER = tuple(Kind)


def judge(feed: Feed, day: date, *, memory: Memory, previous: Batch | None, now: datetime) -> Batch:
    """Return the batch that `feed` holds, looked at for the announcement of `day`.

    A feed that is still that of an earlier day, and holds what its category had not announced before, gives
    the batch of that day. `memory` says what the category announced before, and `previous` is its batch
    before this one. Dates of single items prove nothing: they have been seen to lag behind by a day.
    """
    held = day if feed.day is None or feed.day.weekday() >= 5 else feed.day
    nothing = Batch(feed.category, day, State.EMPTY, read_at=now)
    if held > day:  # the day ended while we waited at the gate
        return replace(nothing, state=State.UNREAD)
    if not feed.items:
        return replace(nothing, state=State.STALE) if feed.day and feed.day < day else nothing
    items = in_order(Item(item.paper.id, item.kind) for item in feed.items)
    before = {number for number, known in memory.days.items() if known < held}
    repeated = {item for item in items if item.announced and item.id.number in before}
    if _is_stale(items, len(repeated), previous):
        return replace(nothing, state=State.STALE)
    batch = Batch(
        category=feed.category,
        day=held,
        state=State.TRUNCATED if feed.truncated else State.READ,
        items=tuple(item for item in items if item not in repeated),
        read_at=now,
        source=Source.FEED,
        repeated=len(repeated),
    )
    return replace(batch, enriched=not batch.announced)


def in_order(items: Iterable[Item]) -> tuple[Item, ...]:
    """Return the items each once, new papers first, then cross-lists, then replacements."""
    first: dict[str, Item] = {}
    for item in sorted(items, key=lambda item: _ORDER.index(item.kind)):
        first.setdefault(item.id.number, item)
    return tuple(first.values())


def _is_stale(items: tuple[Item, ...], repeated: int, previous: Batch | None) -> bool:
    """Whether at least half of what should be new was there before, whatever date the feed carries."""
    if announced := sum(item.announced for item in items):
        return 2 * repeated >= announced
    seen = {item.id for item in previous.items} if previous else set()
    return 2 * sum(item.id in seen for item in items) >= len(items)
