"""Leaving a server alone that fails again and again."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from bot.errors import ModelUnavailable

FAILURES = 5
REST = 30.0
LONGEST = 300.0
PROBED = 5.0  # what those are told who come while the server is being tried

log = logging.getLogger(__name__)


class Breaker:
    """Lets calls through until `failures` of them in a row came to nothing; then one at a time, after a rest.

    The rest is `rest` seconds, twice as long after each further failure, at most `longest`. An answer of
    whatever kind ends it. Calls are whole ones, with their retries: a hiccup that a retry gets over counts
    for nothing, and so there is no time after which a failure is forgotten but a success.

    The state is one process's own: each finds out for itself within a few calls, which costs less than
    asking Redis before every one, and one that cannot reach a server does not keep it from the others.
    """

    def __init__(
        self,
        name: str,
        *,
        failures: int = FAILURES,
        rest: float = REST,
        longest: float = LONGEST,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """`name` is the server's, for the log."""
        self._name = name
        self._most = failures
        self._rest = rest
        self._longest = longest
        self._clock = clock
        self._failed = 0
        self._rests = 0
        self._opens = 0.0
        self._probing = False

    @property
    def is_trusted(self) -> bool:
        """Whether calls go through as if nothing had happened."""
        return self._rests == 0

    @contextmanager
    def call(self) -> Iterator[Call]:
        """Enter for one call, and tell it how that went; one that was given up and says nothing does not count.

        Raises `ModelUnavailable` with the reason "resting" where no call is wanted now.
        """
        probes = not self.is_trusted
        if probes:
            left = self._opens - self._clock()
            if self._probing or left > 0:
                raise ModelUnavailable("resting", PROBED if self._probing else left)
            self._probing = True
        call = Call()
        try:
            yield call
        finally:
            if probes:
                self._probing = False
            if call.failed is False:
                self._trust()
            # Of many calls that fail together, those behind the one that was too many say nothing new.
            elif call.failed and (probes or self.is_trusted):
                self._distrust(at_once=probes)

    def _trust(self) -> None:
        if not self.is_trusted:
            log.info("%s answers again", self._name)
        self._failed = self._rests = 0

    def _distrust(self, *, at_once: bool) -> None:
        self._failed += 1
        if at_once or self._failed >= self._most:
            # The power is bounded, because a server may stay away for weeks.
            seconds = min(self._longest, self._rest * 2 ** min(self._rests, 20))
            self._rests += 1
            self._opens = self._clock() + seconds
            log.warning("%s failed %d times in a row and rests for %d s", self._name, self._failed, seconds)


class Call:
    """One call under way; `failed` is None until it is known."""

    failed: bool | None = None
