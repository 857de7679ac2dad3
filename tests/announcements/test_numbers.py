"""Batches are numbered in the order in which they became known as a whole."""

from __future__ import annotations

from dataclasses import replace

from bot.announcements.batch import State
from bot.announcements.record import Announcements
from bot.papers.feed import Kind
from bot.store.client import Store
from tests.announcements.test_record import BATCH, MON, READ_AT, TUE, items


async def numbers(announcements: Announcements) -> dict[str, int]:
    found = await announcements.numbered(9)
    return {f"{batch.category} {batch.day:%a}": number for number, batch in found}


async def test_an_order_that_everybody_sees(store: Store) -> None:
    announcements = Announcements(store)
    assert await announcements.heard() == (0, None)
    assert await announcements.numbered(9) == []
    await announcements.save(BATCH, watermark=("cs.CL", TUE))
    late = replace(BATCH, category="cs.IR", day=MON, late=True)
    await announcements.save(late, watermark=("cs.IR", TUE))
    assert await numbers(announcements) == {"cs.IR Mon": 2, "cs.CL Tue": 1}
    assert await announcements.heard() == (2, TUE)
    # What is known besides changes no number.
    await announcements.save(replace(BATCH, enriched=True, read_at=READ_AT))
    assert await numbers(announcements) == {"cs.IR Mon": 2, "cs.CL Tue": 1}


async def test_what_holds_nothing_or_is_cut_short_has_none_yet(store: Store) -> None:
    announcements = Announcements(store)
    stale = replace(BATCH, state=State.STALE, items=())
    cut = replace(BATCH, category="cs.LG", state=State.TRUNCATED, items=items(Kind.NEW, "2611.00001v1"))
    await announcements.save(stale, cut, watermark=("cs.CL", MON))
    await announcements.save(watermark=("cs.LG", MON))
    assert await numbers(announcements) == {"cs.CL Tue": 0, "cs.LG Tue": 0}
    await announcements.save(replace(cut, state=State.READ))  # it was whole after all
    assert await numbers(announcements) == {"cs.CL Tue": 0, "cs.LG Tue": 1}
    await announcements.save(BATCH)
    assert await numbers(announcements) == {"cs.CL Tue": 2, "cs.LG Tue": 1}
    assert all(batch.items for number, batch in await announcements.numbered(9) if number)
