"""What a place where people chat has to offer, and what it may ask of us."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from bot.chat.dispatch import Dispatcher
from bot.chat.reply import Reply
from bot.chat.request import Address


class Platform(Protocol):
    """A chat service with an account of ours on it."""

    name: str

    async def run(self, dispatcher: Dispatcher) -> None:
        """Receive, acknowledge, build a `Request`, dispatch, send, until cancelled.

        Raises `Misconfigured` if the service does not take our token.
        """

    async def send(self, address: Address, reply: Reply) -> tuple[str, ...]:
        """Send `reply` to a chat unasked; return the ids of the messages in order.

        Raises a `DeliveryError`.
        """

    async def find(self, name: str) -> Address:
        """Return the address of the chat that people know by this name or id. Raises a `DeliveryError`."""

    async def close(self) -> None:
        """Release what `send` and `find` hold; `run` releases its own."""


class Inbox(Protocol):
    """What came in and is not answered yet, so that a crash between the two loses nothing.

    Keys are the platform's own (an update id, an interaction id); payloads are text.
    """

    async def put(self, key: str, payload: str) -> bool:
        """Keep what came in; False if this key was put before, answered or not, within the last day."""

    async def done(self, key: str) -> None:
        """Forget the payload: it was answered."""

    async def left(self) -> Sequence[tuple[str, str]]:
        """Return what an earlier run left unanswered, oldest first; each is handed out once, ever."""


class MemoryInbox:
    """An inbox that lasts as long as its process."""

    def __init__(self) -> None:
        self._open: dict[str, str] = {}
        self._seen: set[str] = set()

    async def put(self, key: str, payload: str) -> bool:
        """Keep what came in, unless it did before."""
        if key in self._seen:
            return False
        self._seen.add(key)
        self._open[key] = payload
        return True

    async def done(self, key: str) -> None:
        """Forget the payload."""
        self._open.pop(key, None)

    async def left(self) -> Sequence[tuple[str, str]]:
        """Return nothing: no earlier run shares this memory."""
        return ()
