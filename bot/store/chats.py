"""The language that each chat has chosen."""

from __future__ import annotations

from bot.language import Language
from bot.store.client import Store


class ChatLanguages:
    """The language of each chat, by the chat's key."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def get(self, chat: str) -> Language | None:
        """Return the chat's language, None if it has chosen none."""
        tag = await self._store.text(f"pw:language:{chat}")
        return Language(tag) if tag else None

    async def set(self, chat: str, language: Language) -> None:
        """Remember the language for good."""
        await self._store.set(f"pw:language:{chat}", language.tag)
