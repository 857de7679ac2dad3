"""The account of a day for people: what each category announced, when it was read and what is wrong with it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, tzinfo

from bot.announcements.batch import Batch, Source, State
from bot.announcements.record import Announcements
from bot.papers.feed import Kind
from bot.papers.schedule import is_announcement_day


@dataclass(frozen=True, slots=True)
class Table:
    """The batches of a day, one for each category, and how many papers they announced, each counted once."""

    day: date
    batches: tuple[Batch, ...]
    papers: int


async def table(announcements: Announcements, day: date, categories: Iterable[str]) -> Table:
    """Return the account of `day`; a category that nobody looked at has a row too. Raises `StoreUnavailable`."""
    wanted = sorted(set(categories))
    found = {batch.category: batch for batch in await announcements.batches(wanted, [day])}
    # Nobody looks at a weekend; a holiday that was looked at says so itself.
    unseen = State.UNREAD if is_announcement_day(day) else State.HOLIDAY
    batches = tuple(found.get(category) or Batch(category, day, unseen) for category in wanted)
    return Table(day, batches, len(await announcements.papers(day, wanted)))


def format_table(account: Table, zone: tzinfo = UTC) -> str:
    """Return the account as aligned text, times in `zone`."""
    head = ("category", "announced", "new", "cross", "replaced", "read", "state")
    rows = [head, *(_row(batch, zone) for batch in account.batches)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(head))]
    lines = [_line(row, widths) for row in rows]
    papers = f"{account.papers} paper" if account.papers == 1 else f"{account.papers} papers"
    return "\n".join([*lines, f"{account.day.isoformat()}: {papers}, each counted once"])


def _row(batch: Batch, zone: tzinfo) -> tuple[str, ...]:
    replaced = batch.count(Kind.REPLACE) + batch.count(Kind.REPLACE_CROSS)
    counts = (len(batch.announced), batch.count(Kind.NEW), batch.count(Kind.CROSS), replaced)
    read = batch.read_at.astimezone(zone).isoformat(" ", "minutes") if batch.read_at else "-"
    return (batch.category, *map(str, counts), read, ", ".join([batch.state.value, *_remarks(batch)]))


def _remarks(batch: Batch) -> list[str]:
    remarks = {
        "late": batch.late,
        "reconstructed": batch.reconstructed,
        "truncated, completed": batch.source is Source.FEED_AND_OAI,
    }
    return [remark for remark, applies in remarks.items() if applies]


def _line(row: Sequence[str], widths: Sequence[int]) -> str:
    cells = [
        text.rjust(width) if 1 <= column <= 4 else text.ljust(width)
        for column, (text, width) in enumerate(zip(row, widths, strict=True))
    ]
    return "  ".join(cells).rstrip()
