"""Work is done once, over tasks and over processes, and somebody always gets it done."""

from __future__ import annotations

import asyncio
import subprocess
import sys

import pytest

from bot.errors import ArxivUnavailable, PaperNotFound
from bot.store.client import Store
from bot.store.embedded import EmbeddedValkey
from bot.store.flight import SingleFlight


class Work:
    """Something to be made once: counts, waits to be let go, and puts its result where `find` looks."""

    def __init__(self, store: Store, key: str = "result") -> None:
        self.store, self.key = store, key
        self.started, self.go = asyncio.Event(), asyncio.Event()
        self.made = 0
        self.error: Exception | None = None

    async def find(self) -> str | None:
        return await self.store.text(self.key)

    async def make(self) -> str:
        self.made += 1
        self.started.set()
        await self.go.wait()
        if self.error:
            raise self.error
        await self.store.set(self.key, "made")
        return "made"


async def test_many_askers_one_make(store: Store) -> None:
    flight, work = SingleFlight[str](store), Work(store)
    work.go.set()
    results = await asyncio.gather(*(flight.run("k", work.find, work.make) for _ in range(200)))
    assert set(results) == {"made"}
    assert work.made == 1
    assert await store.keys("pw:flight:*") == []


async def test_two_flights_stand_for_two_processes(store: Store) -> None:
    work = Work(store)
    here, there = SingleFlight[str](store), SingleFlight[str](store)
    first = asyncio.create_task(here.run("k", work.find, work.make))
    await work.started.wait()
    second = asyncio.create_task(there.run("k", work.find, work.make))
    work.go.set()
    assert await first == await second == "made"
    assert work.made == 1


async def test_work_survives_its_first_askers_cancellation(store: Store) -> None:
    flight, work = SingleFlight[str](store), Work(store)
    first = asyncio.create_task(flight.run("k", work.find, work.make))
    await work.started.wait()
    first.cancel()
    with pytest.raises(asyncio.CancelledError):
        await first
    second = asyncio.create_task(flight.run("k", work.find, work.make))
    work.go.set()
    assert await second == "made"
    assert work.made == 1


async def test_a_failure_is_shared_with_those_waiting_and_not_with_those_after(store: Store) -> None:
    work = Work(store)
    work.error = PaperNotFound("2501.00000")
    here, there = SingleFlight[str](store), SingleFlight[str](store)
    first = asyncio.create_task(here.run("k", work.find, work.make))
    await work.started.wait()
    second = asyncio.create_task(there.run("k", work.find, work.make))
    await asyncio.sleep(0.05)  # a failure that comes before the second waits would only be tried anew
    work.go.set()
    for task in (first, second):
        with pytest.raises(PaperNotFound, match="2501"):
            await task
    assert work.made == 1
    work.error = None
    assert await there.run("k", work.find, work.make) == "made"
    assert work.made == 2


async def test_a_bug_is_not_shared_but_tried_by_the_next(store: Store) -> None:
    work = Work(store)
    work.error = ZeroDivisionError()
    work.go.set()
    with pytest.raises(ZeroDivisionError):
        await SingleFlight[str](store).run("k", work.find, work.make)
    work.error = None
    assert await SingleFlight[str](store).run("k", work.find, work.make) == "made"


HOLDER = """
import asyncio, sys
from bot.store.client import Store
from bot.store.flight import SingleFlight
async def main():
    store = Store.at(sys.argv[1])
    async def find(): return None
    async def make():
        print("holding", flush=True)
        await asyncio.Event().wait()
    await SingleFlight(store, lease=1000).run("k", find, make)
asyncio.run(main())
"""


async def test_another_takes_over_when_the_holder_dies(store: Store, valkey: EmbeddedValkey) -> None:
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLDER, f"unix://{valkey.socket_path}"], stdout=subprocess.PIPE, text=True
    )
    assert holder.stdout is not None
    assert await asyncio.to_thread(holder.stdout.readline) == "holding\n"
    work = Work(store)
    work.go.set()
    waiting = asyncio.create_task(SingleFlight[str](store, lease=1000).run("k", work.find, work.make))
    done, _ = await asyncio.wait([waiting], timeout=2.5)
    assert not done  # a lease of a living holder is renewed well beyond its length
    holder.kill()
    holder.communicate()
    assert await asyncio.wait_for(waiting, 10) == "made"


async def test_a_lease_longer_than_its_maximum_is_void(store: Store) -> None:
    await store.set("pw:flight:k", "someone of another century", px=10**10)
    work = Work(store)
    work.go.set()
    assert await asyncio.wait_for(SingleFlight[str](store).run("k", work.find, work.make), 5) == "made"


async def test_closing_gives_the_work_to_another(store: Store) -> None:
    work = Work(store)
    here, there = SingleFlight[str](store), SingleFlight[str](store)
    first = asyncio.create_task(here.run("k", work.find, work.make))
    await work.started.wait()
    second = asyncio.create_task(there.run("k", work.find, work.make))
    await here.close(patience=0.01)
    with pytest.raises(asyncio.CancelledError):
        await first
    work.go.set()
    assert await asyncio.wait_for(second, 5) == "made"


async def test_errors_cross_processes_whole(store: Store) -> None:
    work = Work(store)
    work.error = ArxivUnavailable("throttled", 7.5)
    here, there = SingleFlight[str](store), SingleFlight[str](store)
    first = asyncio.create_task(here.run("k", work.find, work.make))
    await work.started.wait()
    second = asyncio.create_task(there.run("k", work.find, work.make))
    await asyncio.sleep(0.05)
    work.go.set()
    with pytest.raises(ArxivUnavailable):
        await first
    with pytest.raises(ArxivUnavailable) as told:
        await second
    assert (told.value.reason, told.value.retry_after) == ("throttled", 7.5)
