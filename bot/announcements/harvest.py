"""Putting missed batches together from records and searches. Nothing is asked here.

A record says when its versions were submitted and when it last changed, not when a category announced it. So
it is new to the category if the category did not announce it before, as far as we remember; where our memory
does not reach, a paper submitted two weeks before the gap is taken to have been held by moderation until it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, timedelta

from bot.announcements.batch import Item
from bot.announcements.record import Memory
from bot.papers.feed import Kind
from bot.papers.oai import Record
from bot.papers.paper import Paper
from bot.papers.schedule import batch_day

HELD = timedelta(days=14)  # moderation seldom holds a paper for longer
_LAST_ANNOUNCED_VERSION = 5  # https://info.arxiv.org/help/replace.html

Found = dict[date, list[tuple[Item, Paper]]]


def from_records(
    records: Iterable[Record], category: str, missed: Sequence[date], memory: Memory, *, current: bool
) -> Found:
    """Return what `category` announced on the `missed` days, which are in order, by day.

    A record changed after the last of them may belong to the batch of today: then it is left to that, unless
    `current` says that today's batch is in `memory` already.
    """
    found: Found = {}
    last = missed[-1]
    for record in records:
        first_version = batch_day(record.submissions[0])
        single = len(record.submissions) == 1
        if record.modified > last and (first_version > last or (single and not current)):
            continue
        own = record.paper.primary_category == category
        newest = batch_day(record.submissions[-1])
        if _is_new(record, first_version, missed, memory):
            day = first_version if first_version in missed else _clamped(record.modified, missed)
            item = Item(record.paper.id, Kind.NEW if own else Kind.CROSS)
        elif (
            not single
            and missed[0] <= newest <= last
            and (record.paper.id.version or 1) <= _LAST_ANNOUNCED_VERSION
        ):
            day = _clamped(newest, missed)
            item = Item(record.paper.id, Kind.REPLACE if own else Kind.REPLACE_CROSS)
        else:
            continue  # a journal reference, a corrected name
        found.setdefault(day, []).append((item, record.paper))
    return found


def from_search(papers: Iterable[Paper], category: str, missed: Sequence[date], memory: Memory) -> Found:
    """Return what `category` is likely to have announced on the `missed` days, by day; no replacements."""
    found: Found = {}
    for paper in papers:
        if paper.published is None or paper.id.number in memory.days:
            continue
        expected = batch_day(paper.published)
        # Submitted before the gap, it was held by moderation if we would know of its announcement, and
        # otherwise announced before we began to watch.
        if expected > missed[-1] or (expected < missed[0] and not _reaches(memory, expected)):
            continue
        day = next(day for day in missed if day >= expected)
        kind = Kind.NEW if paper.primary_category == category else Kind.CROSS
        found.setdefault(day, []).append((Item(paper.id, kind), paper))
    return found


def _is_new(record: Record, expected: date, missed: Sequence[date], memory: Memory) -> bool:
    if record.paper.id.number in memory.days:
        return False
    if expected >= missed[0] or _reaches(memory, expected):
        return True
    return len(record.submissions) == 1 and expected >= missed[0] - HELD


def _reaches(memory: Memory, day: date) -> bool:
    return memory.since is not None and memory.since <= day


def _clamped(day: date, missed: Sequence[date]) -> date:
    """Return the last missed day up to `day`, the first if there is none."""
    return max((one for one in missed if one <= day), default=missed[0])
