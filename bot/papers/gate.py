"""The gate to the arXiv: at most one request at a time and one every three seconds, over everything.

Terms of use: https://info.arxiv.org/help/api/tou.html. The gate of the product is in Redis
(`bot.store.gate`); the one here serves a single process.
"""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from bot.errors import ArxivClosed, ArxivUnavailable

GAP = 3.0  # seconds from the end of one answer to the next request
FIRST_PAUSE, LONGEST_PAUSE = 5.0, 300.0  # seconds; a pause doubles with every throttling in a row
LONGEST_ASKED = 3600.0  # seconds; more than this is not believed of a Retry-After
BACKGROUND_SHARE = 4  # of so many slots one is background work's, if it waits


@dataclass(frozen=True, slots=True)
class Answered:
    """The arXiv answered, well or badly: a row of throttlings ends."""


@dataclass(frozen=True, slots=True)
class Silent:
    """No whole answer came, or nothing was asked: that says nothing about throttling."""


@dataclass(frozen=True, slots=True)
class Throttled:
    """It asked for a pause, of `seconds` if it said how long."""

    seconds: float | None = None


@dataclass(frozen=True, slots=True)
class Refused:
    """It answered 403: to go on would count as an attack."""


Verdict = Answered | Silent | Throttled | Refused


class Turn(Protocol):
    """The right to make one request now."""

    async def leave(self, verdict: Verdict) -> None:
        """Give the turn back, when the body has been read, with what came of it. Once is enough."""


class Gate(Protocol):
    """Everything that asks the arXiv goes through one gate."""

    async def enter(self, *, background: bool = False, patience: float = 60.0) -> Turn:
        """Return when it is our turn. People go first; background work is sure of every fourth slot.

        Raises `ArxivUnavailable("busy")` if that takes more than `patience` seconds, `ArxivClosed`.
        """

    async def reopen(self) -> None:
        """Open a gate that a refusal closed, and forget the pause, but not the gap."""


def pause_after(strikes: int, asked: float | None, first: float = FIRST_PAUSE) -> float:
    """Return the seconds to wait after `strikes` throttlings in a row."""
    own: float = min(first * 2.0 ** min(strikes - 1, 100), LONGEST_PAUSE)
    return max(own, min(asked or 0.0, LONGEST_ASKED))


class LocalGate:
    """The gate of one process that has no Redis."""

    def __init__(
        self,
        *,
        gap: float = GAP,
        first_pause: float = FIRST_PAUSE,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._gap = gap
        self._first_pause = first_pause
        self._clock = clock
        self._people: deque[asyncio.Future[None]] = deque()
        self._background: deque[asyncio.Future[None]] = deque()
        self._alarm: asyncio.TimerHandle | None = None
        self._served = 0
        self._taken = False
        self._next = 0.0
        self._strikes = 0
        self._closed = False

    async def enter(self, *, background: bool = False, patience: float = 60.0) -> Turn:
        """Return when it is our turn. Raises `ArxivUnavailable("busy")`, `ArxivClosed`."""
        if self._closed:
            raise ArxivClosed
        if (wait := self._next - self._clock()) > patience:
            raise ArxivUnavailable("busy", wait)
        waiter: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        queue = self._background if background else self._people
        queue.append(waiter)
        self._serve()
        try:
            async with asyncio.timeout(patience):
                await waiter
        except BaseException as error:
            if waiter in queue:
                queue.remove(waiter)
            if waiter.done() and not waiter.cancelled() and not waiter.exception():
                self._left(Silent())  # the turn came in the very moment of giving up
            if isinstance(error, TimeoutError):
                raise ArxivUnavailable("busy", max(self._next - self._clock(), self._gap)) from None
            raise
        return _LocalTurn(self)

    async def reopen(self) -> None:
        """Open the gate, and forget the pause, but not the gap."""
        self._closed, self._strikes = False, 0
        self._next = self._clock() + self._gap
        self._serve()

    def _serve(self) -> None:
        """Give the turn to whoever is next, now or when the pause is over."""
        if self._alarm:
            self._alarm.cancel()
            self._alarm = None
        while not self._taken and (queue := self._next_queue()):
            if (wait := self._next - self._clock()) > 0:
                self._alarm = asyncio.get_running_loop().call_later(wait, self._serve)
                return
            waiter = queue.popleft()
            if not waiter.done():  # it may have stopped waiting
                self._taken = True
                self._served += 1
                waiter.set_result(None)

    def _next_queue(self) -> deque[asyncio.Future[None]]:
        if self._background and self._served % BACKGROUND_SHARE == BACKGROUND_SHARE - 1:
            return self._background
        return self._people or self._background

    def _left(self, verdict: Verdict) -> None:
        pause = 0.0
        match verdict:
            case Answered():
                self._strikes = 0
            case Silent():
                pass
            case Throttled(seconds):
                self._strikes += 1
                pause = pause_after(self._strikes, seconds, self._first_pause)
            case Refused():
                self._closed = True
                for waiter in (*self._people, *self._background):
                    if not waiter.done():
                        waiter.set_exception(ArxivClosed())
        self._taken = False
        self._next = self._clock() + max(self._gap, pause)
        self._serve()


class _LocalTurn:
    def __init__(self, gate: LocalGate) -> None:
        self._gate: LocalGate | None = gate

    async def leave(self, verdict: Verdict) -> None:
        gate, self._gate = self._gate, None
        if gate:
            gate._left(verdict)
