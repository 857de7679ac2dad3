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

from aiohttp import web

from tests.fakes import discord_rules as rules
from tests.fakes.discord_channels import Answer, Channels, Json, Limited, Route
from tests.fakes.discord_interactions import Interactions, Refused
from tests.fakes.discord_world import World

PREFIX = "/api/v10"


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
        self._channels = Channels(world)
        self.changed: Callable[[], None] = lambda: None
        webhook = r"/webhooks/(\d+)/([\w-]+)"
        commands = r"/applications/(\d+)/commands"
        self._routes: list[tuple[str, str, Route]] = [
            ("GET", r"/users/@me", lambda body: (200, self.world.bot.json())),
            ("GET", r"/users/@me/guilds", lambda body: (200, self._guilds())),
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
            *self._channels.routes,
        ]

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """Answer any request, and note it."""
        path = request.path.removeprefix(PREFIX)
        seen = Seen(request.method, path, await _body(request), dict(request.headers))
        seen.at = time.monotonic()
        seen.query = dict(request.query)
        self._query = self._channels.query = seen.query
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
