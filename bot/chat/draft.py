"""What a person sees of a reply while it is being written."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable

from bot.chat.reply import Reply, say

log = logging.getLogger(__name__)

EVERY, EVERY_AMONG_MANY = 1.0, 4.0  # seconds between two drafts, with one person and with many who read along
PATIENCE = 5.0  # seconds of waiting from which on a word of progress is worth a message

Show = Callable[[Reply], Awaitable[float]]


class Draft:
    """Shows the newest of what it is given, at intervals of at least `every` seconds.

    `show` puts a reply in place of the one shown before, and returns the seconds for which the platform
    wants nothing more, in which case it may not have shown it; what it raises is logged. A word of
    progress is shown after `patience` seconds and until there is something of the reply.
    """

    def __init__(self, show: Show, *, every: float, patience: float = PATIENCE) -> None:
        self._show = show
        self._every = every
        self._newest: Reply | str | None = None  # a sentence becomes a reply where it is shown: it seldom is
        self._shown: Reply | None = None
        self._written = False  # something of the reply, and not only words of progress
        self._talk = asyncio.get_running_loop().time() + patience
        self._free = 0.0  # from when on the next may be shown
        self._wake = asyncio.Event()
        self._ended = False
        self._task: asyncio.Task[None] | None = None
        self._timer: asyncio.TimerHandle | None = None  # begins the task for words of progress

    def progress(self, said: str) -> None:
        """Show a sentence as long as there is nothing of the reply."""
        if self._written or self._ended:
            return
        self._newest = said
        if self._task:
            self._wake.set()
        elif not self._timer:
            self._timer = asyncio.get_running_loop().call_at(self._talk, self._begin)

    def put(self, reply: Reply) -> None:
        """Show the reply as far as it is written."""
        self._written = True
        if self._ended:
            return
        self._newest = reply
        self._wake.set()
        self._begin()

    async def end(self) -> None:
        """Show nothing more; return when nothing of it is on its way."""
        self._ended = True
        self._wake.set()
        if self._timer:
            self._timer.cancel()
        if self._task:
            await self._task

    def cancel(self) -> None:
        """Show nothing more, and leave what is on its way."""
        self._ended = True
        if self._timer:
            self._timer.cancel()
        if self._task:
            self._task.cancel()

    def _begin(self) -> None:
        if self._task is None:
            self._task = asyncio.create_task(self._run(), name="draft")

    async def _run(self) -> None:
        loop = asyncio.get_running_loop()
        while not self._ended:
            self._wake.clear()
            wait = None
            if self._newest is not None:
                wait = max(self._free, 0.0 if self._written else self._talk) - loop.time()
            if wait is None or wait > 0:
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(self._wake.wait(), wait)
                continue
            await self._once()
            # From when it was shown: requests take varying time.
            self._free = max(self._free, loop.time() + self._every)

    async def _once(self) -> None:
        newest, self._newest = self._newest, None
        reply = say(newest) if isinstance(newest, str) else newest
        if reply is None or reply == self._shown:
            return
        try:
            pause = await self._show(reply)
        except Exception as error:
            log.info("A draft was not shown: %s", type(error).__name__)
            return
        if pause > 0:
            self._free = asyncio.get_running_loop().time() + pause
            self._newest = self._newest or reply
        else:
            self._shown = reply
