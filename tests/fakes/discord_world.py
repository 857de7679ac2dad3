"""Guilds, channels, people and messages, and who may do what where, as Discord computes it.

https://docs.discord.com/developers/topics/permissions
"""

from __future__ import annotations

import itertools
import re
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

ADMINISTRATOR, MANAGE_CHANNELS, MANAGE_GUILD = 1 << 3, 1 << 4, 1 << 5
VIEW_CHANNEL, SEND_MESSAGES, EMBED_LINKS = 1 << 10, 1 << 11, 1 << 14
ATTACH_FILES = 1 << 15
READ_MESSAGE_HISTORY, SEND_MESSAGES_IN_THREADS = 1 << 16, 1 << 38
MENTION_EVERYONE, MANAGE_ROLES, CREATE_PUBLIC_THREADS = 1 << 17, 1 << 28, 1 << 35
ORDINARY = (
    VIEW_CHANNEL
    | SEND_MESSAGES
    | EMBED_LINKS
    | ATTACH_FILES
    | READ_MESSAGE_HISTORY
    | SEND_MESSAGES_IN_THREADS
    | CREATE_PUBLIC_THREADS
)
ALL = (1 << 53) - 1

TEXT, DM, ANNOUNCEMENT, ANNOUNCEMENT_THREAD, PUBLIC_THREAD, FORUM, MEDIA = 0, 1, 5, 10, 11, 15, 16
THREADS, FORUMS = frozenset({ANNOUNCEMENT_THREAD, PUBLIC_THREAD}), frozenset({FORUM, MEDIA})
EPHEMERAL, LOADING = 64, 128

Json = Any


@dataclass
class User:
    """`closed`: takes no messages from the bot."""

    id: int
    name: str
    bot: bool = False
    closed: bool = False

    def json(self) -> dict[str, Json]:
        return {
            "id": str(self.id),
            "username": self.name,
            "discriminator": "0",
            "global_name": self.name.title(),
            "avatar": None,
            "bot": self.bot,
        }


@dataclass
class Overwrite:
    """`id` is a role's or a member's."""

    id: int
    allow: int = 0
    deny: int = 0


@dataclass
class Guild:
    """The role with the guild's own id is @everyone's."""

    id: int
    name: str
    owner: int
    roles: dict[int, int]
    members: dict[int, list[int]] = field(default_factory=dict)
    mentionable: set[int] = field(default_factory=set)  # roles that everybody may mention

    def json(self) -> dict[str, Json]:
        roles = [
            {"id": str(role), "permissions": str(may), "mentionable": role in self.mentionable}
            for role, may in self.roles.items()
        ]
        return {"id": str(self.id), "name": self.name, "owner_id": str(self.owner), "roles": roles}


@dataclass
class Channel:
    id: int
    type: int
    name: str = ""
    guild: Guild | None = None
    parent: Channel | None = None
    overwrites: list[Overwrite] = field(default_factory=list)
    archived: bool = False
    locked: bool = False
    deleted: bool = False
    recipient: User | None = None
    owner: int = 1  # who began a thread
    tags: list[dict[str, Json]] = field(default_factory=list)  # that a forum has
    applied: list[str] = field(default_factory=list)  # the ids of those that a post has
    requires_tag: bool = False
    archive_after: int = 1440
    published: int = 0  # messages within the hour

    def json(self) -> dict[str, Json]:
        made: dict[str, Json] = {"id": str(self.id), "type": self.type}
        if self.type == DM:
            recipients = [self.recipient.json()] if self.recipient else []
            return made | {"recipients": recipients, "last_message_id": None, "flags": 0}
        made |= {"name": self.name, "guild_id": str(self.guild.id) if self.guild else None}
        made |= {"parent_id": str(self.parent.id) if self.parent else None, "position": 0, "nsfw": False}
        if self.type in THREADS:
            stamp = "2026-01-01T00:00:00.000000+00:00"
            data = {
                "archived": self.archived,
                "locked": self.locked,
                "auto_archive_duration": self.archive_after,
            }
            made["thread_metadata"] = data | {"archive_timestamp": stamp, "create_timestamp": stamp}
            made |= {"applied_tags": self.applied} if self.applied else {}
            return made | {"owner_id": str(self.owner), "message_count": 0, "member_count": 1}
        if self.type in FORUMS:
            made |= {"available_tags": self.tags, "flags": 1 << 4 if self.requires_tag else 0}
        roles = self.guild.roles if self.guild else {}
        overwrites = [
            {"id": str(o.id), "type": int(o.id not in roles), "allow": str(o.allow), "deny": str(o.deny)}
            for o in self.overwrites
        ]
        return made | {"permission_overwrites": overwrites, "topic": None, "rate_limit_per_user": 0}


@dataclass(frozen=True)
class Attachment:
    """A file of a message; an edit names it by its id."""

    id: str
    name: str
    description: str
    data: bytes = field(repr=False)

    def json(self) -> dict[str, Json]:
        where = f"https://cdn.discordapp.com/attachments/1/{self.id}/{self.name}"
        made = {
            "id": self.id,
            "filename": self.name,
            "size": len(self.data),
            "url": where,
            "proxy_url": where,
        }
        return made | ({"description": self.description} if self.description else {})


@dataclass
class Message:
    id: int
    channel: Channel
    author: User
    content: str = ""
    embeds: list[dict[str, Json]] = field(default_factory=list)
    components: list[dict[str, Json]] = field(default_factory=list)
    flags: int = 0
    nonce: str | None = None
    at: float = 0.0
    deleted: bool = False
    attachments: list[Attachment] = field(default_factory=list)
    replied: int | None = None
    edits: int = 0
    mentioned: list[int] = field(default_factory=list)  # roles that heard of it; the server's id is everybody

    @property
    def loading(self) -> bool:
        return bool(self.flags & LOADING)

    @property
    def ephemeral(self) -> bool:
        return bool(self.flags & EPHEMERAL)

    @property
    def text(self) -> str:
        """All words of the message, markup and all."""
        shown = [self.content]
        for embed in self.embeds:
            shown += [embed.get("title", ""), embed.get("description", "")]
        return "\n".join(filter(None, shown))

    @property
    def custom_ids(self) -> list[str]:
        buttons = [button for row in self.components for button in row["components"]]
        return [button["custom_id"] for button in buttons if "custom_id" in button]

    @property
    def options(self) -> dict[str, str]:
        """What its menus offer: labels by what they stand for."""
        menus = [menu for row in self.components for menu in row["components"] if menu["type"] == 3]
        return {option["value"]: option["label"] for menu in menus for option in menu["options"]}

    def json(self) -> dict[str, Json]:
        return {
            "id": str(self.id),
            "channel_id": str(self.channel.id),
            "author": self.author.json(),
            "content": self.content,
            "embeds": self.embeds,
            "components": self.components,
            "flags": self.flags,
            "timestamp": "2026-01-01T00:00:00.000000+00:00",
            "edited_timestamp": None,
            "tts": False,
            "mention_everyone": False,
            "mentions": [],
            "mention_roles": [str(role) for role in self.mentioned],
            "attachments": [attachment.json() for attachment in self.attachments],
            "pinned": False,
            "type": 19 if self.replied else 0,
        } | ({"nonce": self.nonce} if self.nonce else {})


class World:
    """Everything there is on this Discord. Time is the machine's plus `skew` seconds."""

    def __init__(self) -> None:
        self.skew = 0.0
        self._count = itertools.count(1)
        self.application = self.snowflake()
        self.bot = User(self.application, "paperwire", bot=True)
        self.guilds: dict[int, Guild] = {}
        self.channels: dict[int, Channel] = {}
        self.users: dict[int, User] = {self.bot.id: self.bot}
        self.sent: list[Message] = []

    def now(self) -> float:
        return time.time() + self.skew

    def snowflake(self) -> int:
        return (int(self.now() * 1000) - 1420070400000 << 22) | next(self._count) & 0x3FFFFF

    def user(self, name: str) -> User:
        made = User(self.snowflake(), name)
        self.users[made.id] = made
        return made

    def guild(self, name: str = "Lab", everyone: int = ORDINARY, owner: User | None = None) -> Guild:
        """Make a guild that the bot is a member of; somebody else owns it."""
        guild_id = self.snowflake()
        made = Guild(guild_id, name, owner.id if owner else 1, {guild_id: everyone}, {self.bot.id: []})
        self.guilds[guild_id] = made
        return made

    def join(self, guild: Guild, user: User, *permissions: int) -> None:
        """Make `user` a member with a role of its own for each of `permissions`."""
        roles = [self.snowflake() for _ in permissions]
        guild.roles.update(zip(roles, permissions, strict=True))
        guild.members[user.id] = roles

    def channel(
        self, guild: Guild, name: str = "papers", *overwrites: Overwrite, kind: int = TEXT
    ) -> Channel:
        made = Channel(self.snowflake(), kind, name, guild, overwrites=list(overwrites))
        self.channels[made.id] = made
        return made

    def forum(self, guild: Guild, *tags: str, required: bool = False, kind: int = FORUM) -> Channel:
        """Make a forum whose posts can have these tags; of the names that begin with `!` only moderators set them."""
        made = self.channel(guild, "forum", kind=kind)
        made.requires_tag = required
        made.tags = [
            {
                "id": str(self.snowflake()),
                "name": name.removeprefix("!"),
                "moderated": name.startswith("!"),
                "emoji_id": None,
                "emoji_name": None,
            }
            for name in tags
        ]
        return made

    def mentioned(self, channel: Channel, body: dict[str, Json], content: str) -> list[int]:
        """Return the roles that hear of a message of the bot's: named in its words, permitted by it, and open to it.

        A backslash keeps nobody from hearing of `@everyone`.
        """
        guild, allowed = channel.guild, body.get("allowed_mentions") or {}
        if not guild:
            return []
        parsed = allowed.get("parse", ()) if "allowed_mentions" in body else ("roles", "everyone")
        named = {int(role) for role in re.findall(r"<@&(\d+)>", content)}
        wanted = named if "roles" in parsed else named & {int(role) for role in allowed.get("roles", ())}
        if "everyone" in parsed and re.search("@(everyone|here)", content):
            wanted |= {guild.id}
        may = self.permissions(self.bot.id, channel) & MENTION_EVERYONE
        return sorted(role for role in wanted & set(guild.roles) if may or role in guild.mentionable)

    def role(self, guild: Guild, *, mentionable: bool = False) -> int:
        """Make a role that permits nothing."""
        made = self.snowflake()
        guild.roles[made] = 0
        if mentionable:
            guild.mentionable.add(made)
        return made

    def thread(self, parent: Channel, name: str = "a thread", made_of: int = 0) -> Channel:
        kind = ANNOUNCEMENT_THREAD if parent.type == ANNOUNCEMENT else PUBLIC_THREAD
        made = Channel(made_of or self.snowflake(), kind, name, parent.guild, parent)
        self.channels[made.id] = made
        return made

    def direct(self, user: User | None = None) -> Channel:
        """Return the private chat of a person, of whom nothing need be known, and the bot; make it if need be."""
        for known in self.channels.values():
            if user and known.recipient is user:
                return known
        made = Channel(self.snowflake(), DM, recipient=user)
        self.channels[made.id] = made
        return made

    def say(self, channel: Channel, user: User, text: str, embeds: Sequence[dict[str, Json]] = ()) -> Message:
        """Let somebody have written something before."""
        made = Message(self.snowflake(), channel, user, text, list(embeds))
        self.sent.append(made)
        return made

    def permissions(self, user: int, channel: Channel) -> int:
        """Return what `user` may do in `channel`, overwrites included."""
        guild = channel.guild
        if guild is None:
            return ALL
        if user not in guild.members and user != guild.owner:
            return 0
        roles = guild.members.get(user, [])
        allowed = guild.roles[guild.id]
        for role in roles:
            allowed |= guild.roles[role]
        if user == guild.owner or allowed & ADMINISTRATOR:
            return ALL
        overwrites = {o.id: o for o in (channel.parent or channel).overwrites}
        if everyone := overwrites.get(guild.id):
            allowed = allowed & ~everyone.deny | everyone.allow
        mine = [overwrites[role] for role in roles if role in overwrites]
        for overwrite in mine:
            allowed &= ~overwrite.deny
        for overwrite in mine:
            allowed |= overwrite.allow
        if own := overwrites.get(user):
            allowed = allowed & ~own.deny | own.allow
        return allowed

    def refusal(
        self, user: int, channel: Channel, *, embeds: bool, files: bool = False
    ) -> tuple[int, int, str] | None:
        """Return status, code and words if `user` may not post there; None if they may."""
        if channel.recipient and channel.recipient.closed:
            return 403, 50007, "Cannot send messages to this user"
        may = self.permissions(user, channel)
        if not may & VIEW_CHANNEL:
            return 403, 50001, "Missing Access"
        threaded = channel.type in THREADS
        if not may & (SEND_MESSAGES_IN_THREADS if threaded else SEND_MESSAGES):
            return 403, 50013, "Missing Permissions"
        if (embeds and not may & EMBED_LINKS) or (files and not may & ATTACH_FILES):
            return 403, 50013, "Missing Permissions"
        if channel.locked:  # one that is archived and not locked opens by itself
            if channel.archived:
                return 400, 50083, "Tried to perform an operation on an archived thread"
            return 403, 160005, "Thread is locked"
        return None
