"""Who may do what in a channel, asked of Discord when it matters: nothing is cached, and nothing goes stale.

https://docs.discord.com/developers/topics/permissions#permission-overwrites
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

import discord
from discord.utils import parse_time

from bot.platforms.discord.api import Api
from bot.platforms.discord.asked import MAY_MANAGE, THREADS
from bot.platforms.discord.errors import UNKNOWN_MEMBER

_ALL = discord.Permissions.all().value
MENTION = "Mention @everyone, @here and All Roles"
_VIEW = discord.Permissions(view_channel=True).value
FORUMS = frozenset({15, 16})  # types of channel: forum, media
_READ_ONLY = discord.Permissions(view_channel=True, read_message_history=True).value

_HOLD_NO_MESSAGES = frozenset({4, 14})  # types of channel: category, directory

Json = Mapping[str, Any]


class HoldsNoMessages(ValueError):
    """A channel of a kind to which nothing can be sent."""


async def manages(api: Api, channel: str, person: str) -> bool:
    """Whether `person` may manage the channel or its server. Raises what `Api.request` does."""
    return bool(
        (await _permissions(api, await api.request("GET", f"/channels/{channel}"), person)) & MAY_MANAGE
    )


async def server(api: Api, channel: str) -> str | None:
    """Return the id of the server that the channel is on, None for a private one. Raises what `Api.request` does."""
    guild = (await api.request("GET", f"/channels/{channel}")).get("guild_id")
    return str(guild) if guild else None


async def missing(
    api: Api, channel: str, *, embeds: bool, thread: bool = False, role: str = ""
) -> tuple[str, ...]:
    """Name the permissions that the bot lacks to post in the channel, as Discord's settings call them.

    `thread`: in threads that it begins there; `role` is the id of one that it is to mention. Raises what
    `Api.request` does, and `HoldsNoMessages`.
    """
    place = await api.request("GET", f"/channels/{channel}")
    if place.get("type") in _HOLD_NO_MESSAGES:
        raise HoldsNoMessages
    if not place.get("guild_id"):  # a private chat permits everything
        return ()
    has = discord.Permissions(await _permissions(api, place, await api.me()))
    lacking = list(_lacking(has, int(place.get("type") or 0), thread=thread, embeds=embeds))
    if (place.get("thread_metadata") or {}).get("locked") and not has.manage_threads:
        lacking.append("Manage Threads")
    if role and not has.mention_everyone and not await _mentionable(api, place, role):
        lacking.append(MENTION)
    return tuple(lacking)


async def may_mention(api: Api, channel: str, person: str, role: str) -> bool | None:
    """Whether `person` may have the bot mention the role with this id; None if there is none.

    Raises what `Api.request` does.
    """
    place = await api.request("GET", f"/channels/{channel}")
    if (mentionable := await _mentionable(api, place, role)) is None:
        return None
    has = discord.Permissions(await _permissions(api, place, person))
    return has.mention_everyone or has.manage_roles or mentionable


async def _mentionable(api: Api, place: Json, role: str) -> bool | None:
    if not (guild_id := place.get("guild_id")) or role == guild_id:  # @everyone has the server's id
        return None
    guild = await api.request("GET", f"/guilds/{guild_id}")
    return next((bool(each.get("mentionable")) for each in guild["roles"] if each["id"] == role), None)


def _lacking(has: discord.Permissions, kind: int, *, thread: bool, embeds: bool) -> Iterator[str]:
    if not has.view_channel:
        yield "View Channel"
        return
    if kind not in THREADS and not has.send_messages:
        yield "Create Posts" if kind in FORUMS else "Send Messages"
    if thread and kind not in (*THREADS, *FORUMS) and not has.create_public_threads:
        yield "Create Public Threads"
    if (thread or kind in (*THREADS, *FORUMS)) and not has.send_messages_in_threads:
        yield "Send Messages in Threads"
    if embeds and not has.embed_links:
        yield "Embed Links"


async def _permissions(api: Api, channel: Json, person: str) -> int:
    """Return what `person` may do in the channel, as a set of bits; in a private chat its members may everything."""
    if not (guild_id := channel.get("guild_id")):
        return _ALL if any(x["id"] == person for x in channel.get("recipients", ())) else 0
    if channel.get("type") in THREADS and channel.get("parent_id"):
        channel = await api.request("GET", f"/channels/{channel['parent_id']}")
    guild = await api.request("GET", f"/guilds/{guild_id}")
    try:
        member = await api.request("GET", f"/guilds/{guild_id}/members/{person}")
    except discord.NotFound as error:
        if error.code != UNKNOWN_MEMBER:
            raise
        return 0
    return granted(guild, channel, member, person, now=datetime.now(UTC))


def granted(guild: Json, channel: Json, member: Json, person: str, *, now: datetime) -> int:
    """Return the permissions that the server's roles and the channel's overwrites come to."""
    if guild["owner_id"] == person:
        return _ALL
    held = {guild["id"], *member["roles"]}
    allowed = 0
    for role in guild["roles"]:
        if role["id"] in held:
            allowed |= int(role["permissions"])
    if discord.Permissions(allowed).administrator:
        return _ALL
    overwrites = {each["id"]: each for each in channel.get("permission_overwrites") or ()}
    for level in ({guild["id"]}, held - {guild["id"]}, {person}):
        found = [overwrites[each] for each in level if each in overwrites]
        for each in found:
            allowed &= ~int(each["deny"])
        for each in found:
            allowed |= int(each["allow"])
    until = parse_time(member.get("communication_disabled_until"))
    if until and until > now:
        allowed &= _READ_ONLY
    return allowed if allowed & _VIEW else 0
