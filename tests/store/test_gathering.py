"""Many reads at once are one round trip, and nobody waits for anybody else."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import pytest

from bot.errors import StoreUnavailable
from bot.store.gathering import Gathering


class Shelf:
    """Values by key; notes what was fetched together, and waits until `go`."""

    def __init__(self) -> None:
        self.fetched: list[list[str]] = []
        self.go = asyncio.Event()
        self.go.set()
        self.down = False

    async def fetch(self, keys: Sequence[str]) -> Sequence[str | None]:
        self.fetched.append(list(keys))
        await asyncio.sleep(0)  # a round trip
        await self.go.wait()
        if self.down:
            raise StoreUnavailable("unreachable")
        return [None if key == "absent" else key.upper() for key in keys]


async def test_what_is_asked_meanwhile_is_fetched_together() -> None:
    shelf = Shelf()
    reads = Gathering(shelf.fetch)
    assert await asyncio.gather(*map(reads.get, ["a", "b", "a", "absent"])) == ["A", "B", "A", None]
    assert await reads.get("a") == "A"
    assert shelf.fetched == [["a"], ["b", "a", "absent"], ["a"]]


async def test_who_leaves_takes_nothing_from_the_others() -> None:
    shelf = Shelf()
    shelf.go.clear()
    reads = Gathering(shelf.fetch)
    leaving, staying = asyncio.create_task(reads.get("a")), asyncio.create_task(reads.get("a"))
    while not shelf.fetched:
        await asyncio.sleep(0)
    leaving.cancel()
    shelf.go.set()
    assert await staying == "A"
    with pytest.raises(asyncio.CancelledError):
        await leaving


async def test_a_failure_reaches_all_who_asked_and_nobody_after() -> None:
    shelf = Shelf()
    shelf.down = True
    reads = Gathering(shelf.fetch)
    results = await asyncio.gather(*map(reads.get, "abc"), return_exceptions=True)
    assert [type(result) for result in results] == [StoreUnavailable] * 3
    shelf.down = False
    assert await reads.get("a") == "A"
