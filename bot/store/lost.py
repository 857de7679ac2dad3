"""Chats that could not be reached, until we hear from them again."""

from __future__ import annotations

from bot.store.client import Store

_KEPT = 400 * 86_400  # seconds


class Lost:
    """Marks by the chat's key."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def mark(self, chat: str) -> None:
        """Note that the chat is to be told what became of its subscriptions when it is back."""
        await self._store.set(f"pw:lost:{chat}", 1, ex=_KEPT)

    async def is_marked(self, chat: str) -> bool:
        """Tell whether the chat is to be told."""
        return await self._store.text(f"pw:lost:{chat}") is not None

    async def clear(self, chat: str) -> bool:
        """Take the mark away; False if there is none, as where somebody else has just taken it."""
        return bool(await self._store.delete(f"pw:lost:{chat}"))
