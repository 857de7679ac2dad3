"""Who may manage a group or channel, as Telegram said within the last minute."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable

from telegram import Bot
from telegram.error import TelegramError

from bot.platforms.telegram.errors import redacted

log = logging.getLogger(__name__)

FRESH = 60.0  # seconds
MOST = 1000  # chats remembered


class Managers:
    """Asks Telegram for a chat's administrators, at most once a minute for each chat."""

    def __init__(self, bot: Bot, clock: Callable[[], float] = time.monotonic) -> None:
        self._bot = bot
        self._clock = clock
        self._known: dict[str, tuple[float, frozenset[str]]] = {}

    async def has(self, chat: str, actor: str) -> bool:
        """Tell whether `actor` may manage `chat`; nobody does while Telegram does not say."""
        until, managers = self._known.get(chat, (0.0, frozenset()))
        if self._clock() >= until:
            try:
                members = await self._bot.get_chat_administrators(chat)
            except TelegramError as error:
                log.warning(
                    "Telegram did not say who manages a chat: %s", redacted(error.message, self._bot.token)
                )
                return False
            managers = frozenset(str(member.user.id) for member in members)
            if len(self._known) >= MOST:
                self._known.clear()
            self._known[chat] = (self._clock() + FRESH, managers)
        return actor in managers

    def forget(self, chat: int) -> None:
        """Ask again next time: something about the bot's place in `chat` has changed."""
        self._known.pop(str(chat), None)
