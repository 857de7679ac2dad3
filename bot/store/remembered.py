"""All that is remembered of one chat, to be seen and to be forgotten."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from dataclasses import dataclass

from bot.store.client import Store

# By the chat's key alone, and by its key and something more.
_KEYS = ("language", "chosen", "shown", "muted", "taste", "lost")
_FAMILIES = ("ended", "followup")


@dataclass(frozen=True, slots=True)
class Remembered:
    """How much of each kind there is. `choices` are its language and its settings."""

    subscriptions: int
    choices: int
    shown: int
    muted: int
    votes: int
    ended: int
    followups: int


class ChatMemory:
    """What is kept under a chat's key, besides its subscriptions, which have a keeper of their own."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def of(self, chat: str) -> Remembered:
        """Return how much is remembered of the chat."""
        ask = self._store.execute_command
        return Remembered(
            subscriptions=int(await ask("HLEN", f"pw:subs:{chat}")),
            choices=int(await ask("EXISTS", f"pw:language:{chat}", f"pw:chosen:{chat}")),
            shown=int(await ask("ZCARD", f"pw:shown:{chat}")),
            muted=int(await ask("SCARD", f"pw:muted:{chat}")),
            votes=int(await ask("HLEN", f"pw:taste:{chat}")),
            ended=len([key async for key in self._family("ended", chat)]),
            followups=len([key async for key in self._family("followup", chat)]),
        )

    async def forget(self, chat: str) -> None:
        """Delete it all. Safe to repeat."""
        keys = [f"pw:{name}:{chat}" for name in _KEYS]
        keys += [key for family in _FAMILIES async for key in self._family(family, chat)]
        await self._store.delete(*keys)

    async def _family(self, family: str, chat: str) -> AsyncIterator[str]:
        literal = re.sub(r"([*?\[\]\\^-])", r"\\\1", chat)
        async for key in self._store.scan_iter(match=f"pw:{family}:{literal}:*", count=1000):
            yield str(key)
