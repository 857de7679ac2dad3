"""Discord on the wire: REST, gateway, interactions and permissions, by its documentation.

with DiscordFake() as discord:
    channel, ada = discord.lab()
    asked = discord.slash(channel, ada, "summarize", paper="2406.15319", locale="zh-CN")
    reply = await asked.reply()
"""

from __future__ import annotations

import asyncio
import re
import threading
from collections.abc import Callable, Coroutine, Iterable
from typing import Any, Self

from aiohttp import web

from tests.fakes.discord_gateway import INVALID, RECONNECT, Gateway
from tests.fakes.discord_interactions import (
    AUTOCOMPLETE,
    COMMAND,
    COMPONENT,
    SUBMITTED,
    Interaction,
    Interactions,
)
from tests.fakes.discord_rest import PREFIX, Fault, Rest, Seen
from tests.fakes.discord_world import DM, PUBLIC_THREAD, Channel, Message, User, World
from tests.fakes.server import FakeServer

TOKEN = "MTA1.fake.discord-token"
_PATIENCE = 20.0  # seconds that a test waits at most for what it expects


class DiscordFake(FakeServer):
    """A Discord with one application on it, and a test's hands on everything."""

    def __init__(self) -> None:
        super().__init__()
        self.world = World()
        self.interactions = Interactions(self.world)
        self.rest = Rest(self.world, self.interactions, TOKEN)
        self.gateway = Gateway(self.world, TOKEN)
        # What a test changes in interactions on their way, as Discord's next version may.
        self.rewrite: Callable[[dict[str, Any]], None] = lambda payload: None
        self._changed = threading.Condition()
        self.rest.changed = self.gateway.changed = self._notify

    def routes(self) -> Iterable[web.AbstractRouteDef]:
        """Return the API and the gateway."""
        return (
            web.get("/gateway-socket", self.gateway.handle),
            web.route("*", PREFIX + "/{tail:.*}", self.rest.handle),
        )

    def start(self, port: int = 0) -> Self:
        """Listen, and say where the gateway is."""
        super().start(port)
        self.gateway.url = self.rest.gateway_url = f"ws://127.0.0.1:{self.port}/gateway-socket"
        return self

    def settings(self) -> dict[str, str]:
        """Return what a bot's environment needs to find this Discord."""
        return {"DISCORD_BOT_TOKEN": TOKEN, "DISCORD_API_URL": self.url + PREFIX}

    # Waiting.

    def _notify(self) -> None:
        with self._changed:
            self._changed.notify_all()

    def wait(self, condition: Callable[[], object], seconds: float = _PATIENCE) -> None:
        """Wait until something that clients do makes `condition` true."""
        with self._changed:
            if not self._changed.wait_for(condition, seconds):
                raise AssertionError(f"not within {seconds} s; seen: {self.paths()[-12:]}")

    async def until(self, condition: Callable[[], object], seconds: float = _PATIENCE) -> None:
        """Wait as `wait` does, while the test's own loop runs on."""
        await asyncio.to_thread(self.wait, condition, seconds)

    async def ready(self) -> None:
        """Wait until the bot is connected and its commands are there."""
        await self.until(lambda: self.gateway.connected and self.rest.commands)

    def paths(self) -> list[str]:
        """Return all requests as `METHOD path status`, tokens shortened."""
        return [
            f"{r.method} {re.sub(r'[-_0-9A-Za-z]{60,}', '…', r.path)} {r.status}" for r in self.rest.requests
        ]

    def requests(self, method: str, path: str) -> list[Seen]:
        """Return the requests whose path matches."""
        return [r for r in self.rest.requests if r.method == method and re.search(path, r.path)]

    # Places and people.

    def lab(self) -> tuple[Channel, User]:
        """Make a guild with a channel and a member without special rights."""
        guild, ada = self.world.guild(), self.world.user("ada")
        self.world.join(guild, ada)
        return self.world.channel(guild), ada

    def messages(self, channel: Channel) -> list[Message]:
        """Return what everybody in the channel sees."""
        sent = [m for m in self.world.sent if m.channel is channel]
        return [m for m in sent if not (m.deleted or m.ephemeral or m.loading)]

    # What people do.

    def slash(
        self,
        channel: Channel,
        user: User,
        name: str,
        *,
        locale: str = "en-US",
        known: bool = True,
        **options: object,
    ) -> Interaction:
        """Give a command, as Discord's client lets one: with the options that are registered."""
        command = self._command(name, known)
        made = [self._option(command, key, value) for key, value in options.items()]
        data = {"id": command.get("id", "1"), "name": name, "type": 1, "options": made}
        if known:
            required = {o["name"] for o in command.get("options", []) if o.get("required")}
            assert required <= set(options), f"Discord asks for {required - set(options)}"
        return self._send(COMMAND, channel, user, data, locale=locale)

    def autocomplete(
        self, channel: Channel, user: User, name: str, *, locale: str = "en-US", **typed: str
    ) -> Interaction:
        """Type into a command's last option."""
        command = self._command(name, True)
        made = [self._option(command, key, value) for key, value in typed.items()]
        assert any(o["name"] == [*typed][-1] and o.get("autocomplete") for o in command["options"])
        made[-1]["focused"] = True
        data = {"id": command["id"], "name": name, "type": 1, "options": made}
        return self._send(AUTOCOMPLETE, channel, user, data, locale=locale)

    def press(
        self, message: Message, custom_id: str, user: User, *, locale: str = "en-US", there: bool = True
    ) -> Interaction:
        """Press a button; `there` says that the message has it."""
        assert not there or custom_id in message.custom_ids, message.custom_ids
        data = {"custom_id": custom_id, "component_type": 2, "id": 1}
        return self._send(COMPONENT, message.channel, user, data, locale=locale, source=message)

    def choose(self, message: Message, value: str, user: User, *, locale: str = "en-US") -> Interaction:
        """Choose an option of the message's menus."""
        menus = [menu for row in message.components for menu in row["components"] if menu["type"] == 3]
        menu = next(m for m in menus if value in [option["value"] for option in m["options"]])
        data = {"custom_id": menu["custom_id"], "component_type": 3, "id": 1, "values": [value]}
        return self._send(COMPONENT, message.channel, user, data, locale=locale, source=message)

    async def fill_in(self, pressed: Interaction, text: str, *, locale: str = "en-US") -> Interaction:
        """Wait for the form that a button shows, type into its only field, and submit it."""
        await self.until(lambda: pressed.form is not None)
        assert pressed.form is not None
        (label,) = pressed.form["components"]
        field = label["component"]
        assert field.get("min_length", 0) <= len(text) <= field.get("max_length", 4000)
        typed = {"type": 4, "id": 2, "custom_id": field["custom_id"], "value": text}
        data = {
            "custom_id": pressed.form["custom_id"],
            "components": [{"type": 18, "id": 1, "component": typed}],
        }
        return self._send(
            SUBMITTED, pressed.channel, pressed.user, data, locale=locale, source=pressed.source
        )

    def point(self, message: Message, user: User, name: str, *, locale: str = "en-US") -> Interaction:
        """Give a command of the message menu on a message."""
        command = next(c for c in self.rest.commands if c["name"] == name and c["type"] == 3)
        data = {
            "id": command["id"],
            "name": name,
            "type": 3,
            "target_id": str(message.id),
            "resolved": {"messages": {str(message.id): message.json()}},
        }
        return self._send(COMMAND, message.channel, user, data, locale=locale)

    def say(
        self,
        channel: Channel,
        user: User,
        text: str,
        *,
        to: Message | None = None,
        ping: bool = True,
        **extra: object,
    ) -> Message:
        """Let somebody write, in reply `to` a message if there is one, which mentions its author unless told not to."""
        made = Message(self.world.snowflake(), channel, user, text, replied=to.id if to else None)
        self.world.sent.append(made)
        guild = channel.guild
        payload = made.json() | {"edited_timestamp": None, **extra}
        mentioned = f"<@{self.world.bot.id}>" in text or (
            to is not None and ping and to.author is self.world.bot
        )
        if mentioned:
            payload["mentions"] = [self.world.bot.json()]
        if to:
            payload["message_reference"] = {
                "type": 0,
                "message_id": str(to.id),
                "channel_id": str(channel.id),
            }
            payload["referenced_message"] = None if to.deleted else to.json()
        if guild:
            roles = [str(role) for role in guild.members.get(user.id, [])]
            payload |= {"guild_id": str(guild.id), "member": {"roles": roles, "nick": None}}
            if not mentioned:  # the words of all others are for those who may read them
                payload |= {"content": "", "embeds": [], "attachments": [], "components": []}
        intent = 1 << 9 if guild else 1 << 12
        self.call(self.gateway.dispatch("MESSAGE_CREATE", payload, guild.id if guild else None, intent))
        return made

    def again(self, asked: Interaction) -> None:
        """Deliver an interaction a second time."""
        payload = next(
            e for s in self.gateway.sessions.values() for e in s.events if e["d"].get("id") == str(asked.id)
        )
        guild = asked.channel.guild
        self.call(self.gateway.dispatch("INTERACTION_CREATE", payload["d"], guild.id if guild else None))

    def _command(self, name: str, known: bool) -> dict[str, Any]:
        found = next((c for c in self.rest.commands if c["name"] == name and c["type"] == 1), None)
        assert found or not known, f"/{name} is not registered"
        return found or {}

    def _option(self, command: dict[str, Any], name: str, value: object) -> dict[str, Any]:
        found = next((o for o in command.get("options", []) if o["name"] == name), None)
        if not command:
            return {"name": name, "type": 3, "value": value}
        assert found, f"{name} is no option of /{command['name']}"
        assert isinstance(value, int if found["type"] == 4 else str)
        if found.get("choices"):
            assert value in [c["value"] for c in found["choices"]]
        return {"name": name, "type": found["type"], "value": value}

    def _send(
        self,
        kind: int,
        channel: Channel,
        user: User,
        data: dict[str, Any],
        *,
        locale: str,
        source: Message | None = None,
    ) -> Interaction:
        made = self.interactions.new(kind, channel, user, source)
        made.until = self.until
        guild = channel.guild
        payload: dict[str, Any] = {
            "id": str(made.id),
            "application_id": str(self.world.application),
            "type": kind,
            "token": made.token,
            "version": 1,
            "data": data,
            "channel_id": str(channel.id),
            "channel": channel.json() | {"permissions": str(self.world.permissions(user.id, channel))},
            "locale": locale,
            "entitlements": [],
            "authorizing_integration_owners": {"0": str(guild.id if guild else 0)},
            "context": 0 if guild else 1,
            "app_permissions": str(self.world.permissions(self.world.bot.id, channel)),
            "attachment_size_limit": 10485760,
        }
        if guild:
            member = {
                "user": user.json(),
                "roles": [str(r) for r in guild.members.get(user.id, [])],
                "permissions": str(self.world.permissions(user.id, channel)),
                "joined_at": "2026-01-01T00:00:00.000000+00:00",
                "deaf": False,
                "mute": False,
                "flags": 0,
                "nick": None,
                "avatar": None,
                "pending": False,
                "premium_since": None,
                "communication_disabled_until": None,
            }
            place = {"id": str(guild.id), "locale": "en-US", "features": []}
            payload |= {"guild_id": str(guild.id), "guild": place, "guild_locale": "en-US", "member": member}
        else:
            payload["user"] = user.json()
        if source:
            payload["message"] = source.json()
        self.rewrite(payload)
        self.call(self.gateway.dispatch("INTERACTION_CREATE", payload, guild.id if guild else None))
        return made

    # What goes wrong.

    def call(self, work: Coroutine[Any, Any, None]) -> None:
        """Run something in the fake's own loop, and wait for it."""
        asyncio.run_coroutine_threadsafe(work, self.loop).result(10)

    def fail(self, method: str, path: str, how: int | str, *, times: int = 1, seconds: float = 0.05) -> None:
        """Let the next requests whose path matches go wrong; see `Fault` for how."""
        self.rest.faults.append(Fault(method, re.compile(path), how, times, seconds))

    def forward(self, seconds: float) -> None:
        """Let time pass."""
        self.world.skew += seconds

    def drop(self, code: int = 4000) -> None:
        """Close the gateway's connections; the sessions can be resumed."""
        self.call(self.gateway.close(code))

    def cut(self) -> None:
        """Cut the gateway's connections without a word."""
        self.loop.call_soon_threadsafe(self.gateway.abort)

    def ask_to_reconnect(self) -> None:
        """Send operation 7."""
        self.call(self.gateway.say({"op": RECONNECT, "d": None}))

    def invalidate(self) -> None:
        """Send operation 9 and forget the sessions."""

        async def tell() -> None:
            connected = self.gateway.connected
            await self.gateway.say({"op": INVALID, "d": False})
            for session in connected:
                self.gateway.sessions.pop(session.id, None)

        self.call(tell())


__all__ = ["DM", "PUBLIC_THREAD", "TOKEN", "DiscordFake"]
