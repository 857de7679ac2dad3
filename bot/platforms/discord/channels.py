"""Posting in channels, unasked, by discord.py's own HTTP client and its rate limits."""

from __future__ import annotations

import asyncio
import hashlib
import json
from collections.abc import Iterable

import aiohttp
import discord
from discord.http import HTTPClient, Route

from bot.chat.request import Address
from bot.errors import DeliveryError
from bot.platforms.discord.errors import MISSING_PERMISSIONS, Failure, ours
from bot.platforms.discord.render import Payload
from bot.platforms.discord.webhooks import Pause

_NONCE = 25  # characters that Discord keeps
_TRIES = 4
_TIMEOUT = aiohttp.ClientTimeout(total=20, connect=10)
_UNAVAILABLE = 503  # the one that discord.py does not repeat
_NOBODY = discord.AllowedMentions.none().to_dict()


class EmbedsForbidden(DeliveryError):
    """The bot may not send embeds here, or nothing at all: Discord says the same to both."""


async def post(
    http: HTTPClient,
    address: Address,
    bodies: Iterable[Payload],
    *,
    key: str = "",
    pause: Pause = asyncio.sleep,
) -> tuple[str, ...]:
    """Post `bodies` in order and return the ids of the messages. Raises a `DeliveryError`.

    The nonce is made of the address and `key`, or else the content: Discord answers a repeat within a few
    minutes with the first message, so every failure may be tried again.
    """
    ids = []
    for number, body in enumerate(bodies):
        subject = key or json.dumps(body, sort_keys=True)
        digest = hashlib.sha256(f"{address}\n{number}\n{subject}".encode()).hexdigest()
        sent = {**body, "nonce": digest[:_NONCE], "enforce_nonce": True, "allowed_mentions": _NOBODY}
        ids.append(await _post(http, address, sent, pause))
    return tuple(ids)


async def _post(http: HTTPClient, address: Address, body: Payload, pause: Pause) -> str:
    channel = address.thread or address.chat
    route = Route("POST", "/channels/{channel_id}/messages", channel_id=channel)
    for attempt in range(1, _TRIES + 1):
        try:
            message = await http.request(route, json=body, timeout=_TIMEOUT)
        except Failure as error:
            if attempt == _TRIES or not _worth_repeating(error):
                if "embeds" in body and getattr(error, "code", 0) == MISSING_PERMISSIONS:
                    raise EmbedsForbidden from error
                raise ours(error, in_thread=address.thread is not None) from error
            await pause(0.2 * 2**attempt)
        else:
            return str(message["id"])
    raise AssertionError("the last try returns or raises")


def _worth_repeating(error: BaseException) -> bool:
    """discord.py has repeated all other answers; a connection that broke is ours to repeat."""
    if isinstance(error, discord.HTTPException):
        return error.status == _UNAVAILABLE
    return not isinstance(error, discord.DiscordException)
