"""Commands that wait for one another, sent in one round trip."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Hashable, Sequence
from typing import Any

Call = tuple[tuple[Any, ...], dict[str, Any]]  # what redis-py takes: the words, and how to read the reply
Asked = tuple[Call, list[asyncio.Future[Any]]]
Send = Callable[[Sequence[Call]], Awaitable[Sequence[Any]]]


class Gathering:
    """Send what is asked for at the moment together, and what is asked for meanwhile when that is back.

    Many people at once cost the store few round trips, and one person waits no longer for it. Whoever is
    cancelled stops waiting at once; the command is carried out all the same.
    """

    def __init__(self, send: Send) -> None:
        """`send` returns the replies to its commands in their order, an exception for one that failed."""
        self._send = send
        self._asked: dict[Hashable, Asked] = {}
        self._sending: asyncio.Task[None] | None = None

    async def run(self, *words: Any, **options: Any) -> Any:
        """Return the reply to a command. Raises it if it is an exception, and what `send` raises."""
        return await self._ask(object(), words, options)

    async def read(self, *words: Any) -> Any:
        """Do as `run`, once for all who ask the same at the moment."""
        return await self._ask(words, words, {})

    async def close(self) -> None:
        """Give up what is under way: whoever waits gets a `ConnectionError`."""
        if self._sending and not self._sending.done():
            waiting, self._asked = list(self._asked.values()), {}
            self._sending.cancel()
            await asyncio.wait({self._sending})
            _settle(waiting, _closed(waiting))

    def _ask(self, key: Hashable, words: tuple[Any, ...], options: dict[str, Any]) -> asyncio.Future[Any]:
        # One for each who waits: it goes when they do, and nobody else's with it.
        future = asyncio.get_running_loop().create_future()
        if key in self._asked:
            self._asked[key][1].append(future)
        else:
            self._asked[key] = (words, options), [future]
        if self._sending is None or self._sending.done():
            self._sending = asyncio.create_task(self._send_all(), name="commands to the store")
        return future

    async def _send_all(self) -> None:
        while self._asked:
            asked, self._asked = list(self._asked.values()), {}
            try:
                replies = await self._send([command for command, _ in asked])
            except asyncio.CancelledError:
                _settle(asked, _closed(asked))
                raise
            except Exception as error:
                replies = [error] * len(asked)
            _settle(asked, replies)


def _closed(asked: Sequence[Asked]) -> list[Exception]:
    return [ConnectionError("closed") for _ in asked]


def _settle(asked: Sequence[Asked], replies: Sequence[Any]) -> None:
    for (_, waiting), reply in zip(asked, replies, strict=True):
        for future in waiting:
            if future.done():  # who waited has left
                continue
            if isinstance(reply, Exception):
                future.set_exception(reply)
                future.exception()  # who waited may leave without having seen it
            else:
                future.set_result(reply)
