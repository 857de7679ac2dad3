"""The gate to the arXiv: at most one request at a time and one every three seconds, over everything.

Terms of use: https://info.arxiv.org/help/api/tou.html. The gate of the product is in Redis
(`bot.store.gate`); the one here serves a single process.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from bot.errors import ArxivClosed, ArxivUnavailable

GAP = 3.0  # seconds from the end of one answer to the next request
FIRST_PAUSE, LONGEST_PAUSE = 5.0, 300.0  # seconds; a pause doubles with every throttling in a row
LONGEST_ASKED = 3600.0  # seconds; more than this is not believed of a Retry-After


@dataclass(frozen=True, slots=True)
class Answered:
    """The arXiv answered, well or badly."""


@dataclass(frozen=True, slots=True)
class Throttled:
    """It asked for a pause, of `seconds` if it said how long."""

    seconds: float | None = None


@dataclass(frozen=True, slots=True)
class Refused:
    """It answered 403: to go on would count as an attack."""


Verdict = Answered | Throttled | Refused


class Turn(Protocol):
    """The right to make one request now."""

    async def leave(self, verdict: Verdict) -> None:
        """Give the turn back, when the body has been read, with what came of it."""


class Gate(Protocol):
    """Everything that asks the arXiv goes through one gate."""

    async def enter(self, *, background: bool = False, patience: float = 60.0) -> Turn:
        """Return when it is our turn. People go first; background work is sure of every fourth slot.

        Raises `ArxivUnavailable("busy")` if that takes more than `patience` seconds, `ArxivClosed`.
        """

    async def reopen(self) -> None:
        """Open a gate that a refusal closed."""


def pause_after(strikes: int, asked: float | None) -> float:
    """Return the seconds to wait after `strikes` throttlings in a row."""
    own: float = min(FIRST_PAUSE * 2 ** (strikes - 1), LONGEST_PAUSE)
    return max(own, min(asked or 0.0, LONGEST_ASKED))


class LocalGate:
    """The gate of one process that has no Redis. First come, first served."""

    def __init__(self, *, gap: float = GAP, clock: Callable[[], float] = time.monotonic) -> None:
        self._gap = gap
        self._clock = clock
        self._lock = asyncio.Lock()
        self._next = 0.0
        self._strikes = 0
        self._closed = False

    async def enter(self, *, background: bool = False, patience: float = 60.0) -> Turn:
        """Return when it is our turn."""
        started = self._clock()
        if self._closed:
            raise ArxivClosed
        wait = self._next - started
        if wait > patience:
            raise ArxivUnavailable("busy", wait)
        try:
            await asyncio.wait_for(self._lock.acquire(), patience)
        except TimeoutError:
            raise ArxivUnavailable("busy", self._gap) from None
        try:
            while (wait := self._next - self._clock()) > 0:
                if self._clock() + wait - started > patience:
                    raise ArxivUnavailable("busy", wait)
                await asyncio.sleep(wait)
            if self._closed:
                raise ArxivClosed
        except BaseException:
            self._lock.release()
            raise
        return self

    async def leave(self, verdict: Verdict) -> None:
        """Give the turn back."""
        pause = 0.0
        match verdict:
            case Answered():
                self._strikes = 0
            case Throttled(seconds):
                self._strikes += 1
                pause = pause_after(self._strikes, seconds)
            case Refused():
                self._closed = True
        self._next = self._clock() + max(self._gap, pause)
        self._lock.release()

    async def reopen(self) -> None:
        """Open the gate."""
        self._closed = False
