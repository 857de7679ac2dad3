"""Pages that were made of late, made once however many ask, within a budget of bytes."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Hashable
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar


class Sized(Protocol):
    """What takes room."""

    @property
    def size(self) -> int:
        """How many bytes."""
        ...


_T = TypeVar("_T", bound=Sized)


@dataclass(frozen=True, slots=True)
class _Made(Generic[_T]):
    at: float
    value: _T


class Kept(Generic[_T]):
    """Values by what decides them; the one that was asked for longest ago goes first."""

    def __init__(self, budget: int, seconds: float, clock: Callable[[], float]) -> None:
        """Keep `budget` bytes of values for `seconds` each, by the caller's clock."""
        self._budget = budget
        self._seconds = seconds
        self._clock = clock
        self._values: dict[Hashable, _Made[_T]] = {}
        self._making: dict[Hashable, asyncio.Task[_T]] = {}
        self._bytes = 0

    async def get(self, key: Hashable, make: Callable[[], Awaitable[_T]]) -> _T:
        """Return the value of `key`, made by whoever asks first; a failure is shared and not kept."""
        kept = self._values.pop(key, None)
        if kept and 0 <= self._clock() - kept.at < self._seconds:
            self._values[key] = kept  # at the end again
            return kept.value
        if kept:
            self._bytes -= kept.value.size
        task = self._making.get(key)
        if task is None:
            task = self._making[key] = asyncio.create_task(self._make(key, make))
            task.add_done_callback(lambda done: done.cancelled() or done.exception())
        return await asyncio.shield(task)

    async def _make(self, key: Hashable, make: Callable[[], Awaitable[_T]]) -> _T:
        try:
            value = await make()
        finally:
            del self._making[key]
        if value.size <= self._budget // 4:
            self._values[key] = _Made(self._clock(), value)
            self._bytes += value.size
        while self._bytes > self._budget:
            self._bytes -= self._values.pop(next(iter(self._values))).value.size
        return value
