"""Batches on record: small, whole, counted once."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from bot.announcements.batch import Batch, Item, Source, State
from bot.announcements.record import Announcements
from bot.announcements.table import format_table, table
from bot.papers.feed import Kind
from bot.papers.ids import PaperId
from bot.store.client import Store

MON, TUE = date(2026, 11, 16), date(2026, 11, 17)
READ_AT = datetime(2026, 11, 17, 5, 10, tzinfo=UTC)


def items(kind: Kind, *texts: str) -> tuple[Item, ...]:
    return tuple(Item(PaperId.parse(text), kind) for text in texts)


NEW = items(Kind.NEW, "2611.00001v1", "2611.00002v2", "solv-int/9502001v1")
CROSS = items(Kind.CROSS, "2611.00003v1")
REPLACED = items(Kind.REPLACE, "cs/0502999v4")
BATCH = Batch("cs.CL", TUE, State.READ, NEW + CROSS + REPLACED, READ_AT, Source.OAI, late=True, repeated=3)


def test_a_batch_comes_back_as_it_went() -> None:
    assert Batch.from_json(BATCH.to_json()) == BATCH
    assert Batch.from_json(Batch("cs.CL", TUE).to_json()) == Batch("cs.CL", TUE)


def test_a_batch_is_small() -> None:
    many = tuple(Item(PaperId(f"2611.{n:05}", 1), Kind.NEW) for n in range(1000))
    assert len(replace(BATCH, items=many).to_json()) < 12_000


def test_what_counts_as_announced() -> None:
    assert BATCH.announced == NEW + CROSS
    assert [BATCH.count(kind) for kind in Kind] == [3, 1, 1, 0]


async def test_days_and_papers(store: Store) -> None:
    announcements = Announcements(store)
    other = Batch("cs.LG", TUE, State.READ, items(Kind.NEW, "2611.00003v1", "2611.00004v1"), READ_AT)
    await announcements.save(BATCH, watermark=("cs.CL", TUE))
    await announcements.save(other, replace(other, day=MON, items=()), watermark=("cs.LG", TUE))
    assert await announcements.batch("cs.CL", TUE) == BATCH
    assert await announcements.day(TUE) == [BATCH, other]
    assert await announcements.days(1) == [TUE]
    assert await announcements.days(9) == [TUE, MON]
    every = ["2611.00001v1", "2611.00002v2", "2611.00003v1", "2611.00004v1", "solv-int/9502001v1"]
    assert [str(paper_id) for paper_id in await announcements.papers(TUE)] == every
    assert [str(p) for p in await announcements.papers(TUE, ["cs.LG", "cs.CV"])] == every[2:4]
    assert await store.ttl("pw:batch:cs.CL:2026-11-17") > 399 * 86_400


async def test_memory(store: Store) -> None:
    announcements = Announcements(store)
    await announcements.save(replace(BATCH, day=MON, items=()), BATCH, watermark=("cs.CL", TUE))
    memory = await announcements.memory("cs.CL", MON, TUE)
    numbers = {"2611.00001", "2611.00002", "2611.00003", "solv-int/9502001"}
    assert (memory.days, memory.since) == (dict.fromkeys(numbers, TUE), TUE)
    assert (await announcements.memory("cs.CL", MON, MON)).since is None
    assert (await announcements.memory("cs.LG", MON, TUE)).days == {}


async def test_old_days_go(store: Store) -> None:
    announcements = Announcements(store)
    await announcements.save(replace(BATCH, day=TUE - timedelta(days=500)), watermark=("cs.CL", MON))
    await announcements.save(BATCH, watermark=("cs.CL", TUE))
    assert await announcements.watermarks() == {"cs.CL": TUE}
    assert await announcements.days(9) == [TUE]


async def test_the_table(store: Store) -> None:
    announcements = Announcements(store)
    stale = Batch("cs.IR", TUE, State.STALE, read_at=READ_AT)
    cut = Batch("cs.LG", TUE, State.READ, items(Kind.NEW, "2611.00003v1"), READ_AT, Source.FEED_AND_OAI)
    await announcements.save(BATCH, stale, cut, watermark=("cs.CL", TUE))
    account = await table(announcements, TUE, ["cs.LG", "cs.CL", "cs.IR", "stat.ML"])
    assert format_table(account, ZoneInfo("Asia/Shanghai")).splitlines() == [
        "category  announced  new  cross  replaced  read                    state",
        "cs.CL             4    3      1         1  2026-11-17 13:10+08:00  read, late",
        "cs.IR             0    0      0         0  2026-11-17 13:10+08:00  stale",
        "cs.LG             1    1      0         0  2026-11-17 13:10+08:00  read, truncated, completed",
        "stat.ML           0    0      0         0  -                       unread",
        "2026-11-17: 4 papers, each counted once",
    ]
    sunday = await table(announcements, date(2026, 11, 15), ["cs.CL"])
    assert [batch.state for batch in sunday.batches] == [State.HOLIDAY]
