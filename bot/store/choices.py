"""What each chat has chosen besides its language, as one text by the chat's key."""

from __future__ import annotations

from bot.store.client import Store


class Choices:
    """The text that stands for a chat's choices; what it says is not this module's business."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def get(self, chat: str) -> str | None:
        """Return what the chat has chosen, None if nothing."""
        return await self._store.text(f"pw:chosen:{chat}")

    async def set(self, chat: str, chosen: str) -> None:
        """Remember it for good."""
        await self._store.set(f"pw:chosen:{chat}", chosen)
