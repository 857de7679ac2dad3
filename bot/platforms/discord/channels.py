"""Posting in channels what nobody is waiting for: one message at a time, once however often it is tried."""

from __future__ import annotations

import hashlib
import json
import logging
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

import discord

from bot.chat.reply import Reply
from bot.chat.request import Address
from bot.errors import Ambiguous, DeliveryError, Forbidden, Rejected
from bot.platforms.discord.api import Api
from bot.platforms.discord.asked import NAME
from bot.platforms.discord.errors import (
    MISSING_ACCESS,
    MISSING_PERMISSIONS,
    UNKNOWN_CHANNEL,
    UNKNOWN_MESSAGE,
    Failure,
    ours,
)
from bot.platforms.discord.markup import ZERO_WIDTH
from bot.platforms.discord.permissions import missing
from bot.platforms.discord.render import CONTENT, NO_PREVIEWS, Payload, render
from bot.platforms.packing import split

log = logging.getLogger(__name__)

# Discord returns the first message to a repeat "in the past few minutes". A request may be on its way for
# half a minute, and two minutes are the least that can be called a few.
# https://docs.discord.com/developers/resources/message#create-message
NONCE_WINDOW = 90.0  # seconds
DELETED = "0"  # in place of the id of a message that somebody has deleted since
_UNREADABLE = "an answer that cannot be read"
_NONCE = 25  # characters that Discord keeps
_SILENT = 1 << 12  # SUPPRESS_NOTIFICATIONS
_NOBODY = discord.AllowedMentions.none().to_dict()
_RECENT = 100  # messages, the most that Discord shows at once
_CLOCKS = 120.0  # seconds by which our clock and Discord's may differ


def compose(reply: Reply) -> tuple[str, ...]:
    """Return the messages that `reply` becomes, as JSON."""
    return tuple(json.dumps(body, ensure_ascii=False, separators=(",", ":")) for body in render(reply))


async def post(api: Api, address: Address, message: str, *, key: str, first: bool = True) -> str:
    """Post one message that `compose` made, and return its id. Raises a `DeliveryError`.

    A repeat with the same key within `NONCE_WINDOW` is answered with the first message, or with `DELETED`.
    Where the bot may not send embeds their text is posted.
    """
    body = _unpacked(message)
    try:
        return await _post(api, address, body, key=key, first=first)
    except Failure as error:
        if "embeds" not in body or getattr(error, "code", 0) != MISSING_PERMISSIONS:
            raise await _told(api, address, error, embeds=False) from None
    try:
        ids = [
            await _post(api, address, part, key=f"{key}/{number}", first=first and not number)
            for number, part in enumerate(as_text(body))
        ]
    except Failure as error:
        raise await _told(api, address, error, embeds=True) from None
    return ids[-1]


async def recall(api: Api, address: Address, message: str, *, since: float | None = None) -> str | None:
    """Return the id of this message of ours among the channel's last hundred, or the first hundred after `since`.

    Its words and buttons tell which it is: Discord does not keep nonces. None also where the bot may not read the
    channel's history, which Discord shows as an empty one. Raises a `DeliveryError`.
    """
    body = _unpacked(message)
    looks = [_essence(body)]
    if "embeds" in body:
        looks.append(_essence(list(as_text(body))[-1]))
    query = {"limit": str(_RECENT)}
    if since is not None:
        query["after"] = str(discord.utils.time_snowflake(datetime.fromtimestamp(since - _CLOCKS, UTC)))
    try:
        me = await api.me()
        found = await api.request("GET", f"/channels/{_channel(address)}/messages", query=query)
        return next((x["id"] for x in found if x["author"]["id"] == me and _essence(x) in looks), None)
    except discord.Forbidden:
        return None
    except Failure as error:
        raise ours(error, in_thread=address.thread is not None) from None
    except (LookupError, TypeError):
        raise Ambiguous(_UNREADABLE) from None


async def private(api: Api, person: str) -> Address:
    """Return the channel of the person and the bot alone; Discord returns the same however often it is opened.

    Whether the person takes messages from the bot only shows when one is posted. Raises a `DeliveryError`.
    """
    try:
        opened = await api.request("POST", "/users/@me/channels", body={"recipient_id": person})
        return Address(NAME, str(opened["id"]))
    except Failure as error:
        raise ours(error) from None
    except (LookupError, TypeError):
        raise Ambiguous(_UNREADABLE) from None


def as_text(body: Payload) -> Iterator[Payload]:
    """Yield messages without embeds that say what `body` says; its buttons stand beneath the last."""
    parts = [part for embed in body["embeds"] for part in _lines(embed)]
    pieces = [piece for piece in map(str.strip, split("\n".join(parts), CONTENT)) if piece] or [ZERO_WIDTH]
    for piece in pieces[:-1]:
        yield {"content": piece, "flags": NO_PREVIEWS}
    others = {name: value for name, value in body.items() if name not in ("embeds", "flags")}
    yield {**others, "content": pieces[-1], "flags": NO_PREVIEWS}


def _lines(embed: Mapping[str, Any]) -> Iterator[str]:
    title, url = embed.get("title"), embed.get("url")
    if title:
        yield f"### [{title}]({url})" if url else f"### {title}"
    if said := embed.get("description"):
        yield said
    if image := embed.get("image"):
        yield f"[↗]({image['url']})"


async def _post(api: Api, address: Address, body: Payload, *, key: str, first: bool) -> str:
    digest = hashlib.sha256(f"{address}\n{key}".encode()).hexdigest()
    sent = {**body, "nonce": digest[:_NONCE], "enforce_nonce": True, "allowed_mentions": _NOBODY}
    if not first:
        sent["flags"] = sent.get("flags", 0) | _SILENT
    try:
        message = await api.request("POST", f"/channels/{_channel(address)}/messages", body=sent)
        return str(message["id"])
    except discord.NotFound as error:
        if error.code != UNKNOWN_MESSAGE:
            raise
        return DELETED  # https://github.com/discord/discord-api-docs/pull/6647
    except (LookupError, TypeError):
        raise Ambiguous(_UNREADABLE) from None


async def _told(api: Api, address: Address, error: BaseException, *, embeds: bool) -> DeliveryError:
    """Return the error of ours that `error` is, with the names of the permissions that the bot lacks."""
    told = ours(error, in_thread=address.thread is not None)
    code = getattr(error, "code", 0)
    if isinstance(told, Forbidden) and code in (MISSING_ACCESS, MISSING_PERMISSIONS):
        try:
            lacking = await missing(api, _channel(address), embeds=embeds)
        except (*Failure, DeliveryError, LookupError, TypeError, ValueError) as failure:
            log.info("%s: it is not known which permission is missing: %s", address, type(failure).__name__)
            lacking = ("View Channel",) if code == MISSING_ACCESS else ()
        if lacking:
            return Forbidden(f"the bot lacks {', '.join(lacking)}")
    elif code == UNKNOWN_CHANNEL and isinstance(told, Forbidden):
        return Forbidden("the channel is deleted")
    return told


def _channel(address: Address) -> str:
    return quote(address.thread or address.chat, safe="")


def _unpacked(message: str) -> dict[str, Any]:
    """Return what `compose` packed. Raises `Rejected` for anything else."""
    try:
        body = json.loads(message)
    except ValueError:
        body = None
    if not isinstance(body, dict):
        raise Rejected("no message that can be read")
    return body


def _essence(message: Mapping[str, Any]) -> list[str]:
    """Return what of a message stays the same at Discord, which trims text and adds fields to embeds."""
    said = [message.get("content") or ""]
    for embed in message.get("embeds") or ():
        said += [embed.get("title") or "", embed.get("description") or ""]
        said.append((embed.get("image") or {}).get("url") or "")
    for row in message.get("components") or ():
        said += [each.get("custom_id") or each.get("label") or "" for each in row.get("components") or ()]
    return [" ".join(each.replace(ZERO_WIDTH, "").split()) for each in said]
