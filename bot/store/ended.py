"""What a chat followed until lately, so that whoever takes it back goes on where it was."""

from __future__ import annotations

import hashlib

from bot.store.client import Store

_KEPT = 7 * 86_400  # seconds


class Ended:
    """The data of subscriptions that were ended, for a week."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def keep(self, chat: str, place: str, wanted: str, data: str) -> None:
        """Remember a subscription that is about to be ended."""
        await self._store.set(_key(chat, place, wanted), data, ex=_KEPT)

    async def find(self, chat: str, place: str, wanted: str) -> str | None:
        """Return the data of the subscription that the chat ended, None if there was none."""
        return await self._store.text(_key(chat, place, wanted))


def _key(chat: str, place: str, wanted: str) -> str:
    plain = " ".join(wanted.casefold().split())
    return f"pw:ended:{chat}:{hashlib.sha256(f'{place} {plain}'.encode()).hexdigest()[:16]}"
