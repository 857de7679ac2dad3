"""Many commands at once are one round trip, and nobody waits for anybody else."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import pytest

from bot.errors import StoreUnavailable
from bot.store.client import Store
from bot.store.gathering import Call, Gathering


class Shelf:
    """Answers a word with the word in capitals; notes what was sent together, and waits until `go`."""

    def __init__(self) -> None:
        self.sent: list[list[str]] = []
        self.go = asyncio.Event()
        self.go.set()
        self.down = False

    async def send(self, commands: Sequence[Call]) -> Sequence[object]:
        words = [word for (word,), _ in commands]
        self.sent.append(words)
        await self.go.wait()
        if self.down:
            raise StoreUnavailable("unreachable")
        return [ValueError(word) if word == "bad" else word.upper() for word in words]


async def under_way(shelf: Shelf) -> None:
    while not shelf.sent:
        await asyncio.sleep(0)


async def test_what_is_asked_at_the_moment_is_sent_together() -> None:
    shelf = Shelf()
    commands = Gathering(shelf.send)
    assert await asyncio.gather(*map(commands.run, "aba")) == ["A", "B", "A"]
    assert await commands.run("a") == "A"
    assert shelf.sent == [["a", "b", "a"], ["a"]]


async def test_what_is_asked_meanwhile_goes_when_that_is_back() -> None:
    shelf = Shelf()
    shelf.go.clear()
    commands = Gathering(shelf.send)
    first = asyncio.create_task(commands.run("a"))
    await under_way(shelf)
    others = asyncio.gather(*map(commands.run, "bc"))
    await asyncio.sleep(0)
    assert shelf.sent == [["a"]]
    shelf.go.set()
    assert [await first, *await others] == ["A", "B", "C"]
    assert shelf.sent == [["a"], ["b", "c"]]


async def test_what_all_read_is_read_once() -> None:
    shelf = Shelf()
    commands = Gathering(shelf.send)
    assert await asyncio.gather(*map(commands.read, "aab"), commands.run("a")) == ["A", "A", "B", "A"]
    assert shelf.sent == [["a", "b", "a"]]


async def test_who_leaves_takes_nothing_from_the_others() -> None:
    shelf = Shelf()
    shelf.go.clear()
    commands = Gathering(shelf.send)
    leaving, staying = asyncio.create_task(commands.read("a")), asyncio.create_task(commands.read("a"))
    await under_way(shelf)
    leaving.cancel()
    shelf.go.set()
    assert await staying == "A"
    with pytest.raises(asyncio.CancelledError):
        await leaving


async def test_a_command_that_fails_is_the_failure_of_who_asked_for_it() -> None:
    commands = Gathering(Shelf().send)
    results = await asyncio.gather(*map(commands.run, ["a", "bad", "b"]), return_exceptions=True)
    assert list(map(str, results)) == ["A", "bad", "B"]
    assert isinstance(results[1], ValueError)


async def test_a_round_trip_that_fails_reaches_all_who_asked_and_nobody_after() -> None:
    shelf = Shelf()
    shelf.down = True
    commands = Gathering(shelf.send)
    results = await asyncio.gather(*map(commands.run, "abc"), return_exceptions=True)
    assert [type(result) for result in results] == [StoreUnavailable] * 3
    shelf.down = False
    assert await commands.run("a") == "A"


async def test_nobody_waits_for_what_was_closed() -> None:
    shelf = Shelf()
    shelf.go.clear()
    commands = Gathering(shelf.send)
    await commands.close()
    waiting = [asyncio.create_task(commands.run("a"))]
    await under_way(shelf)
    waiting.append(asyncio.create_task(commands.run("b")))
    await asyncio.sleep(0)
    await commands.close()
    results = await asyncio.gather(*waiting, return_exceptions=True)
    assert [type(result) for result in results] == [ConnectionError] * 2
    shelf.go.set()
    assert await commands.run("a") == "A"


async def test_no_cancellation_is_lost(store: Store) -> None:
    """Whenever it comes, even together with the reply, the task ends cancelled."""
    await store.set("key", "value")

    async def ask() -> None:
        await store.text("key")
        await store.execute_command("GET", "key")
        await asyncio.Event().wait()

    for steps in range(60):
        task = asyncio.create_task(ask())
        for _ in range(steps):
            await asyncio.sleep(0)
        task.cancel()
        await asyncio.wait({task}, timeout=5)
        assert task.cancelled(), steps
    assert await store.text("key") == "value"
