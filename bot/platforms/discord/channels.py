"""Posting in channels what nobody is waiting for: one message at a time, once however often it is tried."""

from __future__ import annotations

import hashlib
import json
import logging
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

import discord

from bot.chat.reply import Reply
from bot.chat.request import Address
from bot.errors import Ambiguous, DeliveryError, Forbidden, Rejected, TooOld
from bot.platforms.discord.api import Api
from bot.platforms.discord.asked import NAME
from bot.platforms.discord.buttons import custom_ids
from bot.platforms.discord.errors import (
    MISSING_ACCESS,
    MISSING_PERMISSIONS,
    NO_HISTORY,
    UNKNOWN_CHANNEL,
    UNKNOWN_MESSAGE,
    Failure,
    ours,
)
from bot.platforms.discord.markup import ZERO_WIDTH
from bot.platforms.discord.permissions import missing
from bot.platforms.discord.render import CONTENT, NO_PREVIEWS, Payload, render
from bot.platforms.discord.uploads import without
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
_RECENT = 100  # messages, the most that Discord shows at once
_CLOCKS = 120.0  # seconds by which our clock and Discord's may differ


@dataclass(frozen=True, slots=True)
class Mention:
    """Who hears of a message by name: a role, or nobody."""

    role: str = ""

    @property
    def allowed(self) -> dict[str, list[str]]:
        """What Discord may take for a mention, whatever else the words look like."""
        return {"parse": [], "roles": [self.role]} if self.role else {"parse": []}


def compose(reply: Reply) -> tuple[str, ...]:
    """Return the messages that `reply` becomes, as JSON. Raises `ValueError` for uploads."""
    if reply.uploads:
        raise ValueError("pictures are uploaded in answers only, and not kept to be sent later")
    bodies = render(reply) if reply.blocks else ()
    return tuple(json.dumps(body, ensure_ascii=False, separators=(",", ":")) for body in bodies)


async def put(
    api: Api, address: Address, body: Payload, *, key: str, first: bool = True, mention: Mention | None = None
) -> str:
    """Post one message, and return its id. Raises a `DeliveryError`.

    A repeat with the same key within `NONCE_WINDOW` is answered with the first message, or with `DELETED`.
    Where the bot may not send embeds or files their text is posted.
    """
    mention = mention or Mention()
    try:
        return await _post(api, address, body, key=key, first=first, mention=mention)
    except Failure as error:
        if "embeds" not in body or getattr(error, "code", 0) != MISSING_PERMISSIONS:
            raise await told(api, address, error, embeds=False) from None
    try:
        ids = [
            await _post(
                api, address, part, key=f"{key}/{number}", first=first and not number, mention=mention
            )
            for number, part in enumerate(as_text(body))
        ]
    except Failure as error:
        raise await told(api, address, error, embeds=True) from None
    return ids[-1]


async def edit(api: Api, address: Address, message: str, body: Payload) -> None:
    """Put `body` in place of a message of the bot's. Raises a `DeliveryError`, `TooOld` where it is deleted.

    Where the bot may not send embeds or files their text is put there, as far as one message holds it.
    """
    path = f"/channels/{channel(address)}/messages/{quote(message, safe='')}"
    try:
        try:
            await api.request("PATCH", path, body=replacing(body) | {"allowed_mentions": Mention().allowed})
        except discord.Forbidden as error:
            if "embeds" not in body or error.code != MISSING_PERMISSIONS:
                raise
            text = replacing(next(as_text(body)))
            await api.request("PATCH", path, body=text | {"allowed_mentions": Mention().allowed})
    except discord.NotFound as error:
        if error.code != UNKNOWN_MESSAGE:
            raise ours(error, in_thread=address.thread is not None) from None
        raise TooOld("the message is deleted") from None
    except Failure as error:
        raise ours(error, in_thread=address.thread is not None) from None


def replacing(body: Payload) -> dict[str, Any]:
    """Return the body of an edit after which nothing is left of what stood there."""
    return {"content": "", "embeds": [], "components": [], "flags": 0, **body}


async def recall(api: Api, address: Address, message: str, *, since: float | None = None) -> str | None:
    """Return the id of this message of ours among the channel's last hundred, or the first hundred after `since`.

    Its words and buttons tell which it is: Discord does not keep nonces. None also where the bot may not read the
    channel's history, which Discord shows as an empty one. Raises a `DeliveryError`.
    """
    looks = _looks(unpacked(message))
    query = {"limit": str(_RECENT)}
    if since is not None:
        query["after"] = str(discord.utils.time_snowflake(datetime.fromtimestamp(since - _CLOCKS, UTC)))
    try:
        me = await api.me()
        found = await api.request("GET", f"/channels/{channel(address)}/messages", query=query)
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
    if body.get("content"):
        parts.insert(0, body["content"])
    pieces = [piece for piece in map(str.strip, split("\n".join(parts), CONTENT)) if piece] or [ZERO_WIDTH]
    for piece in pieces[:-1]:
        yield {"content": piece, "flags": NO_PREVIEWS}
    others = {name: value for name, value in without(body).items() if name not in ("embeds", "flags")}
    yield {**others, "content": pieces[-1], "flags": NO_PREVIEWS}


def _lines(embed: Mapping[str, Any]) -> Iterator[str]:
    title, url = embed.get("title"), embed.get("url")
    if title:
        yield f"### [{title}]({url})" if url else f"### {title}"
    if said := embed.get("description"):
        yield said
    if (image := embed.get("image")) and not image["url"].startswith("attachment:"):
        yield f"[↗]({image['url']})"


async def _post(api: Api, address: Address, body: Payload, *, key: str, first: bool, mention: Mention) -> str:
    digest = hashlib.sha256(f"{address}\n{key}".encode()).hexdigest()
    sent = {**body, "nonce": digest[:_NONCE], "enforce_nonce": True, "allowed_mentions": mention.allowed}
    if not first:
        sent["flags"] = sent.get("flags", 0) | _SILENT
    path = f"/channels/{channel(address)}/messages"
    try:
        try:
            message = await api.request("POST", path, body=sent)
        except discord.HTTPException as error:
            if error.code != NO_HISTORY or "message_reference" not in sent:
                raise
            message = await api.request(
                "POST", path, body={x: y for x, y in sent.items() if x != "message_reference"}
            )
        return str(message["id"])
    except discord.NotFound as error:
        if error.code != UNKNOWN_MESSAGE:
            raise
        return DELETED  # https://github.com/discord/discord-api-docs/pull/6647
    except (LookupError, TypeError):
        raise Ambiguous(_UNREADABLE) from None


async def told(
    api: Api, address: Address, error: BaseException, *, embeds: bool = False, thread: bool = False
) -> DeliveryError:
    """Return the error of ours that `error` is, with the names of the permissions that the bot lacks.

    `thread`: a thread was to be begun.
    """
    meant = ours(error, in_thread=address.thread is not None)
    code = getattr(error, "code", 0)
    if isinstance(meant, Forbidden) and code in (MISSING_ACCESS, MISSING_PERMISSIONS):
        try:
            lacking = await missing(api, channel(address), embeds=embeds, thread=thread)
        except (*Failure, DeliveryError, LookupError, TypeError, ValueError) as failure:
            log.info("%s: it is not known which permission is missing: %s", address, type(failure).__name__)
            lacking = ("View Channel",) if code == MISSING_ACCESS else ()
        if lacking:
            return Forbidden(f"the bot lacks {', '.join(lacking)}")
    elif code == UNKNOWN_CHANNEL and isinstance(meant, Forbidden):
        return Forbidden("the channel is deleted")
    return meant


def channel(address: Address) -> str:
    """Return the id of where an address leads, for a path."""
    return quote(address.thread or address.chat, safe="")


def older(snowflake: str, since: float) -> bool:
    """Whether an id was given well before `since`, a Unix time."""
    return discord.utils.snowflake_time(int(snowflake)).timestamp() < since - _CLOCKS


def same(message: Mapping[str, Any], body: Payload) -> bool:
    """Whether a message at Discord is what became of `body`, with or without embeds."""
    return _essence(message) in _looks(body)


def _looks(body: Payload) -> list[list[str]]:
    return [_essence(body), *([_essence(list(as_text(body))[-1])] if "embeds" in body else [])]


def unpacked(message: str) -> dict[str, Any]:
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
    said += custom_ids(message.get("components") or ())
    return [" ".join(each.replace(ZERO_WIDTH, "").split()) for each in said]
