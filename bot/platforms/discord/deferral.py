"""Deferring an answer if it is not there in time, at no cost to one that is."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from bot.platforms.discord.delivery import Stands


class Deferral:
    """Calls `defer` after `patience` seconds unless asked for `stands` before."""

    def __init__(self, defer: Callable[[], Awaitable[Stands]], patience: float) -> None:
        self._defer = defer
        self._under_way: asyncio.Future[Stands] | None = None
        # A timer and not a task of its own: most answers are there before it rings.
        self._timer = asyncio.get_running_loop().call_later(patience, self._begin)

    async def stands(self) -> Stands:
        """Return where the answer stands, which no deferral changes from now on."""
        self._timer.cancel()
        return await self._under_way if self._under_way else Stands.NOTHING

    async def now(self) -> Stands:
        """Defer, if it has not happened yet, and return where the answer stands after it."""
        self._timer.cancel()
        if not self._under_way:
            self._begin()
        assert self._under_way
        return await asyncio.shield(self._under_way)

    def cancel(self) -> None:
        """Stop whatever is under way."""
        self._timer.cancel()
        if self._under_way:
            self._under_way.cancel()

    def _begin(self) -> None:
        self._under_way = asyncio.ensure_future(self._defer())
