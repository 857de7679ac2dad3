"""Reads that wait for one another, made in one round trip."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence

Fetch = Callable[[Sequence[str]], Awaitable[Sequence[str | None]]]


class Gathering:
    """Fetch a key at once if nobody is fetching; what is asked for meanwhile goes together when that is back.

    Many people at once cost the store few questions, and one person waits no longer for it.
    """

    def __init__(self, fetch: Fetch) -> None:
        """`fetch` returns the values of its keys in their order."""
        self._fetch = fetch
        self._fetching = False
        self._asked: dict[str, asyncio.Future[str | None]] = {}
        self._task: asyncio.Task[None] | None = None

    async def get(self, key: str) -> str | None:
        """Return the value of `key`. Raises what `fetch` raises."""
        if not self._fetching:
            self._fetching = True
            try:
                return (await self._fetch((key,)))[0]
            finally:
                self._next()
        future = self._asked.get(key)
        if future is None:
            future = self._asked[key] = asyncio.get_running_loop().create_future()
        # Others may wait for the same key: one who leaves must not take it from them.
        return await asyncio.shield(future)

    def _next(self) -> None:
        asked, self._asked = self._asked, {}
        self._fetching = bool(asked)
        if asked:
            self._task = asyncio.create_task(self._answer(asked), name="gathered reads")

    async def _answer(self, asked: dict[str, asyncio.Future[str | None]]) -> None:
        try:
            values = await self._fetch(list(asked))
        except asyncio.CancelledError:
            for future in asked.values():
                future.cancel()
            raise
        except Exception as error:
            for future in asked.values():
                if not future.done():
                    future.set_exception(error)
                    future.exception()  # whoever asked may have left
        else:
            for future, value in zip(asked.values(), values, strict=True):
                if not future.done():
                    future.set_result(value)
        finally:
            self._next()
