"""Answers that cannot go out yet: how many of them wait in one chat.

Without a bound, one chat that Telegram has silenced would fill the memory with answers, and flood its
people with all of them in the end.
"""

from __future__ import annotations

import contextlib
from collections import Counter
from collections.abc import Iterator

BUSY = 61.0  # seconds that Telegram has a busy chat wait at most, as it counts by the minute; one it has silenced waits longer
SILENCED = 5  # answers that wait in a chat that Telegram has silenced
WAITING = 50  # and in a busy one, or while nothing arrives at all: that is over sooner
UNDER_WAY = 300  # answers on their way to one chat, waiting for whatever


def places(pause: float = 0.0) -> int:
    """Return how many answers may wait in a chat through a pause of so many seconds."""
    return SILENCED if pause > BUSY else WAITING


class Place:
    """One answer's place among those that wait in its chat, taken when it is needed."""

    def __init__(self, counts: Counter[str], chat: str) -> None:
        self._counts = counts
        self._chat = chat
        self._taken = False

    def keep(self, most: int) -> bool:
        """Take the place, False if as many as `most` others wait already."""
        if not self._taken and self._counts[self._chat] < most:
            self._counts[self._chat] += 1
            self._taken = True
        return self._taken

    def leave(self) -> None:
        """Make room, if the place was taken."""
        if self._taken:
            self._taken = False
            self._counts[self._chat] -= 1
            if not self._counts[self._chat]:
                del self._counts[self._chat]


class Waiting:
    """Counts the answers that wait, by chat."""

    def __init__(self) -> None:
        self._counts: Counter[str] = Counter()
        self._under_way: Counter[str] = Counter()

    def full(self, chat: str, pause: float) -> bool:
        """Tell whether one more answer would find no place in `chat`, which is to wait for so many seconds."""
        return self._counts[chat] >= places(pause) or self._under_way[chat] >= UNDER_WAY

    @contextlib.contextmanager
    def place(self, chat: str) -> Iterator[Place]:
        """Give one answer a place to wait in, for as long as the block lasts."""
        place = Place(self._counts, chat)
        self._under_way[chat] += 1
        try:
            yield place
        finally:
            place.leave()
            self._under_way[chat] -= 1
            if not self._under_way[chat]:
                del self._under_way[chat]
