"""Long texts under short names, for buttons that carry 64 bytes."""

from __future__ import annotations

import hashlib

from bot.store.client import Store

_LONGEST = 40  # bytes of a text that needs no name
_KEPT = 400 * 86_400  # seconds


class Phrases:
    """`name` returns what stands for a text, `text` what it stands for."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def name(self, text: str) -> str:
        """Return `text` itself if it is short, else a name of nine characters that stands for it."""
        if len(text.encode()) <= _LONGEST:
            return text
        digest = hashlib.sha256(text.encode()).hexdigest()[:8]
        await self._store.set(f"pw:phrase:{digest}", text, ex=_KEPT)
        return f"#{digest}"

    async def text(self, name: str) -> str:
        """Return the text that `name` stands for; `name` itself if it stands for none."""
        if not name.startswith("#"):
            return name
        return await self._store.text(f"pw:phrase:{name[1:]}") or name
