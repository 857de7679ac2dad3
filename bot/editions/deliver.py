"""Delivery: what stands in the outbox goes out, in order, once."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Literal, Protocol, TypeVar

from bot.chat.platform import Posts
from bot.chat.request import Address
from bot.errors import (
    Ambiguous,
    DeliveryError,
    Forbidden,
    Migrated,
    Misconfigured,
    PaperwireError,
    PlatformUnavailable,
    RetryAfter,
    StoreUnavailable,
    ThreadGone,
)
from bot.logs import about
from bot.store.outbox import Delivery, Outbox, State, begun_at

log = logging.getLogger(__name__)
T = TypeVar("T")

_DEADLINE = 0.45  # of the lease for one part: under half of it, so that nobody else can have begun
_AT_ONCE = 32  # addresses; of so many it is in doubt after a crash whether they got a part
_CLOCKS = 120.0  # seconds by which a platform's clock may be behind ours
_IDLE = 0.5  # seconds between two looks where nothing is ready
_BUSY = 0.05  # seconds between two looks where something was
_FIRST_WAIT, _LONGEST_WAIT = 1.0, 300.0  # seconds before a doubtful part is tried again, doubling
_LONGEST_HOLD = 60.0  # seconds between two tries at a platform that is away
_STORE_AWAY = (StoreUnavailable, Misconfigured)  # the latter where its password was changed
# Repeats of a part that may have gone out. Where one is harmless, the limit is there for what never succeeds.
_MOST_REPEATS, _MOST_HARMLESS = 1, 300

Uncertain = Literal["resend", "leave"]


class Chats(Protocol):
    """Who is told what became of a chat."""

    async def lost(self, address: str, reason: str) -> None:
        """Stop sending to the chat: it cannot be reached."""

    async def moved(self, old: str, new: str) -> None:
        """Send to `new` from now on, also what waits in the outbox."""


class Deliverer:
    """Delivers for one platform, in the process that may send with its token."""

    def __init__(
        self,
        outbox: Outbox,
        platform: Posts,
        chats: Chats,
        *,
        uncertain: Uncertain = "resend",
        idle: float = _IDLE,
        clock: Callable[[], float] = time.time,
    ) -> None:
        """`uncertain` says what to do with a part that may have gone out, where a repeat would show."""
        self._outbox = outbox
        self._platform = platform
        self._chats = chats
        self._leave_doubtful = platform.nonce_window is None and uncertain == "leave"
        self._most_repeats = _MOST_REPEATS if platform.nonce_window is None else _MOST_HARMLESS
        self._idle = idle
        self._clock = clock
        self._deadline = _DEADLINE * outbox.lease
        self._at_work: dict[str, asyncio.Task[None]] = {}
        self._room = asyncio.Event()
        self._end = asyncio.Event()
        self._away = 0  # times in a row that the platform was found to be away

    async def run(self) -> None:
        """Deliver what is ready, until cancelled; parts under way are then let go through."""
        self._end.clear()
        looking = asyncio.create_task(self._look(), name=f"outbox of {self._platform.name}")
        try:
            await asyncio.shield(looking)
        finally:
            self._end.set()
            self._room.set()
            try:
                async with asyncio.timeout(self._outbox.lease / 2):  # a part, and noting what became of it
                    await asyncio.wait({looking})
                    while self._at_work:
                        await asyncio.wait(self._at_work.values())
            except TimeoutError:
                log.warning("%d deliveries are left to the next start", len(self._at_work))
            finally:
                for task in (looking, *self._at_work.values()):
                    task.cancel()

    async def _look(self) -> None:
        """Take what is ready whenever there is room for it."""
        while not self._end.is_set():
            self._room.clear()
            room = _AT_ONCE - len(self._at_work)
            found = await self._taken(room) if room else []
            for delivery in found:
                self._start(delivery)
            if len(found) == room:
                await self._room.wait()  # there may be more
            else:
                # Where there is some, more is on its way.
                pause = min(_BUSY, self._idle) if found else self._idle
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(self._end.wait(), pause)

    async def _taken(self, most: int) -> list[Delivery]:
        try:
            # A lease that ended while we were at work there, as in an outage of Redis, changes nothing.
            return await self._outbox.take(self._platform.name, self._clock(), most, but=self._at_work)
        except _STORE_AWAY as error:
            log.warning("the outbox cannot be read: %s", error)
            return []

    def _start(self, delivery: Delivery) -> None:
        task = asyncio.create_task(self._deliver(delivery), name=f"deliver {delivery.key}")
        self._at_work[delivery.address] = task

        def done(_: asyncio.Task[None]) -> None:
            del self._at_work[delivery.address]
            self._room.set()

        task.add_done_callback(done)

    async def _deliver(self, delivery: Delivery) -> None:
        """Send the parts that are left, as far as that goes now."""
        with about(chat=delivery.address, edition=delivery.key):
            await self._go_on(delivery)

    async def _go_on(self, delivery: Delivery) -> None:
        try:
            messages = await self._outbox.messages(delivery.content)
            if len(messages) < delivery.parts:
                await self._finish(delivery, State.FAILED, "its text is gone")
            elif self._is_enough(delivery):
                await self._finish(delivery, State.UNCERTAIN, "it may or may not have arrived")
            elif self._end.is_set():
                # Whoever delivers next need not wait for the lease to end.
                await self._outbox.leave(delivery, self._clock())
            else:
                await self._send(delivery, messages[delivery.at])
        except PaperwireError as error:
            log.warning("not delivered now: %s", error)  # the lease ends by itself
        except Exception:
            log.exception("delivery failed")

    async def _begun(self, delivery: Delivery) -> Delivery | None:
        now = self._clock()
        try:
            return await self._outbox.begin(delivery, now)
        except _STORE_AWAY:
            # It may have been noted all the same, and nothing was sent.
            await self._noted(lambda: self._outbox.put_back(begun_at(delivery, now), now, now))
            return None

    async def _send(self, part: Delivery, message: str) -> None:
        """Send the next part and note what came of it.

        Only when it may leave is it noted to be on its way: what waits for its turn is in no doubt.
        """
        begun: Delivery | None = None
        try:
            async with asyncio.timeout(self._deadline), self._platform.turn(_target(part)):
                begun = await self._begun(part)
                sent = await self._posted(begun, message) if begun else None
        except DeliveryError as error:
            await (self._undelivered(begun, error) if begun else self._put_off(part, error))
        except PlatformUnavailable as error:
            await self._hold(
                begun or part, _backoff(self._away, _LONGEST_HOLD), str(error), begun=bool(begun)
            )
        except Exception as error:
            if not isinstance(error, TimeoutError):
                log.exception("a platform's adapter failed")
            if begun:
                await self._doubt(
                    begun, "no answer in time" if isinstance(error, TimeoutError) else repr(error)
                )
            else:
                await self._put_off(part, RetryAfter(_FIRST_WAIT))
        else:
            self._away = 0
            if begun and sent is not None:
                arrived, message_id = begun, sent
                await self._noted(lambda: self._outbox.sent(arrived, message_id, self._clock()))
                log.info("delivered part %d of %d", arrived.at + 1, arrived.parts)

    async def _put_off(self, part: Delivery, error: DeliveryError) -> None:
        """A part could not even leave."""
        seconds = error.seconds if isinstance(error, RetryAfter) else _FIRST_WAIT
        if isinstance(error, RetryAfter) and error.everywhere:
            await self._hold(part, seconds, "told to wait", begun=False)
            return
        now = self._clock()
        await self._noted(lambda: self._outbox.put_off(part, now, now + seconds))

    async def _posted(self, part: Delivery, message: str) -> str:
        """Send a part, or find that it went out before."""
        key, target = f"{part.key}/{part.at}", _target(part)
        window = self._platform.nonce_window
        # Past the window a repeat would show: what stands in the chat tells.
        if part.doubtful and window is not None and not 0 <= self._clock() - part.begun < window:
            found = await self._platform.recall(target, message, key=key, since=part.begun - _CLOCKS)
            if found is not None:
                return found
        return await self._platform.post(target, message, key=key, first=part.at == 0)

    async def _undelivered(self, part: Delivery, error: DeliveryError) -> None:
        match error:
            case Ambiguous(reason):
                await self._doubt(part, reason)
            case RetryAfter(seconds, everywhere=True):
                await self._hold(part, seconds, "told to wait")
            case RetryAfter(seconds):
                await self._put_back(part, self._clock() + seconds)
            case Migrated(new_chat):
                await self._migrate(part, f"{self._platform.name}:{new_chat}")
            case ThreadGone(reason) if _own_thread(part):  # which says nothing of the chat
                await self._finish(part, State.FAILED, reason)
            case Forbidden(reason) | ThreadGone(reason):
                # Of a forum whose general topic is closed the others are open: that place has an empty name.
                general = isinstance(error, ThreadGone) and part.address.count(":") == 1
                place = f"{part.address}:" if general else part.address
                if await self._finish(part, State.FAILED, reason, with_rest=True):
                    await self._noted(lambda: self._chats.lost(place, reason))
            case _:
                log.error("a message was refused, which is a fault of ours")
                await self._finish(part, State.FAILED, str(error))

    async def _migrate(self, part: Delivery, new: str) -> None:
        if new == part.address:
            await self._finish(part, State.FAILED, "the chat is said to have moved to where it is")
            return
        await self._put_back(part, self._clock())
        await self._noted(lambda: self._chats.moved(part.address, new))

    async def _doubt(self, part: Delivery, reason: str) -> None:
        """A part may have gone out."""
        log.warning("a part may or may not have arrived: %s", reason)
        if self._is_enough(replace(part, doubtful=True)):
            await self._finish(part, State.UNCERTAIN, reason)
            return
        now = self._clock()
        again = now + _backoff(part.resent, _LONGEST_WAIT)
        await self._noted(lambda: self._outbox.doubt(part, now, again))

    def _is_enough(self, delivery: Delivery) -> bool:
        """Whether a part that may have gone out is not to be repeated, or not again."""
        return delivery.doubtful and (self._leave_doubtful or delivery.resent >= self._most_repeats)

    async def _hold(self, part: Delivery, seconds: float, reason: str, *, begun: bool = True) -> None:
        """Send nothing to the whole platform for a while."""
        log.info("%s takes nothing for %.0f s: %s", self._platform.name, seconds, reason)
        if await self._noted(lambda: self._outbox.hold(self._platform.name, seconds)):
            self._away += 1
        now = self._clock()
        back = self._outbox.put_back if begun else self._outbox.put_off
        await self._noted(lambda: back(part, now, now))

    async def _put_back(self, part: Delivery, not_before: float) -> None:
        now = self._clock()
        await self._noted(lambda: self._outbox.put_back(part, now, not_before))

    async def _finish(
        self, delivery: Delivery, state: State, reason: str, *, with_rest: bool = False
    ) -> bool:
        log.warning("%s: %s", state, reason)
        return await self._noted(
            lambda: self._outbox.finish(delivery, state, self._clock(), reason, with_rest=with_rest)
        )

    async def _noted(self, note: Callable[[], Awaitable[T]]) -> T:
        """Write down what is known, however long the store is away: else nobody would know it."""
        told = False
        while True:
            try:
                return await note()
            except _STORE_AWAY as error:
                if not told:
                    log.warning("the outbox cannot be written: %s", error)
                told = True
            await asyncio.sleep(self._idle)


def _target(part: Delivery) -> Address:
    """Return where the next part goes: into the thread that began with the first, if one did."""
    platform, chat, *thread = part.address.split(":", 2)
    return Address(platform, chat, _own_thread(part) or (thread[0] if thread else None))


def _own_thread(part: Delivery) -> str:
    """Return the thread that the delivery's first part began; nothing if it began none."""
    begun, slash, _ = part.ids[0].partition("/") if part.ids else ("", "", "")
    return begun if slash and begun.isdecimal() else ""


def _backoff(times: int, longest: float) -> float:
    return min(_FIRST_WAIT * 2.0 ** min(times, 20), longest)
