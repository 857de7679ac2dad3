"""The clock: what it does, and that one failure stops nothing else."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any, cast

import pytest

from bot.announcements.reader import Reader
from bot.editions.editor import Editor
from bot.errors import PaperwireError, StoreUnavailable
from bot.schedule import ticking


class Works:
    """What is called, in order; the steps in `failing` raise."""

    def __init__(self, failing: dict[str, Exception]) -> None:
        self.failing = failing
        self.done: list[str] = []
        self.over = asyncio.Event()

    def step(self, name: str) -> Callable[..., Any]:
        async def work(*_: object) -> frozenset[Any]:
            self.done.append(name)
            if name == "release":
                self.over.set()
            if name in self.failing:
                raise self.failing[name]
            return frozenset()

        return work


@pytest.mark.parametrize("failing", ["nothing", "read", "file", "release"])
@pytest.mark.parametrize("error", [StoreUnavailable("full"), RuntimeError("a bug")], ids=["known", "bug"])
async def test_it_reads_files_and_releases_at_once_whatever_fails(
    failing: str, error: PaperwireError | RuntimeError
) -> None:
    works = Works({failing: error})

    class Two:
        tick = staticmethod(works.step("read"))
        file = staticmethod(works.step("file"))

    async with ticking(cast("Reader", Two()), cast("Editor", Two()), works.step("release")):
        async with asyncio.timeout(10):
            await works.over.wait()
    assert works.done == ["read", "file", "release"]


async def test_what_is_under_way_at_the_end_is_ended_in_order(caplog: pytest.LogCaptureFixture) -> None:
    begun, ended = asyncio.Event(), []

    async def reading(*_: object) -> frozenset[Any]:
        try:
            begun.set()
            await asyncio.Event().wait()
        finally:
            await asyncio.sleep(0)  # as if something were given back
            ended.append("reading")
        return frozenset()

    class Slow:
        tick = staticmethod(reading)
        file = staticmethod(reading)

    async with ticking(cast("Reader", Slow()), cast("Editor", Slow()), cast("Any", reading)):
        async with asyncio.timeout(10):
            await begun.wait()
    assert ended == ["reading"]
    assert caplog.records == []
