"""The weeks before the day of the pictures, put on record as the bot would have read them: `python -m tests.shots.weeks DIR`."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, date, datetime, time
from itertools import groupby
from pathlib import Path

from bot.announcements.batch import Batch, Item, State
from bot.announcements.record import Announcements
from bot.editions.days import Day, Papers
from bot.editions.filing import Filing, Load
from bot.papers.feed import Kind
from bot.papers.ids import PaperId
from bot.papers.paper import Paper
from bot.store.cache import Cache
from bot.store.client import Store
from bot.store.papers import PaperRecords
from bot.topics import catalogue
from tests.editions.replay_process import preload
from tests.fakes.corpus import ArxivPaper
from tests.shots import earlier
from tests.shots.papers import CATEGORIES, DAY

NOW = datetime.combine(DAY, time(8, 30), UTC)


def clock() -> Mapping[str, str]:
    """Return what puts a process's clock to the day of the pictures. Raises `LookupError` without faketime."""
    library = preload()
    if library is None:
        raise LookupError("faketime")
    return {
        "LD_PRELOAD": library,
        "FAKETIME": f"@{NOW:%Y-%m-%d %H:%M:%S}",
        "FAKETIME_DONT_FAKE_MONOTONIC": "1",
        "TZ": "UTC",
    }


async def remember(store: Store, told: Iterable[ArxivPaper]) -> None:
    """Put papers on record with the announcements that brought them, and file them."""
    records = PaperRecords(Cache(store, keep_days=30))
    announcements, filing = Announcements(store), Filing(store, catalogue.load)
    for day, group in groupby(told, earlier.announced):
        new = [_paper(one) for one in group]
        read_at = datetime.combine(day, time(5, 20), UTC)
        await records.put_announced(new, read_at)
        batches = [_batch(category, day, read_at, new) for category in CATEGORIES]
        for batch in batches:
            await announcements.save(batch, watermark=(batch.category, day))
        known = Day(day, tuple(one.id for one in new), tuple(batches))
        await filing.topics(known, _at_hand(new))


def _batch(category: str, day: date, read_at: datetime, new: Iterable[Paper]) -> Batch:
    items = tuple(Item(one.id, Kind.NEW) for one in new if one.primary_category == category)
    return Batch(category, day, State.READ, items, read_at=read_at, enriched=True)


def _at_hand(new: Sequence[Paper]) -> Load:
    async def load(_: Sequence[PaperId]) -> Papers:
        return Papers(new)

    return load


def _paper(one: ArxivPaper) -> Paper:
    at = one.versions[0].submitted
    return Paper(
        PaperId(one.id, 1), one.title, one.authors, one.abstract, one.categories, at, at, one.comment
    )


async def _main(directory: Path) -> None:
    os.environ.update(clock())  # of the store's server, by which what is kept expires
    store = Store.embedded_in(directory)
    try:
        await remember(store, earlier.papers(DAY))
    finally:
        await store.close_all()


if __name__ == "__main__":
    asyncio.run(_main(Path(sys.argv[1])))
