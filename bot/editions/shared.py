"""What many subscriptions need at the same time is made once, and kept at hand for a while."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Hashable
from typing import Generic, TypeVar

_T = TypeVar("_T")


class Shared(Generic[_T]):
    """Values by what decides them. A failure goes to all who wait for it, and is not kept."""

    def __init__(self, most: int, seconds: float, clock: Callable[[], float]) -> None:
        """Keep `most` values for `seconds` each, by the caller's clock."""
        self._most = most
        self._seconds = seconds
        self._clock = clock
        self._kept: dict[Hashable, tuple[float, asyncio.Task[_T]]] = {}

    async def get(self, key: Hashable, make: Callable[[], Awaitable[_T]]) -> _T:
        """Return the value of `key`, made by whoever asks first; it is made even if they stop waiting."""
        now = self._clock()
        made = self._kept.pop(key, None)
        if made is None or not 0 <= now - made[0] < self._seconds or _failed(made[1]):
            made = now, asyncio.create_task(_run(make))
            # Nobody may ask again, and what is kept may be large.
            asyncio.get_running_loop().call_later(self._seconds, self._forget, key, made)
        self._kept[key] = made
        while len(self._kept) > self._most:
            del self._kept[next(iter(self._kept))]
        return await asyncio.shield(made[1])

    def at_hand(self, key: Hashable) -> _T | None:
        """Return the value of `key` if it is there already."""
        made = self._kept.get(key)
        if made is None or not 0 <= self._clock() - made[0] < self._seconds:
            return None
        return made[1].result() if made[1].done() and not _failed(made[1]) else None

    def forget(self, key: Hashable) -> None:
        """Make the value anew when it is asked for next."""
        self._kept.pop(key, None)

    def _forget(self, key: Hashable, made: tuple[float, asyncio.Task[_T]]) -> None:
        if self._kept.get(key) is made:
            del self._kept[key]


async def _run(make: Callable[[], Awaitable[_T]]) -> _T:
    return await make()


def _failed(task: asyncio.Task[_T]) -> bool:
    return task.done() and (task.cancelled() or task.exception() is not None)
