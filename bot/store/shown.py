"""Which papers each chat has been shown, and which words it does not want to see."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from bot.store.client import Command, Store

_KEPT = 400 * 86_400  # seconds
MOST_MUTED = 100


class Shown:
    """Papers by their number without a version, for each chat."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def among(self, chat: str, numbers: Sequence[str]) -> set[str]:
        """Return those of `numbers` that the chat was shown before."""
        if not numbers:
            return set()
        flags = await self._store.execute_command("ZMSCORE", f"pw:shown:{chat}", *numbers)
        return {number for number, at in zip(numbers, flags, strict=True) if at is not None}

    def add(self, chat: str, numbers: Iterable[str], now: float) -> list[Command]:
        """Return the commands that note what the chat is shown; what is older than a year or so is forgotten."""
        key = f"pw:shown:{chat}"
        words = [word for number in numbers for word in (int(now), number)]
        if not words:
            return []
        return [
            ("ZADD", key, *words),
            ("ZREMRANGEBYSCORE", key, "-inf", int(now) - _KEPT),
            ("EXPIRE", key, _KEPT),
        ]

    async def muted(self, chat: str) -> set[str]:
        """Return the words and names that the chat does not want to see, in lower case."""
        return {str(word) for word in await self._store.execute_command("SMEMBERS", f"pw:muted:{chat}")}

    async def mute(self, chat: str, word: str) -> bool:
        """Keep papers with this word or author from the chat; False if it has muted a hundred already."""
        key = f"pw:muted:{chat}"
        if await self._store.execute_command("SCARD", key) >= MOST_MUTED:
            return False
        await self._store.execute_command("SADD", key, " ".join(word.casefold().split()))
        return True

    async def unmute(self, chat: str, word: str) -> bool:
        """Show such papers again; False if the word was not muted."""
        folded = " ".join(word.casefold().split())
        return bool(await self._store.execute_command("SREM", f"pw:muted:{chat}", folded))
