"""Which command a person's reply to one of our messages continues, in Redis."""

from __future__ import annotations

from typing import Protocol

from bot.store.client import Store

_KEPT = 30 * 86_400  # seconds


class Place(Protocol):
    """A chat, by a key that it shares with all its threads."""

    @property
    def key(self) -> str: ...


class RedisFollowUps:
    """The follow-ups of all platforms, each kept for 30 days."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def put(self, address: Place, message_id: str, line: str) -> None:
        """Remember that a reply to this message continues `line`. Raises `StoreUnavailable`."""
        await self._store.execute_command("SET", _key(address, message_id), line, "EX", _KEPT)

    async def get(self, address: Place, message_id: str) -> str | None:
        """Return the line that a reply to this message continues, None if there is none.

        Raises `StoreUnavailable`.
        """
        return await self._store.text(_key(address, message_id))


def _key(address: Place, message_id: str) -> str:
    # Of the chat and not of the thread: a message has one id in all of its chat.
    return f"pw:followup:{address.key}:{message_id}"
