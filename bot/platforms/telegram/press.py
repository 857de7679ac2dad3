"""What a press of a button brings: a message for all, or words for the one who pressed."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, replace
from typing import Protocol

from telegram import Bot
from telegram.error import TelegramError

from bot.chat.reply import Reply
from bot.chat.request import Call, Request
from bot.platforms.telegram.errors import redacted
from bot.platforms.telegram.links import payload_of, to_bot
from bot.platforms.telegram.receive import Incoming
from bot.platforms.telegram.render import Message, Payload, render
from bot.platforms.telegram.unlinked import JOINER

log = logging.getLogger(__name__)

LONGEST_ALERT = 200
LATEST = 0.7  # seconds after which a button waits no longer, whatever its press has to wait for
SAME = 30.0  # seconds for which the same press in a group asks for nothing new
_MANY = 1000  # presses remembered without another thought

_Pressed = tuple[str, int | None, Call, str]


class Dispatches(Protocol):
    """What answers a request, whatever happens: `bot.chat.dispatch.Dispatcher` does."""

    async def dispatch(self, request: Request, *, aside: bool = False) -> Reply: ...


@dataclass(frozen=True, slots=True)
class _UnderWay:
    """A press in a group that is being worked on; `openly`: whether the group has seen what came of it."""

    person: str
    openly: asyncio.Future[bool]


class Presses:
    """Answers presses, each once. `soon`: the seconds after which a button shall wait for its answer no longer."""

    def __init__(self, bot: Bot, soon: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._bot = bot
        self._soon = soon
        self._clock = clock
        self._recent: dict[_Pressed, float] = {}
        self._under_way: dict[_Pressed, _UnderWay] = {}
        self._ended: set[str] = set()  # presses being worked on whose button waits no more
        self._late: set[asyncio.Task[bool]] = set()

    @contextlib.asynccontextmanager
    async def in_time(self, callback: str) -> AsyncIterator[None]:
        """End the button's waiting while the block lasts if that is long, and at its end if nothing else has."""
        timer = asyncio.get_running_loop().call_later(LATEST, self._end_late, callback)
        try:
            yield
        except Exception:
            await self.answer(callback)
            raise
        else:
            await self.answer(callback)
        finally:
            timer.cancel()
            self._ended.discard(callback)

    async def finish(self) -> None:
        """Return when nothing is on its way any more."""
        await asyncio.gather(*self._late)

    def _end_late(self, callback: str) -> None:
        if callback in self._ended:
            return
        # Never cancelled: httpcore loses a connection of its pool when a request is cancelled as it begins.
        task = asyncio.create_task(self.answer(callback), name="telegram press")
        self._late.add(task)
        task.add_done_callback(self._late.discard)

    async def work(
        self, dispatcher: Dispatches, request: Request, incoming: Incoming, username: str
    ) -> Reply | None:
        """Return the reply that belongs in the chat, None if the one who pressed was all to be answered.

        `username` is ours.
        """
        callback = incoming.callback or ""
        if incoming.channel and not request.actor.manages:
            await self._aside(dispatcher, request, callback, username)
            return None
        if request.private or incoming.elsewhere:
            return await self._openly(dispatcher, request, callback, aside=bool(incoming.elsewhere))
        # A question is put to each; all else is for all who read along.
        asked = request.actor.id if incoming.asks else ""
        pressed = (incoming.target.chat, incoming.target.reply_to, incoming.call, asked)
        await self._after_others(pressed, request.actor.id)
        if not self._is_new(pressed):
            await self.answer(callback)
            return None
        done = False
        mine = _UnderWay(request.actor.id, asyncio.get_running_loop().create_future())
        self._under_way[pressed] = mine
        try:
            reply = await self._openly(dispatcher, request, callback)
            done = reply is not None and not reply.private
            return reply
        finally:
            # The chat has seen nothing: the next one who presses may be allowed more. Or it will see something else
            # in this very place, and go back and forth.
            if not done or incoming.here:
                self._recent.pop(pressed, None)
            del self._under_way[pressed]
            mine.openly.set_result(done)

    async def answer(self, callback: str, alert: str = "", *, url: str = "") -> bool:
        """End the button's waiting, with a pop-up or by opening a chat with us; False if it waits no more."""
        if callback in self._ended:
            return False
        self._ended.add(callback)
        try:
            return await self._bot.answer_callback_query(
                callback, text=alert or None, show_alert=bool(alert), url=url or None
            )
        except TelegramError as error:
            log.debug("A press of a button could not be answered: %s", redacted(error, self._bot.token))
            return False

    async def _openly(
        self, dispatcher: Dispatches, request: Request, callback: str, *, aside: bool = False
    ) -> Reply | None:
        work = asyncio.create_task(dispatcher.dispatch(request, aside=aside))
        try:
            # A press is answered at once; what only its person should read, with the answer itself.
            await asyncio.wait({work}, timeout=self._soon)
            alert = _alert(render(work.result())) if work.done() and work.result().private else ""
            if alert and not request.private and await self.answer(callback, alert):
                return None
            if not alert or request.private:
                await self.answer(callback)
            return await work
        finally:
            work.cancel()

    async def _aside(self, dispatcher: Dispatches, request: Request, callback: str, username: str) -> None:
        """Answer by a pop-up alone: a channel's readers do not post in it, not through us either.

        What is too much for a pop-up, a private chat shows, where there is a link for it.
        """
        work = asyncio.create_task(dispatcher.dispatch(request, aside=True))
        try:
            await asyncio.wait({work}, timeout=self._soon)
            alert = _alert(render(work.result())) if work.done() else ""
        finally:
            work.cancel()
        if not alert and (payload := payload_of(f"/{request.call.name} {request.call.arguments}")):
            await self.answer(callback, url=to_bot(username, payload))
            return
        t = replace(request, language=request.hint or request.language).t
        await self.answer(callback, alert or t("Please ask me in a private chat."))

    async def _after_others(self, pressed: _Pressed, person: str) -> None:
        """Let what others have just pressed be worked on first: it may concern nobody but them, as a vote does."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(self._soon):
                while (other := self._under_way.get(pressed)) and other.person != person:
                    if await asyncio.shield(other.openly):
                        return

    def _is_new(self, pressed: _Pressed) -> bool:
        now = self._clock()
        if len(self._recent) >= _MANY:
            self._recent = {known: until for known, until in self._recent.items() if until > now}
        if pressed in self._under_way or self._recent.get(pressed, now) > now:
            return False
        self._recent[pressed] = now + SAME
        return True


def _alert(payloads: list[Payload]) -> str:
    """Return a reply as the text of a pop-up, nothing if it is more than that holds."""
    if len(payloads) == 1 and isinstance(payloads[0], Message) and not payloads[0].keyboard:
        text = payloads[0].plain.replace(JOINER, "")
        return text if len(text.encode("utf-16-le")) <= 2 * LONGEST_ALERT else ""
    return ""
