"""One works, the others stand by."""

from __future__ import annotations

import asyncio
from functools import partial

import pytest

from bot.errors import Misconfigured
from bot.store.client import Store
from bot.store.lease import Lease


class Work:
    """Counts how many work at a time, and works until told."""

    def __init__(self) -> None:
        self.at_work = 0
        self.most = 0
        self.begun = asyncio.Queue[str]()
        self.end = asyncio.Event()

    async def by(self, name: str) -> None:
        self.at_work += 1
        self.most = max(self.most, self.at_work)
        self.begun.put_nowait(name)
        try:
            await self.end.wait()
        finally:
            self.at_work -= 1


async def test_one_works_and_the_other_takes_over(store: Store) -> None:
    work = Work()
    tasks = {
        name: asyncio.create_task(Lease(store, "token", length=0.3).hold(partial(work.by, name)))
        for name in ("one", "other")
    }
    async with asyncio.timeout(10):
        first = await work.begun.get()
        tasks[first].cancel()
        second = await work.begun.get()
        assert second != first
        work.end.set()
        await tasks[second]
    assert work.most == 1


async def test_who_loses_the_lease_stops_and_stands_by(store: Store) -> None:
    work = Work()
    task = asyncio.create_task(Lease(store, "token", length=0.3).hold(lambda: work.by("one")))
    async with asyncio.timeout(10):
        await work.begun.get()
        await store.set("pw:lease:token", "somebody else", px=500)
        await work.begun.get()  # again, after the other's time
        work.end.set()
        await task
    assert work.most == 1


async def test_a_lease_longer_than_its_maximum_is_void(store: Store) -> None:
    work = Work()
    work.end.set()
    await store.set("pw:lease:token", "somebody of another century", px=10**10)
    await asyncio.wait_for(Lease(store, "token", length=0.3).hold(lambda: work.by("one")), 5)


async def test_what_the_work_raises_is_raised_and_the_lease_given_back(store: Store) -> None:
    async def fail() -> None:
        raise Misconfigured("TOKEN", "is wrong", "correct it")

    with pytest.raises(Misconfigured):
        await Lease(store, "token").hold(fail)
    assert await store.get("pw:lease:token") is None
