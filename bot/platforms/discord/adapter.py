"""Discord, through discord.py: receive, acknowledge, build a `Request`, dispatch, send."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any

import aiohttp
import discord
import yarl
from discord.gateway import DiscordWebSocket
from discord.http import Route

from bot.chat.command import Registry
from bot.chat.dispatch import Dispatcher
from bot.chat.platform import Inbox
from bot.chat.reply import Reply
from bot.chat.request import Address
from bot.errors import Forbidden, Misconfigured, PaperwireError, RetryAfter
from bot.platforms.discord import channels, commands
from bot.platforms.discord.answers import PATIENCE, Answers
from bot.platforms.discord.asked import NAME, Asked, focused, options
from bot.platforms.discord.errors import Failure, ours
from bot.platforms.discord.render import render
from bot.platforms.discord.webhooks import Pause, Webhooks

log = logging.getLogger(__name__)

API = "https://discord.com/api/v10"
_LONGEST_WAIT = 60.0  # seconds for a request; discord.py sleeps out what is shorter, 30 is its least
_SUGGEST_WITHIN = 2.0  # of the 3 s that Discord gives
_MAX_BACKOFF = 60.0
_STEADY = 60.0  # a run that lasted this long starts the back-off afresh
_NOT_UP = 5.0
_WRONG_TOKEN, _WRONG_INTENTS = 4004, {4013, 4014}

Run = Callable[[Coroutine[Any, Any, None]], object]


class Discord:
    """An application on Discord; one per process, because discord.py keeps the API's address in a class."""

    name = NAME

    def __init__(
        self,
        *,
        token: str,
        inbox: Inbox,
        api_url: str = API,
        proxy: str | None = None,
        patience: float = PATIENCE,
        clock: Callable[[], float] = time.time,
        pause: Pause = asyncio.sleep,
    ) -> None:
        self._token = token.strip()
        self._api_url = api_url.rstrip("/")
        self._proxy = proxy
        self._pause = pause
        self._inbox = inbox
        self._webhooks = Webhooks(proxy=proxy, pause=pause)
        self._answers = Answers(
            self._webhooks, inbox, self._post, patience=patience, clock=clock, pause=pause
        )
        self._client: _Client | None = None
        self._tasks: set[asyncio.Task[None]] = set()

    async def run(self, dispatcher: Dispatcher) -> None:
        """Serve until cancelled, coming back after every outage. Raises `Misconfigured`."""
        _quieten()
        Route.BASE = self._api_url  # read whenever a request is made; instances have no address of their own
        backoff = 1.0
        try:
            self._begin(self._work_off(dispatcher))
            while True:
                since = time.monotonic()
                await self._serve(dispatcher)
                backoff = 1.0 if time.monotonic() - since > _STEADY else min(backoff * 2, _MAX_BACKOFF)
                log.warning("Discord is away; trying again in %.0f s", backoff)
                await self._pause(backoff)
        finally:
            await self._close()

    async def send(self, address: Address, reply: Reply, *, key: str = "") -> tuple[str, ...]:
        """Post `reply` in a channel or thread; return the messages' ids in order. Raises a `DeliveryError`.

        A repeat within a few minutes is answered with the first message; `key` tells repeats apart where
        the content does not.
        """
        client = self._client
        if client is None or not client.logged_in:
            raise RetryAfter(_NOT_UP, everywhere=True)
        try:
            return await channels.post(client.http, address, render(reply), key=key, pause=self._pause)
        except channels.EmbedsForbidden:
            plainly = render(reply, embeds=False)
            try:
                return await channels.post(
                    client.http, address, plainly, key=f"{key} plain", pause=self._pause
                )
            except channels.EmbedsForbidden:
                raise Forbidden("no permission to send here") from None

    async def _post(self, address: Address, reply: Reply, key: str) -> tuple[str, ...]:
        return await self.send(address, reply, key=key)

    async def _serve(self, dispatcher: Dispatcher) -> None:
        """Be on Discord until it ends the connection for good. Raises `Misconfigured`."""
        registry = dispatcher.registry
        async with _Client(
            dispatcher, self._answers, self._webhooks, self._begin, self._proxy, self._pause
        ) as client:
            try:
                await client.login(self._token)
                self._client = client
                self._begin(self._sync(client, registry))
                await client.connect()
            except discord.LoginFailure:
                raise _refused() from None
            except discord.ConnectionClosed as error:
                if error.code == _WRONG_TOKEN:
                    raise _refused() from None
                log.warning("Discord closed the gateway: %s", error)
            except Failure as error:
                log.warning("Discord cannot be reached: %s", ours(error))
            finally:
                self._client = None

    async def _sync(self, client: _Client, registry: Registry) -> None:
        try:
            await commands.sync(client.http, client.application_number, registry)
        except Failure as error:
            log.warning("the commands could not be compared with Discord's: %s", ours(error))

    async def _work_off(self, dispatcher: Dispatcher) -> None:
        """Answer what an earlier run left."""
        try:
            left = await self._inbox.left()
        except PaperwireError as error:
            log.warning("the inbox cannot be read: %s", error)
            return
        for key, payload in left:
            try:
                asked = Asked.from_json(payload)
            except (ValueError, TypeError):
                log.debug("%s is no interaction that I know", key)
            else:
                self._begin(self._answers.again(asked, dispatcher))

    def _begin(self, work: Coroutine[Any, Any, None]) -> None:
        """Run `work` beside everything else, and log how it failed if it did."""
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()):
            log.error("an interaction failed", exc_info=error)

    async def _close(self) -> None:
        """End what is under way; the inbox keeps it for the next run."""
        under_way = list(self._tasks)
        for task in under_way:
            task.cancel()
        await asyncio.gather(*under_way, return_exceptions=True)
        await self._webhooks.close()


class _Client(discord.AutoShardedClient):
    """discord.py's client: it keeps the gateway and hands on interactions, and nothing is cached."""

    def __init__(
        self,
        dispatcher: Dispatcher,
        answers: Answers,
        webhooks: Webhooks,
        begin: Run,
        proxy: str | None,
        pause: Callable[[float], Awaitable[object]],
    ) -> None:
        intents = discord.Intents.none()
        intents.guilds = True  # which guilds and channels there are; none of the privileged ones
        super().__init__(
            intents=intents,
            allowed_mentions=discord.AllowedMentions.none(),
            proxy=proxy,
            max_messages=None,
            chunk_guilds_at_startup=False,
            member_cache_flags=discord.MemberCacheFlags.none(),
            max_ratelimit_timeout=_LONGEST_WAIT,
        )
        self._dispatcher = dispatcher
        self._answers = answers
        self._webhooks = webhooks
        self._begin = begin
        self._pause = pause
        self.logged_in = False

    @property
    def application_number(self) -> int:
        if self.application_id is None:
            raise discord.ClientException("not logged in")
        return self.application_id

    async def setup_hook(self) -> None:
        """Take note that requests can be made now."""
        self.logged_in = True

    async def connect(self, *, reconnect: bool = True) -> None:
        """Connect to the gateway that the API names, now and after an invalid session.

        discord.py would go to Discord's own then, whatever the API's address is.
        """
        self.shard_count, gateway, _ = await self.http.get_bot_gateway()
        DiscordWebSocket.DEFAULT_GATEWAY = yarl.URL(gateway)
        await super().connect(reconnect=reconnect)

    async def before_identify_hook(self, shard_id: int | None, *, initial: bool = False) -> None:
        """Keep to one IDENTIFY in 5 s."""
        if not initial:
            await self._pause(5.0)

    async def on_interaction(self, interaction: discord.Interaction) -> None:
        """Begin to answer; the gateway goes on."""
        if interaction.type is discord.InteractionType.autocomplete:
            self._begin(self._suggest(interaction))
        else:
            self._begin(self._answers.fresh(Asked.read(interaction), self._dispatcher))

    async def on_error(self, event_method: str, /, *_: Any, **__: Any) -> None:
        """Log what went wrong, without the event, which holds a token."""
        log.exception("%s failed", event_method)

    async def _suggest(self, interaction: discord.Interaction) -> None:
        asked, (parameter, prefix) = Asked.read(interaction), focused(interaction)
        call = asked.request.call
        try:
            async with asyncio.timeout(_SUGGEST_WITHIN):
                found = await self._dispatcher.registry.complete(call, parameter, asked.address, prefix)
        except (PaperwireError, TimeoutError) as error:
            log.info("no suggestions for %s of /%s: %s", parameter, call.name, error)
            found = ()
        choices = [{"name": (shown or typed)[:100], "value": typed} for typed, shown in found]
        try:
            await self._webhooks.suggest(interaction, [c for c in choices if 0 < len(c["value"]) <= 100][:25])
        except (*Failure, PaperwireError) as error:
            log.info("suggestions came too late: %s", ours(error))


def _refused() -> Misconfigured:
    return Misconfigured(
        "DISCORD_BOT_TOKEN",
        "was refused by Discord",
        "reset the token in the developer portal and copy it again",
    )


def _quieten() -> None:
    """Let discord.py say what an owner can use: below INFO it logs events, which hold tokens."""
    logging.getLogger("discord").setLevel(logging.INFO)
    # We have no voice: what its libraries lack is nobody's concern.
    discord.VoiceClient.warn_nacl = False
    discord.VoiceClient.warn_dave = False
