"""Showing that it goes on: "typing …" until the answer is there."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Iterator

from telegram import Bot
from telegram.error import TelegramError

from bot.platforms.telegram.calls import Target

log = logging.getLogger(__name__)


class Typing:
    """Shows "typing …" in the chats where an answer is being made. `after` and `every` in seconds."""

    def __init__(self, bot: Bot, after: float, every: float) -> None:
        self._bot = bot
        self._after = after
        self._every = every
        self._shown: set[asyncio.Task[None]] = set()

    @contextlib.contextmanager
    def shown(self, target: Target) -> Iterator[None]:
        """Show it while the block lasts, if it lasts long enough for anybody to wonder."""
        ended = asyncio.Event()
        timer = asyncio.get_running_loop().call_later(self._after, self._start, target, ended)
        try:
            yield
        finally:
            timer.cancel()
            ended.set()

    async def finish(self) -> None:
        """Return when nothing is on its way any more."""
        await asyncio.gather(*self._shown, return_exceptions=True)

    def _start(self, target: Target, ended: asyncio.Event) -> None:
        task = asyncio.create_task(self._show(target, ended), name="telegram typing")
        self._shown.add(task)
        task.add_done_callback(self._shown.discard)

    async def _show(self, target: Target, ended: asyncio.Event) -> None:
        # Never cancelled: httpcore loses a connection of its pool when a request is cancelled as it begins.
        while not ended.is_set():
            try:
                await self._bot.send_chat_action(target.chat, "typing", message_thread_id=target.thread)
            except (TelegramError, RuntimeError) as error:
                log.debug("Not shown as typing: %s", type(error).__name__)
                return  # the answer itself will meet the same trouble, and say so
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(ended.wait(), self._every)
