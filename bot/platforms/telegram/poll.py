"""Long polling that goes on: through outages, pauses and a second bot with the same token."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import AsyncIterator
from typing import Any, Protocol
from urllib.parse import urlencode

from telegram import Bot, User
from telegram.error import Conflict, InvalidToken, TelegramError
from telegram.request import BaseRequest

from bot.platforms.telegram.errors import redacted
from bot.platforms.telegram.wire import Throttled

log = logging.getLogger(__name__)

# What we act on; Telegram keeps everything else to itself.
KINDS = ["message", "channel_post", "callback_query", "my_chat_member", "inline_query"]


class Waits(Protocol):
    """How long to wait for what, in seconds."""

    @property
    def poll(self) -> float: ...
    @property
    def read(self) -> float: ...
    @property
    def first_wait(self) -> float: ...
    @property
    def longest_wait(self) -> float: ...


class Poll:
    """Takes updates from Telegram, each confirmed by asking for the next.

    Updates come as they stand, not as the library's objects: one that it cannot read must not keep
    the others from arriving.
    """

    def __init__(self, bot: Bot, wire: BaseRequest, address: str, waits: Waits) -> None:
        self._bot = bot
        self._wire = wire
        self._address = address
        self._waits = waits
        self._offset = 0
        self._trouble = ""
        self._wait = waits.first_wait

    async def introduce(self) -> User:
        """Return who we are, asking until Telegram answers. Raises `InvalidToken`."""
        while True:
            try:
                me = await self._bot.get_me()
            except InvalidToken:
                raise
            except TelegramError as error:
                await self._back_off(error)
            else:
                self._recovered()
                return me

    async def leave_webhook(self) -> None:
        """Take away a webhook that an earlier run has set: while there is one, Telegram refuses to be polled."""
        try:
            if (await self._bot.get_webhook_info()).url:
                await self._drop_webhook()
        except TelegramError as error:  # polling will tell
            log.debug("Telegram does not say whether there is a webhook: %s", self._redacted(error))

    async def updates(self) -> AsyncIterator[dict[str, Any]]:
        """Yield updates for ever; the one yielded last is not confirmed yet. Raises `InvalidToken`."""
        while True:
            try:
                batch = await self._ask(self._waits.poll, 100, self._waits.poll + self._waits.read)
            except InvalidToken:
                raise
            except Conflict as error:
                if "webhook" in error.message.lower():
                    await self._drop_webhook()
                await self._back_off(error)
            except TelegramError as error:
                await self._back_off(error)
            else:
                self._recovered()
                for update in batch:
                    yield update
                    self._offset = int(update["update_id"]) + 1

    async def confirm(self, wire: BaseRequest) -> None:
        """Tell Telegram, as far as it listens, that all updates so far have arrived.

        Over another `wire` than the polls: the last of those was cancelled, which may have lost its connection.
        """
        if self._offset:
            try:
                await self._ask(0, 1, 2.0, wire)
            except TelegramError as error:
                log.debug("The last updates could not be confirmed: %s", self._redacted(error))

    async def _ask(
        self, seconds: float, limit: int, patience: float, wire: BaseRequest | None = None
    ) -> list[dict[str, Any]]:
        asked: dict[str, str] = {
            "timeout": str(max(1, round(seconds)) if seconds else 0),
            "limit": str(limit),
            "allowed_updates": json.dumps(KINDS),
        }
        if self._offset:
            asked["offset"] = str(self._offset)
        answer = await (wire or self._wire).post(f"{self._address}?{urlencode(asked)}", read_timeout=patience)
        return list(answer) if isinstance(answer, list) else []

    async def _drop_webhook(self) -> None:
        try:
            await self._bot.delete_webhook()
            log.warning(
                "A webhook was set for this bot; it is removed, because updates are polled. If another bot with this token"
                " sets it again, stop one of them; TELEGRAM_WEBHOOK_URL makes this one use a webhook."
            )
        except TelegramError as error:
            log.warning("A webhook is set for this bot and could not be removed: %s", self._redacted(error))

    async def _back_off(self, error: TelegramError) -> None:
        """Wait, longer each time; say what is wrong once, not every time."""
        trouble = type(error).__name__
        if trouble != self._trouble:
            self._trouble = trouble
            if isinstance(error, Conflict):
                log.warning("Another bot polls with the same TELEGRAM_BOT_TOKEN; stop one of them.")
            else:
                log.warning("Telegram does not answer (%s); trying on.", self._redacted(error))
        await asyncio.sleep(max(self._wait, error.seconds if isinstance(error, Throttled) else 0))
        self._wait = min(2 * self._wait, self._waits.longest_wait)

    def _recovered(self) -> None:
        if self._trouble:
            log.warning("Telegram answers again.")
        self._trouble, self._wait = "", self._waits.first_wait

    def _redacted(self, error: TelegramError) -> str:
        return redacted(error.message or type(error).__name__, self._bot.token)
