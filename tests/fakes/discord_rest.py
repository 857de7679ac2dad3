"""Discord's REST API, version 10, as far as a bot with slash commands goes.

https://docs.discord.com/developers/reference, …/topics/rate-limits, …/topics/opcodes-and-status-codes
"""

from __future__ import annotations

import asyncio
import json
import re
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import reduce
from operator import or_
from typing import Any

from aiohttp import web

from tests.fakes import discord_rules as rules
from tests.fakes.discord_interactions import Interactions, Refused, change
from tests.fakes.discord_world import (
    ANNOUNCEMENT,
    CREATE_PUBLIC_THREADS,
    FORUMS,
    MENTION_EVERYONE,
    READ_MESSAGE_HISTORY,
    SEND_MESSAGES,
    TEXT,
    THREADS,
    VIEW_CHANNEL,
    Channel,
    Message,
    World,
)

PREFIX = "/api/v10"
NONCE_WINDOW = 300.0  # seconds; the documentation says "the past few minutes"

Json = Any
Answer = tuple[int, Json]
Route = Callable[..., Answer]


@dataclass
class Fault:
    """What goes wrong with the next `times` requests to a path.

    `how`: a status; `hang`; `drop` before it is read; `lose` the reply to what was done; `global` and
    `cloudflare` for rate limits that are no bucket's.
    """

    method: str
    path: re.Pattern[str]
    how: int | str
    times: int
    seconds: float


@dataclass
class Seen:
    """A request as it came in."""

    method: str
    path: str
    body: Json
    headers: dict[str, str]
    status: int = 0
    query: dict[str, str] = field(default_factory=dict)
    at: float = 0.0  # monotonic


@dataclass
class _Bucket:
    reset: float = 0.0
    used: int = 0


class Limited(Exception):
    """A limit of what was asked for, beyond that of its route."""

    def __init__(self, seconds: float) -> None:
        super().__init__(seconds)
        self.seconds = seconds


class Rest:
    """All routes; `changed` is called after every request."""

    def __init__(self, world: World, interactions: Interactions, token: str) -> None:
        self.world = world
        self.interactions = interactions
        self.token = token
        self.gateway_url = ""
        self.shards = 1
        self.commands: list[dict[str, Json]] = []
        self.requests: list[Seen] = []
        self.faults: list[Fault] = []
        self.bucket = (50, 1.0)  # requests and seconds, for each route and channel
        self.everything = 50  # requests a second; those for interactions do not count
        self._buckets: dict[str, _Bucket] = {}
        self._nonces: dict[tuple[int, str], Message] = {}  # the last with each, by channel
        self.changed: Callable[[], None] = lambda: None
        channel, webhook = r"/channels/(\d+)", r"/webhooks/(\d+)/([\w-]+)"
        commands = r"/applications/(\d+)/commands"
        self._routes: list[tuple[str, str, Route]] = [
            ("GET", r"/users/@me", lambda body: (200, self.world.bot.json())),
            ("GET", r"/users/@me/guilds", lambda body: (200, self._guilds())),
            ("POST", r"/users/@me/channels", self._direct),
            ("GET", r"/(?:oauth2/)?applications/@me", lambda body: (200, self._application())),
            ("GET", r"/gateway/bot", lambda body: (200, self._gateway())),
            ("GET", r"/gateway", lambda body: (200, {"url": self.gateway_url})),
            ("GET", commands, lambda body, app: (200, self._listed())),
            ("PUT", commands, self._overwrite),
            ("POST", commands, self._create),
            ("PATCH", commands + r"/(\d+)", self._change),
            ("DELETE", commands + r"/(\d+)", self._remove),
            ("POST", r"/interactions/(\d+)/([\w-]+)/callback", self._callback),
            ("POST", webhook, lambda body, app, token: (200, interactions.follow_up(token, body).json())),
            ("GET", webhook + r"/messages/([@\w]+)", self._read),
            ("PATCH", webhook + r"/messages/([@\w]+)", self._edit),
            ("DELETE", webhook + r"/messages/([@\w]+)", self._delete),
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

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """Answer any request, and note it."""
        path = request.path.removeprefix(PREFIX)
        seen = Seen(request.method, path, await _body(request), dict(request.headers))
        seen.at = time.monotonic()
        seen.query = dict(request.query)
        self._query = seen.query
        self.requests.append(seen)
        try:
            response = await self._respond(seen, request)
            seen.status = response.status
            return response
        finally:
            self.changed()

    async def _respond(self, seen: Seen, request: web.Request) -> web.StreamResponse:
        fault = self._fault(seen)
        if fault and fault.how != "lose":
            return await self._fail(fault, request)
        limited = self._limited(seen)
        if limited:
            return limited
        status, answer = self._routed(seen)
        if fault:
            return await self._cut(request)
        headers = self._headers(seen)
        if status == 204:
            return web.Response(status=204, headers=headers)
        return _json(status, answer, headers)

    def _routed(self, seen: Seen) -> Answer:
        free = seen.path.startswith(("/interactions/", "/webhooks/"))
        if not free and seen.headers.get("Authorization") != f"Bot {self.token}":
            return 401, {"message": "401: Unauthorized", "code": 0}
        for method, pattern, route in self._routes:
            found = re.fullmatch(pattern, seen.path)
            if found and method == seen.method:
                try:
                    return route(seen.body, *found.groups())
                except Refused as refused:
                    return refused.status, {"message": refused.said, "code": refused.code}
                except Limited as limited:
                    said = {"message": "You are being rate limited.", "retry_after": limited.seconds}
                    return 429, said | {"global": False}
                except rules.TooLarge:
                    return 413, {"message": "Request entity too large", "code": 40005}
                except rules.Empty:
                    return 400, {"message": "Cannot send an empty message", "code": 50006}
                except rules.Invalid as bad:
                    return 400, {"message": "Invalid Form Body", "code": 50035, "errors": bad.tree}
        return 404, {"message": "404: Not Found", "code": 0}

    # What goes wrong.

    def _fault(self, seen: Seen) -> Fault | None:
        for fault in self.faults:
            if fault.method == seen.method and fault.path.search(seen.path) and fault.times:
                fault.times -= 1
                return fault
        return None

    async def _fail(self, fault: Fault, request: web.Request) -> web.StreamResponse:
        wait = {"message": "You are being rate limited.", "retry_after": fault.seconds}
        match fault.how:
            case "hang":
                await asyncio.Event().wait()
            case "drop":
                return await self._cut(request)
            case "global":
                headers = {"Via": "1.1 google", "X-RateLimit-Global": "true"}
                headers["Retry-After"] = str(fault.seconds)
                return _json(429, wait | {"global": True}, headers)
            case "cloudflare":
                said = "<html>error code: 1015</html>"
                headers = {"Retry-After": str(fault.seconds)}
                return web.Response(status=429, text=said, content_type="text/html", headers=headers)
            case 429:
                headers = {"Via": "1.1 google", "X-RateLimit-Scope": "user"}
                return _json(429, wait | {"global": False}, headers)
        status = int(fault.how)
        if status in (403, 404):
            return _json(status, {"message": "Missing Access", "code": 50001}, {})
        return web.Response(status=status, text="upstream connect error", content_type="text/plain")

    async def _cut(self, request: web.Request) -> web.StreamResponse:
        """End the connection without a word."""
        if request.transport:
            request.transport.abort()
        return web.Response(status=500)

    # Rate limits.

    def _key(self, seen: Seen) -> str:
        """Return what shares a bucket: the route and its major parameter."""
        major = re.match(r"/(channels/\d+|webhooks/\d+/[\w-]+|guilds/\d+)?", seen.path)
        return f"{seen.method} {re.sub(r'[0-9]{5,}', '#', seen.path)} {major[0] if major else ''}"

    def _limited(self, seen: Seen) -> web.Response | None:
        now = time.monotonic()
        free = seen.path.startswith(("/interactions/", "/webhooks/"))
        for key, (most, seconds), everywhere in (
            (self._key(seen), self.bucket, False),
            ("everything", (self.everything, 1.0), True),
        ):
            if free and (everywhere or seen.path.startswith("/interactions/")):
                continue
            bucket = self._buckets.setdefault(key, _Bucket())
            if now >= bucket.reset:
                bucket.reset, bucket.used = now + seconds, 0
            if bucket.used >= most:
                wait = round(bucket.reset - now, 3)
                said = {
                    "message": "You are being rate limited.",
                    "retry_after": wait,
                    "global": everywhere,
                }
                headers = {"Via": "1.1 google", "Retry-After": str(wait)}
                return _json(429, said, headers | (self._headers(seen) if not everywhere else {}))
            bucket.used += 1
        return None

    def _headers(self, seen: Seen) -> dict[str, str]:
        key = self._key(seen)
        if seen.path.startswith("/interactions/") or key not in self._buckets:
            return {}
        most, _ = self.bucket
        bucket = self._buckets[key]
        after = max(0.0, bucket.reset - time.monotonic())
        return {
            "X-RateLimit-Limit": str(most),
            "X-RateLimit-Remaining": str(max(0, most - bucket.used)),
            "X-RateLimit-Reset": f"{time.time() + after:.3f}",
            "X-RateLimit-Reset-After": f"{after:.3f}",
            "X-RateLimit-Bucket": f"{abs(hash(key.rsplit(' ', 1)[0])):x}",
            "Via": "1.1 google",
        }

    # The routes.

    def _guilds(self) -> list[dict[str, Json]]:
        bot = self.world.bot.id
        joined = [guild for guild in self.world.guilds.values() if bot in guild.members]
        return [
            {
                "id": str(guild.id),
                "name": guild.name,
                "owner": False,
                "permissions": str(
                    reduce(or_, (guild.roles[role] for role in (guild.id, *guild.members[bot])), 0)
                ),
            }
            for guild in joined
        ]

    def _application(self) -> dict[str, Json]:
        return {
            "id": str(self.world.application),
            "name": "paperwire",
            "icon": None,
            "description": "",
            "bot_public": True,
            "bot_require_code_grant": False,
            "verify_key": "0",
            "flags": 0,
            "owner": self.world.bot.json(),
            "team": None,
            "rpc_origins": [],
            "summary": "",
        }

    def _gateway(self) -> dict[str, Json]:
        limit = {"total": 1000, "remaining": 999, "reset_after": 86400000, "max_concurrency": 1}
        return {"url": self.gateway_url, "shards": self.shards, "session_start_limit": limit}

    def _listed(self) -> list[dict[str, Json]]:
        """Return the commands; without being asked for them, without localisations."""
        if self._query.get("with_localizations") == "true":
            return self.commands
        hidden = ("name_localizations", "description_localizations")
        return [{k: v for k, v in c.items() if k not in hidden} for c in self.commands]

    def _stored(self, command: dict[str, Json]) -> dict[str, Json]:
        """Fill in what Discord adds, and leave out what it leaves out."""
        own = {
            "id": str(self.world.snowflake()),
            "application_id": str(self.world.application),
            "version": str(self.world.snowflake()),
            "default_member_permissions": None,
            "type": 1,
            "nsfw": False,
            "dm_permission": True,
            "contexts": None,
            "integration_types": [0],
            "name_localizations": None,
            "description_localizations": None,
        }
        options = [
            {k: v for k, v in option.items() if v not in (False, [], {})}
            for option in command.get("options", [])
        ]
        return own | command | ({"options": options} if options else {})

    def _overwrite(self, body: Json, app: str) -> Answer:
        rules.commands(body)
        self.commands = [self._stored(command) for command in body]
        return 200, self.commands

    def _create(self, body: Json, app: str) -> Answer:
        others = [c for c in self.commands if c["name"] != body.get("name")]
        rules.commands([*others, body])
        self.commands = [*others, self._stored(body)]
        return 201, self.commands[-1]

    def _change(self, body: Json, app: str, which: str) -> Answer:
        for i, command in enumerate(self.commands):
            if command["id"] == which:
                rules.commands([*self.commands[:i], *self.commands[i + 1 :], command | body])
                self.commands[i] = command | body
                return 200, self.commands[i]
        raise Refused(404, 10063, "Unknown application command")

    def _remove(self, body: Json, app: str, which: str) -> Answer:
        self.commands = [c for c in self.commands if c["id"] != which]
        return 204, None

    def _callback(self, body: Json, interaction: str, token: str) -> Answer:
        self.interactions.callback(int(interaction), token, body)
        return 204, None

    def _read(self, body: Json, app: str, token: str, which: str) -> Answer:
        return 200, self.interactions.find(token, which).json()

    def _edit(self, body: Json, app: str, token: str, which: str) -> Answer:
        return 200, self.interactions.edit(token, which, body).json()

    def _delete(self, body: Json, app: str, token: str, which: str) -> Answer:
        self.interactions.find(token, which).deleted = True
        return 204, None

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
        made.mentioned = self._mentioned(found, body, kept["content"])
        found.archived = False
        self.world.sent.append(made)
        self._nonces[place] = made
        return 200, made.json()

    def _mentioned(self, channel: Channel, body: Json, content: str) -> list[int]:
        """Return the roles that hear of a message: named in its words, permitted by it, and open to the bot."""
        guild, allowed = channel.guild, body.get("allowed_mentions") or {}
        named = {int(role) for role in re.findall(r"<@&(\d+)>", content)}
        every = "allowed_mentions" not in body or "roles" in allowed.get("parse", ())
        wanted = named if every else named & {int(role) for role in allowed.get("roles", ())}
        if not guild:
            return []
        may = self.world.permissions(self.world.bot.id, channel) & MENTION_EVERYONE
        return sorted(role for role in wanted & set(guild.roles) if may or role in guild.mentionable)

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
        message.mentioned = self._mentioned(found, inner, kept["content"])
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
        return 200, {"threads": mine[: int(self._query.get("limit", "50"))], "members": [], "has_more": False}

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
        limit, after = int(self._query.get("limit", "50")), self._query.get("after")
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


async def _body(request: web.Request) -> Json:
    """Return what a request holds: JSON, or a form of `payload_json` and `files[n]`, with the files in `files`."""
    if request.content_type != "multipart/form-data":
        raw = await request.text()
        return json.loads(raw) if raw else None
    form = await request.post()
    payload = form["payload_json"]  # a part that says it is JSON comes as bytes
    assert not isinstance(payload, web.FileField)
    body = json.loads(payload)
    files = [
        rules.Uploaded(int(found[1]), value.filename, value.file.read())
        for name, value in form.items()
        if isinstance(value, web.FileField) and (found := re.fullmatch(r"files\[(\d+)\]", name))
    ]
    # An interaction's callback has its message one step further in.
    (body["data"] if "data" in body and "type" in body else body)["files"] = files
    return body


def _json(status: int, answer: Json, headers: dict[str, str]) -> web.Response:
    """Return JSON under the bare media type: a charset behind it makes discord.py read text."""
    body = json.dumps(answer).encode()
    return web.Response(status=status, body=body, headers={"Content-Type": "application/json"} | headers)
