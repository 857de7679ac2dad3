"""Discord's gateway, version 10, in JSON: sessions that end, resume and replay.

https://docs.discord.com/developers/events/gateway
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from aiohttp import WSMsgType, web

from tests.fakes.discord_world import DM, THREADS, Guild, World

DISPATCH, HEARTBEAT, IDENTIFY, RESUME, RECONNECT, INVALID, HELLO, ACK = 0, 1, 2, 6, 7, 9, 10, 11
_PRIVILEGED = 1 << 1 | 1 << 8 | 1 << 15  # members, presences, message content
_KNOWN = (1 << 26) - 1

Json = Any


@dataclass
class Session:
    """What a client gets back to with RESUME: every event that it was sent, and those it missed."""

    id: str
    shard: tuple[int, int]
    intents: int
    events: list[dict[str, Json]] = field(default_factory=list)
    socket: web.WebSocketResponse | None = None

    async def dispatch(self, event: str, data: Json) -> None:
        """Send an event now, or keep it until the client is back."""
        payload = {"op": DISPATCH, "t": event, "s": len(self.events) + 1, "d": data}
        self.events.append(payload)
        await self.send(payload)

    async def send(self, payload: dict[str, Json]) -> None:
        if self.socket is not None and not self.socket.closed:
            await self.socket.send_str(json.dumps(payload))


class Gateway:
    """All sessions. `refuse` is the code with which the next identification is closed."""

    def __init__(self, world: World, token: str) -> None:
        self.world = world
        self.token = token
        self.url = ""
        self.sessions: dict[str, Session] = {}
        self.received: list[dict[str, Json]] = []
        self.interval = 41250  # milliseconds between heartbeats
        self.refuse = 0
        self.changed: Callable[[], None] = lambda: None

    @property
    def connected(self) -> list[Session]:
        return [s for s in self.sessions.values() if s.socket is not None and not s.socket.closed]

    def count(self, op: int) -> int:
        """Return how often the clients sent this operation."""
        return sum(payload.get("op") == op for payload in self.received)

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """Serve one connection until either side ends it."""
        socket = web.WebSocketResponse(max_msg_size=4096)
        await socket.prepare(request)
        await socket.send_str(json.dumps({"op": HELLO, "t": None, "s": None, "d": self._hello()}))
        session: Session | None = None
        try:
            async for said in socket:
                if said.type is not WSMsgType.TEXT:
                    break
                session = await self._take(socket, json.loads(said.data)) or session
                self.changed()
        finally:
            if session and session.socket is socket:
                session.socket = None
            self.changed()
        return socket

    async def _take(self, socket: web.WebSocketResponse, payload: dict[str, Json]) -> Session | None:
        """Do what the client says; return the session if it began or resumed one."""
        self.received.append(payload)
        match payload["op"]:
            case 1:
                await socket.send_str(json.dumps({"op": ACK, "t": None, "s": None, "d": None}))
            case 2:
                return await self._identify(socket, payload["d"])
            case 6:
                return await self._resume(socket, payload["d"])
            case 3 | 4 | 8:
                pass
            case _:
                await socket.close(code=4001, message=b"Unknown opcode.")
        return None

    def _hello(self) -> dict[str, Json]:
        return {"heartbeat_interval": self.interval}

    async def _identify(self, socket: web.WebSocketResponse, data: dict[str, Json]) -> Session | None:
        code = self.refuse
        shard = tuple(data.get("shard", (0, 1)))
        if not code and data.get("token") != self.token:
            code = 4004
        if not code and (len(shard) != 2 or not 0 <= shard[0] < shard[1]):
            code = 4010
        if not code and (data.get("intents", -1) < 0 or data["intents"] & ~_KNOWN):
            code = 4013
        if not code and data["intents"] & _PRIVILEGED:
            code = 4014
        if code:
            self.refuse = 0
            await socket.close(code=code, message=b"Refused.")
            return None
        session = Session(secrets.token_hex(16), (shard[0], shard[1]), data["intents"], socket=socket)
        self.sessions[session.id] = session
        guilds = [g for g in self.world.guilds.values() if (g.id >> 22) % shard[1] == shard[0]]
        ready = {
            "v": 10,
            "user": self.world.bot.json(),
            "guilds": [{"id": str(g.id), "unavailable": True} for g in guilds],
            "session_id": session.id,
            "resume_gateway_url": self.url,
            "shard": list(shard),
            "application": {"id": str(self.world.application), "flags": 0},
        }
        await session.dispatch("READY", ready)
        for guild in guilds:
            await session.dispatch("GUILD_CREATE", self.guild(guild))
        return session

    async def _resume(self, socket: web.WebSocketResponse, data: dict[str, Json]) -> Session | None:
        session = self.sessions.get(data.get("session_id") or "")
        if data.get("token") != self.token:
            await socket.close(code=4004, message=b"Authentication failed.")
            return None
        if session is None:
            await socket.send_str(json.dumps({"op": INVALID, "t": None, "s": None, "d": False}))
            return None
        session.socket = socket
        for payload in session.events[data.get("seq") or 0 :]:
            await session.send(payload)
        await session.dispatch("RESUMED", {})
        return session

    def guild(self, guild: Guild) -> dict[str, Json]:
        """Return a guild as GUILD_CREATE tells it."""
        channels = [c for c in self.world.channels.values() if c.guild is guild]
        roles = [
            {
                "id": str(role),
                "name": "@everyone" if role == guild.id else f"role {role}",
                "permissions": str(permissions),
                "position": 0,
                "color": 0,
                "colors": {"primary_color": 0, "secondary_color": None, "tertiary_color": None},
                "hoist": False,
                "managed": False,
                "mentionable": role in guild.mentionable,
                "flags": 0,
            }
            for role, permissions in guild.roles.items()
        ]
        return {
            "id": str(guild.id),
            "name": guild.name,
            "owner_id": str(guild.owner),
            "unavailable": False,
            "member_count": len(guild.members),
            "roles": roles,
            "channels": [c.json() for c in channels if c.type not in (DM, *THREADS)],
            "threads": [c.json() for c in channels if c.type in THREADS],
            "members": [],
            "voice_states": [],
            "presences": [],
            "stage_instances": [],
            "guild_scheduled_events": [],
            "emojis": [],
            "stickers": [],
            "features": [],
            "premium_tier": 0,
            "preferred_locale": "en-US",
        }

    async def dispatch(self, event: str, data: Json, guild: int | None, intent: int = 0) -> None:
        """Send an event to the session of the shard that has the guild, the newest if there are several.

        A session that has not asked for the `intent` hears nothing of it.
        """
        for session in reversed(list(self.sessions.values())):
            if ((guild or 0) >> 22) % session.shard[1] == session.shard[0]:
                if session.intents & intent == intent:
                    await session.dispatch(event, data)
                return

    async def say(self, payload: dict[str, Json]) -> None:
        """Send an operation to every connection."""
        for session in self.connected:
            await session.send({"t": None, "s": None, **payload})

    async def close(self, code: int = 4000, *, forget: bool = False) -> None:
        """Close every connection; `forget` the sessions, so that they cannot be resumed."""
        sockets = [session.socket for session in self.connected]
        if forget:
            self.sessions.clear()
        for socket in sockets:
            if socket is not None:
                await socket.close(code=code, message=b"")

    def abort(self) -> None:
        """Cut every connection, as a cable would be cut."""
        for session in self.connected:
            if session.socket is not None and session.socket._req is not None:
                transport = session.socket._req.transport
                if transport is not None:
                    transport.abort()
