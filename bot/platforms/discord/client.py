"""discord.py's client as we use it: it keeps the gateway and hands on interactions as they come."""

from __future__ import annotations

import asyncio
import logging
import traceback
from collections.abc import Callable
from typing import Any

import discord
import yarl
from discord.gateway import DiscordWebSocket

from bot.platforms.discord.webhooks import Pause

log = logging.getLogger(__name__)

_LONGEST_WAIT = 30.0  # seconds that a request waits for its bucket, the least that discord.py accepts
_IDENTIFY_EVERY = 5.0
_CLOSING = 5.0


class Client(discord.AutoShardedClient):
    """One connection of the application, for all shards.

    `receive` gets every interaction and `hear` every message, with the words of those that are for the bot;
    both may raise.
    """

    def __init__(
        self,
        *,
        receive: Callable[[dict[str, Any]], None],
        hear: Callable[[dict[str, Any]], None],
        proxy: str | None,
        pause: Pause,
    ) -> None:
        intents = discord.Intents.none()
        intents.guilds = True  # which guilds and channels there are; none of the privileged ones
        intents.guild_messages = intents.dm_messages = True  # for replies to the bot's own
        super().__init__(
            intents=intents,
            allowed_mentions=discord.AllowedMentions.none(),
            proxy=proxy,
            max_messages=None,
            chunk_guilds_at_startup=False,
            member_cache_flags=discord.MemberCacheFlags.none(),
            max_ratelimit_timeout=_LONGEST_WAIT,
        )
        self._pause = pause
        # Whatever discord.py's parsers raise ends the gateway, and one field that they miss is enough.
        parsers = self._connection.parsers
        parsers["INTERACTION_CREATE"] = receive
        parsers["MESSAGE_CREATE"] = hear
        for event in ("MESSAGE_UPDATE", "MESSAGE_DELETE", "MESSAGE_DELETE_BULK"):
            parsers[event] = _ignored  # they come along with the intents
        parsers.update({event: _tolerant(event, parse) for event, parse in parsers.items()})

    async def connect(self, *, reconnect: bool = True) -> None:
        """Connect to the gateway that the API names, now and after an invalid session.

        discord.py would go to Discord's own then, whatever the API's address is.
        """
        self.shard_count, gateway, _ = await self.http.get_bot_gateway()
        DiscordWebSocket.DEFAULT_GATEWAY = yarl.URL(gateway)
        await super().connect(reconnect=reconnect)

    async def stay(self) -> None:
        """Connect and stay until the connection ends for good, or until cancelled.

        Where discord.py is just then connecting again, it would swallow the cancellation.
        """
        connection = asyncio.create_task(self.connect())
        try:
            await asyncio.wait({connection})
            connection.result()
        finally:
            await self.close()
            connection.cancel()
            await asyncio.gather(connection, return_exceptions=True)

    async def close(self) -> None:
        """Close, in a few seconds at most."""
        try:
            async with asyncio.timeout(_CLOSING):
                await super().close()
        except TimeoutError:
            await self.http.close()

    async def before_identify_hook(self, shard_id: int | None, *, initial: bool = False) -> None:
        """Keep to one IDENTIFY in 5 s."""
        if not initial:
            await self._pause(_IDENTIFY_EVERY)

    def parent(self, thread: int) -> str | None:
        """Return the id of the channel that a thread belongs to; None if no such thread is known."""
        found = self.get_channel(thread)
        return str(found.parent_id) if isinstance(found, discord.Thread) else None

    def kind(self, channel: int) -> int | None:
        """Return the type of a channel; None if no such channel is known."""
        found = self.get_channel(channel)
        if not isinstance(found, discord.abc.GuildChannel | discord.Thread):
            return None
        return int(found.type.value)

    async def on_error(self, event_method: str, /, *_: Any, **__: Any) -> None:
        """Log what went wrong, without the event, which holds a token."""
        log.exception("%s failed", event_method)


def _ignored(data: Any) -> None:
    """Have no use for an event."""


def _tolerant(event: str, parse: Callable[[Any], None]) -> Callable[[Any], None]:
    """Return `parse` as one that logs what it cannot read, without what the event holds, and goes on."""

    def tried(data: Any) -> None:
        try:
            parse(data)
        except Exception as error:
            *_, place = traceback.extract_tb(error.__traceback__)
            what = type(error).__name__
            log.warning("Discord's %s cannot be read: %s in %s:%s", event, what, place.name, place.lineno)

    return tried


def quieten() -> None:
    """Let discord.py say what an owner can use: below INFO it logs events, which hold tokens."""
    logging.getLogger("discord").setLevel(logging.INFO)
    # We have no voice: what its libraries lack is nobody's concern.
    discord.VoiceClient.warn_nacl = False
    discord.VoiceClient.warn_dave = False
