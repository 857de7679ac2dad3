"""What Discord's REST API does in channels: messages, threads, forum posts, and who may.

https://docs.discord.com/developers/resources/channel, …/resources/message, …/topics/threads
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tests.fakes import discord_rules as rules
from tests.fakes.discord_interactions import Refused, change
from tests.fakes.discord_world import (
    ANNOUNCEMENT,
    CREATE_PUBLIC_THREADS,
    FORUMS,
    READ_MESSAGE_HISTORY,
    SEND_MESSAGES,
    TEXT,
    THREADS,
    VIEW_CHANNEL,
    Channel,
    Message,
    World,
)

NONCE_WINDOW = 300.0  # seconds; the documentation says "the past few minutes"

Json = Any
Answer = tuple[int, Json]
Route = Callable[..., Answer]


class Limited(Exception):
    """A limit of what was asked for, beyond that of its route."""

    def __init__(self, seconds: float) -> None:
        super().__init__(seconds)
        self.seconds = seconds


class Channels:
    """The routes of channels, and of the servers that they are on. `query` is that of the request at hand."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.query: dict[str, str] = {}
        self._nonces: dict[tuple[int, str], Message] = {}  # the last with each, by channel
        channel = r"/channels/(\d+)"
        self.routes: list[tuple[str, str, Route]] = [
            ("POST", r"/users/@me/channels", self._direct),
            ("POST", channel + "/messages", self._post),
            ("GET", channel + "/messages", self._history),
            ("GET", channel + r"/messages/(\d+)", self._shown),
            ("PATCH", channel + r"/messages/(\d+)", self._edit_message),
            ("DELETE", channel + r"/messages/(\d+)", self._delete_message),
            ("POST", channel + r"/messages/(\d+)/threads", self._thread),
            ("POST", channel + r"/messages/(\d+)/crosspost", self._crosspost),
            ("POST", channel + "/threads", self._forum_post),
            ("GET", channel + "/threads/archived/public", self._archived),
            ("GET", r"/guilds/(\d+)/threads/active", self._active),
            ("POST", channel + "/typing", self._typing),
            ("GET", channel, lambda body, channel: (200, self._visible(channel).json())),
            ("GET", r"/guilds/(\d+)", lambda body, guild: (200, self._guild(guild).json())),
            ("GET", r"/guilds/(\d+)/members/(\d+)", self._member),
        ]

    def _channel(self, channel: str) -> Any:
        found = self.world.channels.get(int(channel))
        if not found or found.deleted:
            raise Refused(404, 10003, "Unknown Channel")
        return found

    def _direct(self, body: Json) -> Answer:
        """Open a private channel, the same each time, also with a person who takes no messages."""
        user = self.world.users.get(int(body["recipient_id"]))
        if not user or user.bot:
            raise Refused(400, 50033, "Invalid Recipient(s)")
        return 200, self.world.direct(user).json()

    def _post(self, body: Json, channel: str) -> Answer:
        found = self._channel(channel)
        if found.type in FORUMS:
            raise Refused(400, 50008, "Cannot send messages in a non-text channel")
        refusal = self.world.refusal(
            self.world.bot.id, found, embeds=bool(body.get("embeds")), files=bool(body.get("files"))
        )
        if refusal:
            raise Refused(*refusal)
        replied = self._replied(found, body.get("message_reference") or {})
        kept, nonce = rules.message(body), body.get("nonce")
        place = (found.id, str(nonce))
        earlier = self._nonces.get(place)
        if nonce and body.get("enforce_nonce") and earlier and self.world.now() - earlier.at < NONCE_WINDOW:
            if earlier.deleted:
                raise Refused(404, 10008, "Unknown Message")
            return 200, earlier.json()
        made = Message(self.world.snowflake(), found, self.world.bot, **kept)
        made.nonce, made.at = str(nonce) if nonce else None, self.world.now()
        made.flags = int(body.get("flags") or 0)
        made.replied = replied
        made.mentioned = self.world.mentioned(found, body, kept["content"])
        found.archived = False
        self.world.sent.append(made)
        self._nonces[place] = made
        return 200, made.json()

    def _may(self, channel: Channel, permission: int) -> None:
        may = self.world.permissions(self.world.bot.id, channel)
        if not may & VIEW_CHANNEL:
            raise Refused(403, 50001, "Missing Access")
        if not may & permission:
            raise Refused(403, 50013, "Missing Permissions")

    def _found(self, channel: str, which: str) -> Message:
        found = self._channel(channel)
        message = next((m for m in self.world.sent if str(m.id) == which and m.channel is found), None)
        if not message or message.deleted:
            raise Refused(404, 10008, "Unknown Message")
        return message

    def _shown(self, body: Json, channel: str, which: str) -> Answer:
        self._may(self._channel(channel), READ_MESSAGE_HISTORY)
        return 200, {k: v for k, v in self._found(channel, which).json().items() if k != "nonce"}

    def _delete_message(self, body: Json, channel: str, which: str) -> Answer:
        message = self._found(channel, which)
        if message.author is not self.world.bot:
            raise Refused(403, 50013, "Missing Permissions")
        message.deleted = True
        return 204, None

    def _thread(self, body: Json, channel: str, which: str) -> Answer:
        """Begin the one thread that a message can have; it has the message's id."""
        found = self._channel(channel)
        if found.type not in (TEXT, ANNOUNCEMENT):
            raise Refused(400, 50024, "Cannot execute action on this channel type")
        self._may(found, CREATE_PUBLIC_THREADS)
        message = self._found(channel, which)
        if message.id in self.world.channels:
            raise Refused(400, 160004, "A thread has already been created for this message")
        made = self.world.thread(found, self._thread_name(body), message.id)
        made.owner, made.archive_after = self.world.bot.id, body.get("auto_archive_duration", 1440)
        return 201, made.json()

    def _thread_name(self, body: Json) -> str:
        bad, name = rules.Invalid(), body.get("name", "")
        rules._length(bad, "name", name, rules.THREAD_NAME, 1)
        if body.get("auto_archive_duration", 1440) not in (60, 1440, 4320, 10080):
            bad.at("auto_archive_duration", "BASE_TYPE_CHOICES", "Must be one of (60, 1440, 4320, 10080).")
        if len(body.get("applied_tags") or ()) > rules.APPLIED_TAGS:
            bad.at("applied_tags", "BASE_TYPE_MAX_LENGTH", "Must be 5 or fewer in length.")
        bad.check()
        return str(name)

    def _forum_post(self, body: Json, channel: str) -> Answer:
        """Make a post: a thread whose first message has its id. Nothing tells a repeat from another."""
        found = self._channel(channel)
        if found.type not in FORUMS:
            raise Refused(400, 50024, "Cannot execute action on this channel type")
        inner = body.get("message") or {}
        self._may(found, SEND_MESSAGES)
        if refusal := self.world.refusal(self.world.bot.id, found, embeds=bool(inner.get("embeds"))):
            raise Refused(*refusal)
        name, applied = self._thread_name(body), [str(tag) for tag in body.get("applied_tags") or ()]
        known = {tag["id"]: tag for tag in found.tags}
        if set(applied) - set(known):
            raise Refused(400, 10087, "Unknown Tag")
        if any(known[tag]["moderated"] for tag in applied):
            raise Refused(403, 50013, "Missing Permissions")
        if found.requires_tag and not applied:
            raise Refused(400, 40067, "A tag is required to create a forum post in this channel")
        kept = rules.message({k: v for k, v in inner.items() if k not in ("nonce", "enforce_nonce")})
        made = self.world.thread(found, name)
        made.owner, made.applied = self.world.bot.id, applied
        made.archive_after = body.get("auto_archive_duration", 1440)
        message = Message(made.id, made, self.world.bot, **kept)
        message.at, message.flags = self.world.now(), int(inner.get("flags") or 0)
        message.mentioned = self.world.mentioned(found, inner, kept["content"])
        self.world.sent.append(message)
        return 201, made.json() | {"message": message.json()}

    def _active(self, body: Json, guild: str) -> Answer:
        self._guild(guild)
        return 200, {
            "threads": [t.json() for t in self._threads(int(guild)) if not t.archived],
            "members": [],
        }

    def _archived(self, body: Json, channel: str) -> Answer:
        found = self._channel(channel)
        self._may(found, READ_MESSAGE_HISTORY)
        mine = [t.json() for t in self._threads(found.guild.id) if t.archived and t.parent is found]
        return 200, {"threads": mine[: int(self.query.get("limit", "50"))], "members": [], "has_more": False}

    def _threads(self, guild: int) -> list[Channel]:
        """Return what threads of a guild the bot sees."""
        bot = self.world.bot.id
        return [
            c
            for c in self.world.channels.values()
            if c.type in THREADS and c.guild and c.guild.id == guild and not c.deleted
            if self.world.permissions(bot, c) & VIEW_CHANNEL
        ]

    def _crosspost(self, body: Json, channel: str, which: str) -> Answer:
        """Publish a message, ten an hour."""
        found = self._channel(channel)
        if found.type != ANNOUNCEMENT:
            raise Refused(400, 50024, "Cannot execute action on this channel type")
        self._may(found, SEND_MESSAGES)
        message = self._found(channel, which)
        if message.flags & rules.CROSSPOSTED:
            raise Refused(400, 40033, "This message has already been crossposted")
        if found.published >= rules.PUBLISHED_AN_HOUR:
            raise Limited(3000.0)
        found.published += 1
        message.flags |= rules.CROSSPOSTED
        return 200, message.json()

    def _replied(self, channel: Any, reference: dict[str, Json]) -> int | None:
        """Return the id of the message that is replied to. Raises `Refused`."""
        if "message_id" not in reference:
            return None
        if not self.world.permissions(self.world.bot.id, channel) & READ_MESSAGE_HISTORY:
            raise Refused(400, 160002, "Cannot reply without permission to read message history")
        wanted = int(reference["message_id"])
        if any(m.id == wanted and m.channel is channel and not m.deleted for m in self.world.sent):
            return wanted
        if reference.get("fail_if_not_exists", True):
            raise Refused(400, 50035, "Unknown message")
        return None

    def _edit_message(self, body: Json, channel: str, which: str) -> Answer:
        found = self._channel(channel)
        message = next((m for m in self.world.sent if str(m.id) == which and m.channel is found), None)
        if not message or message.deleted:
            raise Refused(404, 10008, "Unknown Message")
        if message.author is not self.world.bot:
            raise Refused(403, 50005, "Cannot edit a message authored by another user")
        refusal = self.world.refusal(
            self.world.bot.id, found, embeds=bool(body.get("embeds")), files=bool(body.get("files"))
        )
        if refusal:
            raise Refused(*refusal)
        now = {"content": message.content, "embeds": message.embeds, "components": message.components}
        change(message, now | body)
        return 200, message.json()

    def _typing(self, body: Json, channel: str) -> Answer:
        if refusal := self.world.refusal(self.world.bot.id, self._channel(channel), embeds=False):
            raise Refused(*refusal)
        return 204, None

    def _history(self, body: Json, channel: str) -> Answer:
        """Return messages, newest first and without nonces; none where the history is not for the bot."""
        found = self._visible(channel)
        if not self.world.permissions(self.world.bot.id, found) & READ_MESSAGE_HISTORY:
            return 200, []
        shown = [m for m in self.world.sent if m.channel is found and not (m.deleted or m.ephemeral)]
        limit, after = int(self.query.get("limit", "50")), self.query.get("after")
        part = [m for m in shown if m.id > int(after)][:limit] if after else shown[-limit:]
        return 200, [{k: v for k, v in m.json().items() if k != "nonce"} for m in reversed(part)]

    def _visible(self, channel: str) -> Any:
        found = self._channel(channel)
        if not self.world.permissions(self.world.bot.id, found) & VIEW_CHANNEL:
            raise Refused(403, 50001, "Missing Access")
        return found

    def _guild(self, guild: str) -> Any:
        found = self.world.guilds.get(int(guild))
        if not found or self.world.bot.id not in found.members:
            raise Refused(404, 10004, "Unknown Guild")
        return found

    def _member(self, body: Json, guild: str, user: str) -> Answer:
        roles = self._guild(guild).members.get(int(user))
        if roles is None:
            raise Refused(404, 10007, "Unknown Member")
        known = self.world.users[int(user)].json()
        return 200, {
            "user": known,
            "roles": [str(role) for role in roles],
            "communication_disabled_until": None,
        }
