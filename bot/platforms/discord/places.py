"""Where an edition stands: among the other messages, in a thread of its own, or as a post of a forum.

`placed` notes in an edition's messages what is wanted; the channel's type decides what becomes of it, and is asked for
when the edition goes out:

    text, announcement   messages; or one short message under which a thread holds the others
    forum, media         the first message is a post, whose tags are the forum's own of the same names

What goes out is found again without a nonce too: a message has one thread at most, with the message's id, and a
forum's posts are looked through before one is made. In announcement channels what was sent is published.
https://docs.discord.com/developers/topics/threads
"""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import discord

from bot.chat.platform import Standing
from bot.chat.request import Address
from bot.chat.text import Bold, text
from bot.errors import Ambiguous, DeliveryError, Forbidden, RetryAfter
from bot.platforms.discord import channels
from bot.platforms.discord.api import Api
from bot.platforms.discord.channels import DELETED, Mention
from bot.platforms.discord.errors import (
    ALREADY_PUBLISHED,
    HAS_A_THREAD,
    MISSING_PERMISSIONS,
    TOO_MANY_THREADS,
    UNKNOWN_MESSAGE,
    WRONG_TYPE,
    Failure,
    ours,
)
from bot.platforms.discord.markup import inline
from bot.platforms.discord.permissions import FORUMS
from bot.platforms.discord.render import CONTENT, NO_PREVIEWS, Payload
from bot.platforms.packing import take

log = logging.getLogger(__name__)

ANNOUNCEMENT = 5  # a type of channel
_EDITION = "edition"  # where a message of ours says how it is to stand; no field of Discord's
_NAME = 100
_ARCHIVED_AFTER = 1440  # minutes without a word
_TAGS = 5
_REQUIRES_TAG = 1 << 4  # a flag of forums
_KEPT = 600.0  # seconds for which a channel's type is taken for granted
_MOST_KEPT = 4096
_PAUSE = 5.0
_PUBLISHING = 3  # tries
_SOON = 2.0  # seconds: what all requests wait for, and not the hour of those who published ten

Json = Mapping[str, Any]


def placed(messages: Sequence[str], standing: Standing) -> tuple[str, ...]:
    """Return the messages of an edition, as `compose` made them, with how they are to stand."""
    bodies = [json.loads(message) | {_EDITION: {}} for message in messages]
    name = " ".join(standing.name.split())
    short = name if len(name) <= _NAME else take(name, _NAME - 1)[0].rstrip() + "…"
    about = {"name": short or "Paperwire", "tags": list(standing.tags)}
    mention = f"<@&{standing.role}>" if standing.role else ""
    if mention:
        about["role"] = standing.role
    first = bodies[0]
    said = "\n".join(filter(None, (mention, first.get("content", ""))))
    if standing.thread or len(said) > CONTENT:
        begins = " ".join(filter(None, (mention, inline(text(Bold(short))))))
        bodies.insert(
            0, {"content": begins, "flags": NO_PREVIEWS, _EDITION: about | {"thread": standing.thread}}
        )
    else:
        first[_EDITION] = about
        if mention:
            first["content"] = said
    return tuple(json.dumps(body, ensure_ascii=False, separators=(",", ":")) for body in bodies)


class Places:
    """Sends messages to where they are to stand. `known` tells a channel's type without asking Discord, if it can."""

    def __init__(self, api: Api, known: Callable[[int], int | None]) -> None:
        self._api = api
        self._known = known
        self._kinds: dict[str, tuple[int, float]] = {}

    async def post(self, address: Address, message: str, *, key: str, first: bool) -> str:
        """Send one message; return its id, `thread/id` where a thread began with it, in which the rest belongs.

        Safe to repeat within the nonce's window. Raises a `DeliveryError`.
        """
        body = channels.unpacked(message)
        about = body.pop(_EDITION, None)
        if about is None:
            return await channels.put(self._api, address, body, key=key, first=first)
        mention = Mention(str(about.get("role", "")) if first else "")
        kind = None if address.thread else await self._kind(address)
        if kind in FORUMS:
            return await self._in_forum(address, body, about, mention, key=key)
        made = await channels.put(self._api, address, body, key=key, first=first, mention=mention)
        return await self._settled(address, made, about, kind)

    async def recall(self, address: Address, message: str, *, since: float | None) -> str | None:
        """Return what `post` returned for this message, if it stands there; what it left undone is done."""
        body = channels.unpacked(message)
        about = body.pop(_EDITION, None)
        kind = None if address.thread or about is None else await self._kind(address)
        if about is not None and kind in FORUMS:
            place = await self._look(f"/channels/{channels.channel(address)}")
            return await self._posted(place, body, about, since=since, archived=True)
        made = await channels.recall(self._api, address, json.dumps(body), since=since)
        return made if made is None or about is None else await self._settled(address, made, about, kind)

    async def _kind(self, address: Address) -> int | None:
        """Return the channel's type; None where Discord does not show it. Raises `RetryAfter`."""
        if address.chat.isdecimal() and (kind := self._known(int(address.chat))) is not None:
            return kind
        now = asyncio.get_running_loop().time()
        kind, until = self._kinds.get(address.chat, (0, 0.0))
        if now < until:
            return kind
        try:
            kind = int((await self._api.request("GET", f"/channels/{channels.channel(address)}"))["type"])
        except (discord.Forbidden, discord.NotFound):
            return None  # what is sent there is refused, with the reason
        except Failure as error:
            raise _unsent(error) from None
        except (LookupError, TypeError, ValueError):
            raise RetryAfter(_PAUSE) from None
        if len(self._kinds) >= _MOST_KEPT:
            self._kinds = {chat: kept for chat, kept in self._kinds.items() if kept[1] > now}
        self._kinds[address.chat] = kind, now + _KEPT
        return kind

    async def _settled(self, address: Address, made: str, about: Json, kind: int | None) -> str:
        """Do what is to be done once a message stands in a channel; return what `post` does."""
        if address.thread or made == DELETED:
            return made
        begun = bool(about.get("thread")) and await self._begun(address, made, about)
        if kind == ANNOUNCEMENT:
            await self._publish(address, made)
        return f"{made}/{made}" if begun else made

    async def _begun(self, address: Address, made: str, about: Json) -> bool:
        """Begin the message's thread, unless it has one; False where there can be none.

        The message stands already, so that whatever holds this up leaves it in doubt.
        """
        where = f"/channels/{channels.channel(address)}/messages/{made}"
        body = {"name": about["name"], "auto_archive_duration": _ARCHIVED_AFTER}
        try:
            await self._api.request("POST", f"{where}/threads", body=body)
        except discord.HTTPException as error:
            if error.code == HAS_A_THREAD:
                return True
            if error.code in (WRONG_TYPE, UNKNOWN_MESSAGE, TOO_MANY_THREADS):
                return False
            told = await channels.told(self._api, address, error, thread=True)
            if isinstance(told, Forbidden):
                await self._take_back(where)
                raise told from None
            raise Ambiguous(str(told)) from None
        except Failure as error:
            raise Ambiguous(str(ours(error))) from None
        except RetryAfter as error:
            raise Ambiguous(str(error)) from None
        return True

    async def _take_back(self, where: str) -> None:
        """Delete a message that announces what does not come."""
        try:
            await self._api.request("DELETE", where)
        except (*Failure, DeliveryError) as error:
            log.info("a message stays that should not: %s", ours(error))

    async def _publish(self, address: Address, made: str) -> None:
        """Show a message in the servers that follow the channel. Discord allows ten an hour; the others stay here."""
        place = f"/channels/{channels.channel(address)}"
        for left in reversed(range(_PUBLISHING)):
            try:
                await self._api.request(
                    "POST", f"{place}/messages/{made}/crosspost", lane=f"{place}/crosspost", patience=_SOON
                )
            except (*Failure, DeliveryError) as error:
                if getattr(error, "code", 0) == ALREADY_PUBLISHED:
                    return
                if left and isinstance(ours(error), Ambiguous):  # to publish twice is no harm
                    continue
                log.info("%s: a message is not published: %s", address, ours(error))
            return

    async def _in_forum(
        self, address: Address, body: Payload, about: Json, mention: Mention, *, key: str
    ) -> str:
        """Make a post, unless it is there: Discord knows no nonce for it."""
        path = f"/channels/{channels.channel(address)}"
        place = await self._look(path)
        if there := await self._posted(place, body, about):
            return there
        tags = _tags(place, about)
        try:
            return await self._made(path, body, about, tags, mention)
        except discord.HTTPException as error:
            if "embeds" not in body or error.code != MISSING_PERMISSIONS:
                raise await channels.told(self._api, address, error, embeds=False) from None
        except Failure as error:
            raise ours(error) from None
        begins, *others = channels.as_text(body)
        try:
            made = await self._made(path, begins, about, tags, mention)
        except Failure as error:
            raise await channels.told(self._api, address, error, embeds=True) from None
        thread = Address(address.platform, address.chat, made.partition("/")[0])
        for number, other in enumerate(others):
            await channels.put(self._api, thread, other, key=f"{key}/{number}", first=False)
        return made

    async def _made(
        self, path: str, body: Payload, about: Json, tags: Sequence[str], mention: Mention
    ) -> str:
        asked: dict[str, Any] = {
            "name": about["name"],
            "auto_archive_duration": _ARCHIVED_AFTER,
            "message": {**body, "allowed_mentions": mention.allowed},
        }
        if tags:
            asked["applied_tags"] = list(tags)
        try:
            thread = str((await self._api.request("POST", f"{path}/threads", body=asked))["id"])
        except (LookupError, TypeError):
            raise Ambiguous("an answer that cannot be read") from None
        return f"{thread}/{thread}"

    async def _posted(
        self, place: Json, body: Payload, about: Json, *, since: float | None = None, archived: bool = False
    ) -> str | None:
        """Return the post that these words are already, None if there is none to be seen."""
        me = await self._me()
        active = await self._look(f"/guilds/{place['guild_id']}/threads/active")
        threads = [each for each in active.get("threads", ()) if each.get("parent_id") == place["id"]]
        if archived:
            try:
                past = await self._api.request(
                    "GET", f"/channels/{place['id']}/threads/archived/public", query={"limit": "100"}
                )
                threads += past.get("threads", ())
            except discord.Forbidden:
                pass
            except Failure as error:
                raise _unsent(error) from None
        for each in threads:
            if each.get("owner_id") != me or each.get("name") != about["name"]:
                continue
            if since is not None and channels.older(each["id"], since):
                continue
            if await self._says(each["id"], body):
                return f"{each['id']}/{each['id']}"
        return None

    async def _says(self, thread: str, body: Payload) -> bool:
        """Whether a post begins with these words; true where its words are not shown, as its name is the same."""
        try:
            begins = await self._api.request("GET", f"/channels/{thread}/messages/{thread}")
        except discord.Forbidden:
            return True
        except discord.NotFound:  # somebody has deleted what it began with
            return True
        except Failure as error:
            raise _unsent(error) from None
        return channels.same(begins, body)

    async def _me(self) -> str:
        try:
            return await self._api.me()
        except (*Failure, LookupError, TypeError) as error:
            raise _unsent(error) from None

    async def _look(self, path: str) -> Json:
        try:
            found = await self._api.request("GET", path)
        except (discord.Forbidden, discord.NotFound) as error:
            raise ours(error) from None
        except Failure as error:
            raise _unsent(error) from None
        if not isinstance(found, dict):
            raise RetryAfter(_PAUSE)
        return found


def _unsent(error: BaseException) -> DeliveryError:
    """Return the error of ours where nothing was sent: what is only looked at leaves nothing in doubt."""
    told = ours(error)
    return RetryAfter(_PAUSE) if isinstance(told, Ambiguous) else told


def _tags(place: Json, about: Json) -> list[str]:
    """Return the forum's tags that are called as what the edition is about; the first there is if one is required."""
    wanted = {str(name).casefold() for name in about.get("tags") or ()}
    free = [tag for tag in place.get("available_tags") or () if not tag.get("moderated")]
    named = [str(tag["id"]) for tag in free if str(tag.get("name", "")).strip().casefold() in wanted][:_TAGS]
    if named or not int(place.get("flags") or 0) & _REQUIRES_TAG:
        return named
    if not free:
        raise Forbidden("the forum requires a tag and has none that the bot may set")
    return [str(free[0]["id"])]
