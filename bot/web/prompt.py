"""Answers in time, of what may take long."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Generic, TypeVar

_T = TypeVar("_T")


class Prompt(Generic[_T]):
    """Asks for something, and has an answer in time: None where it takes longer than `seconds`.

    The store's client is patient; whoever watches is not. What is asked for is not broken off, and whoever asks
    meanwhile waits for the same.
    """

    def __init__(self, ask: Callable[[], Awaitable[_T]], seconds: float) -> None:
        self._ask = ask
        self._seconds = seconds
        self._asking: asyncio.Future[_T] | None = None

    async def __call__(self) -> _T | None:
        asking = self._asking
        if asking is None or asking.done():
            asking = self._asking = asyncio.ensure_future(self._ask())
            # It may fail when nobody waits for it any more.
            asking.add_done_callback(lambda done: done.cancelled() or done.exception())
        done, _ = await asyncio.wait({asking}, timeout=self._seconds)
        return asking.result() if done else None
