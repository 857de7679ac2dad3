"""The categories that chats follow: what has to be read besides what is always read."""

from __future__ import annotations

from collections.abc import Collection

from bot.store.client import Command, Store

_KEY = "pw:followed"
_FORGOTTEN = 40 * 86_400  # seconds after the last time that somebody is known to need it


class Followed:
    """Categories by the time until which a subscription is known to need them."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def note(self, categories: Collection[str], until: float) -> list[Command]:
        """Return the commands that keep these among what is read for some weeks beyond `until`."""
        if not categories:
            return []
        return [("ZADD", _KEY, "GT", *(word for category in categories for word in (int(until), category)))]

    async def add(self, categories: Collection[str], until: float) -> None:
        """Read these from now on."""
        for command in self.note(categories, until):
            await self._store.execute_command(*command)

    async def current(self, now: float) -> set[str]:
        """Return what is followed, and forget what no longer is."""
        await self._store.execute_command("ZREMRANGEBYSCORE", _KEY, "-inf", int(now) - _FORGOTTEN)
        return {str(name) for name in await self._store.execute_command("ZRANGE", _KEY, 0, -1)}
