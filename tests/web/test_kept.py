"""Pages at hand: made once, for a while, within a budget."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

import pytest

from bot.web.kept import Kept


@dataclass
class Thing:
    name: str
    size: int = 10


class Maker:
    def __init__(self) -> None:
        self.made: list[str] = []
        self.now = 0.0
        self.kept: Kept[Thing] = Kept(100, 60, lambda: self.now)

    async def get(self, name: str, size: int = 10) -> Thing:
        async def make() -> Thing:
            self.made.append(name)
            await asyncio.sleep(0)
            return Thing(name, size)

        return await self.kept.get(name, make)


async def test_it_is_made_once_however_many_ask() -> None:
    maker = Maker()
    assert {one.name for one in await asyncio.gather(*(maker.get("a") for _ in range(20)))} == {"a"}
    await maker.get("a")
    assert maker.made == ["a"]


async def test_it_is_made_again_after_its_time_also_where_a_clock_jumps() -> None:
    maker = Maker()
    for maker.now in (0.0, 59.0, 61.0, 30.0):
        await maker.get("a")
    assert maker.made == ["a"] * 3


async def test_what_was_asked_for_longest_ago_goes_first() -> None:
    maker = Maker()
    for name in "abcdefghij":
        await maker.get(name)
    await maker.get("a")
    await maker.get("k")
    maker.made.clear()
    for name in "aijkb":
        await maker.get(name)
    assert maker.made == ["b"]


async def test_what_is_larger_than_a_quarter_of_the_budget_is_not_kept() -> None:
    maker = Maker()
    await maker.get("a")
    await maker.get("whale", 90)
    await maker.get("whale", 90)
    await maker.get("a")
    assert maker.made == ["a", "whale", "whale"]


async def test_a_failure_is_shared_and_not_kept() -> None:
    kept: Kept[Thing] = Kept(100, 60, lambda: 0.0)
    tried = 0

    async def fail() -> Thing:
        nonlocal tried
        tried += 1
        await asyncio.sleep(0)
        raise ValueError("no")

    failed = await asyncio.gather(*(kept.get("a", fail) for _ in range(5)), return_exceptions=True)
    assert all(isinstance(one, ValueError) for one in failed)
    assert tried == 1
    with pytest.raises(ValueError, match="no"):
        await kept.get("a", fail)


async def test_who_stops_waiting_does_not_stop_the_making() -> None:
    maker = Maker()
    asking = asyncio.create_task(maker.get("a"))
    await asyncio.sleep(0)
    asking.cancel()
    assert (await maker.get("a")).name == "a"
    assert maker.made == ["a"]
