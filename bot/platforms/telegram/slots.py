"""A number of places, shared so that nobody who asks for many keeps the others from theirs."""

from __future__ import annotations

import asyncio
import contextlib
from collections import Counter, deque
from collections.abc import AsyncIterator


class Slots:
    """At most `total` places at once, at most `each` of them with one key; keys that wait take turns."""

    def __init__(self, total: int, each: int) -> None:
        self._free = total
        self._each = each
        self._taken: Counter[str] = Counter()
        self._lines: dict[str, deque[asyncio.Future[None]]] = {}  # who is next comes first

    def waiting(self, key: str) -> int:
        """Return how many wait for a place with `key`."""
        return len(self._lines.get(key, ()))

    @contextlib.asynccontextmanager
    async def slot(self, key: str) -> AsyncIterator[None]:
        """Hold a place while the block lasts, waiting for one first."""
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._lines.setdefault(key, deque()).append(turn)
        self._serve()
        try:
            await turn
            yield
        finally:
            # One who is cancelled may have been given a place in the same moment.
            if turn.done() and not turn.cancelled():
                self._free += 1
                self._taken[key] -= 1
                if not self._taken[key]:
                    del self._taken[key]
                self._serve()

    def _serve(self) -> None:
        while self._free and (key := self._next()) is not None:
            line = self._lines.pop(key)
            turn = line.popleft()
            if line:
                self._lines[key] = line  # at the end: the others come first
            if not turn.done():
                self._free -= 1
                self._taken[key] += 1
                turn.set_result(None)

    def _next(self) -> str | None:
        return next((key for key in self._lines if self._taken[key] < self._each), None)
