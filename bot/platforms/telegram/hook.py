"""A webhook in place of long polling: Telegram calls us, through a proxy that speaks https.

Whoever knows the address could pretend to be Telegram: what comes without the secret is turned away.
https://core.telegram.org/bots/api#setwebhook
"""

from __future__ import annotations

import asyncio
import hmac
import json
import logging
import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any, Protocol

from telegram import Bot
from telegram.error import InvalidToken, TelegramError

from bot.errors import Misconfigured
from bot.platforms.telegram.errors import redacted
from bot.platforms.telegram.poll import KINDS
from bot.platforms.telegram.wire import Throttled

log = logging.getLogger(__name__)

SECRET = re.compile(r"[A-Za-z0-9_-]{1,256}")
HEADER = "X-Telegram-Bot-Api-Secret-Token"
AT_ONCE = 40  # updates that Telegram may bring at the same time

Take = Callable[[dict[str, Any]], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Webhook:
    """Where Telegram brings updates: it calls `url`, and a proxy passes that on to where we listen.

    Raises `Misconfigured` for an address that it would refuse, and without a secret.
    """

    url: str
    secret: str = field(repr=False)
    host: str = "127.0.0.1"
    port: int = 8443

    def __post_init__(self) -> None:
        if not self.url.startswith("https://"):
            raise Misconfigured(
                "TELEGRAM_WEBHOOK_URL", "is no https address", "give the one that your proxy serves"
            )
        if not self.secret:
            raise Misconfigured(
                "TELEGRAM_WEBHOOK_SECRET",
                "is missing, and without it anybody could send the bot whatever they like",
                "set it to what `openssl rand -hex 32` prints",
            )
        if not SECRET.fullmatch(self.secret):
            raise Misconfigured(
                "TELEGRAM_WEBHOOK_SECRET",
                "is wrong: it has 1 to 256 of the characters A-Z, a-z, 0-9, _ and -",
                "correct it",
            )


class Waits(Protocol):
    """How long to wait for what, in seconds."""

    @property
    def first_wait(self) -> float: ...
    @property
    def longest_wait(self) -> float: ...
    @property
    def watch(self) -> float: ...
    @property
    def grace(self) -> float: ...


class Hook:
    """Listens, tells Telegram where, and sees to it that this stays so."""

    def __init__(self, bot: Bot, webhook: Webhook, waits: Waits) -> None:
        self._bot = bot
        self._webhook = webhook
        self._waits = waits
        self._trouble = ""

    async def serve(self, take: Take) -> None:
        """Give every update to `take` before Telegram is told that it arrived, until cancelled.

        An update that `take` raises for, Telegram brings again. Raises `InvalidToken`, and `Misconfigured` where
        nothing can listen.
        """
        from aiohttp import web  # only who has a webhook needs a server

        async def receive(request: web.Request) -> web.Response:
            return web.Response(
                status=await self._status(request.headers.get(HEADER, ""), await request.read(), take)
            )

        application = web.Application()
        application.router.add_post("/{path:.*}", receive)
        runner = web.AppRunner(application, access_log=None, shutdown_timeout=self._waits.grace)
        await runner.setup()
        try:
            await self._listen(web.TCPSite(runner, self._webhook.host, self._webhook.port))
            await self._announce()
            while True:
                await asyncio.sleep(self._waits.watch)
                await self._look()
        finally:
            await runner.cleanup()

    async def _listen(self, site: Any) -> None:
        try:
            await site.start()
        except OSError as error:
            where = f"{self._webhook.host}:{self._webhook.port}"
            raise Misconfigured(
                "TELEGRAM_WEBHOOK_PORT",
                f"cannot be listened on at {where} ({error.strerror})",
                "choose another",
            ) from None
        log.info("Telegram's updates are awaited at %s:%s", self._webhook.host, self._webhook.port)

    async def _status(self, secret: str, body: bytes, take: Take) -> int:
        if not hmac.compare_digest(secret.encode(errors="replace"), self._webhook.secret.encode()):
            log.warning("Something that is not Telegram has called the webhook; it was turned away.")
            return 403
        try:
            update = json.loads(body)
            int(update["update_id"])
        except (ValueError, TypeError, LookupError, OverflowError, RecursionError):
            return 400
        try:
            await take(update)
        except Exception as error:
            log.warning("An update could not be put in the inbox: %s", self._redacted(error))
            return 503  # Telegram keeps it, and brings it again
        return 200

    async def _announce(self) -> None:
        """Tell Telegram where we are, until it has understood. Raises `InvalidToken`."""
        wait = self._waits.first_wait
        while True:
            try:
                await self._bot.set_webhook(
                    self._webhook.url,
                    secret_token=self._webhook.secret,
                    allowed_updates=KINDS,
                    max_connections=AT_ONCE,
                )
            except InvalidToken:
                raise
            except TelegramError as error:
                self._tell(f"Telegram does not take the webhook ({self._redacted(error)}); trying on.")
                await asyncio.sleep(max(wait, error.seconds if isinstance(error, Throttled) else 0))
                wait = min(2 * wait, self._waits.longest_wait)
            else:
                if self._trouble:
                    self._tell("Telegram takes the webhook now.")
                self._trouble = ""
                return

    async def _look(self) -> None:
        """See whether Telegram still calls us and gets through; say so if not."""
        try:
            found = await self._bot.get_webhook_info()
        except TelegramError as error:
            log.debug("Telegram does not say how the webhook is: %s", self._redacted(error))
            return
        if found.url != self._webhook.url:
            log.warning(
                "The webhook was taken away or set elsewhere, as by another bot with this token; it is set again."
            )
            await self._announce()
        elif found.last_error_message and found.pending_update_count:
            self._tell(
                f"Telegram does not get through to the webhook: {self._redacted(found.last_error_message)}"
            )
        else:
            self._trouble = ""

    def _tell(self, said: str) -> None:
        """Log it once, not every time."""
        if said != self._trouble:
            self._trouble = said
            log.warning("%s", said)

    def _redacted(self, said: object) -> str:
        return redacted(said, self._bot.token)
