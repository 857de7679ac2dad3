"""An interaction as it came in: what a person asked, and what is needed to answer, now or after a crash.

https://docs.discord.com/developers/interactions/receiving-and-responding#interaction-object
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

import discord

from bot.chat.request import Actor, Address, Call, Request
from bot.errors import UnknownLanguage
from bot.language import Language
from bot.platforms.discord.buttons import Pressed

NAME = "discord"
LIFETIME = 15 * 60.0  # seconds for which an interaction's token answers
MAY_MANAGE = discord.Permissions(manage_guild=True, manage_channels=True, administrator=True).value

# https://docs.discord.com/developers/resources/channel#channel-object-channel-types
_GROUP, THREADS = 3, frozenset({10, 11, 12})
_PRIVATE_CHANNEL = 2  # a context: among people, with the bot not one of them
PING, AUTOCOMPLETE, SUBMITTED = 1, 4, 5  # types of interaction
_MESSAGE_COMMAND = 3  # a type of command
_EPHEMERAL = 64

Payload = Mapping[str, Any]
Parent = Callable[[int], str | None]  # of a thread, by its id


def _nowhere(_: int) -> None:
    """Know no threads."""


@dataclass(frozen=True, slots=True)
class Asked:
    """One command, press of a button, choice of a menu or filled in form.

    `chat` is the parent where it came from a thread. `message` is the id of what the button stands under,
    `ephemeral` if nobody else sees that; for `here` and `asks` see `Button`. `pointed` is all that can be read in the
    message that a command of the message menu was given on.
    """

    id: int
    token: str = field(repr=False)  # answers in our name for a quarter of an hour: not for logs
    application: int
    command: str
    arguments: str | Mapping[str, str]
    chat: str
    thread: str | None
    user: str
    user_name: str
    manages: bool
    private: bool
    locale: str
    guild: str | None = None
    received: float = 0.0  # by the wall clock, for a run that comes later
    here: bool = False
    asks: bool = False
    message: str = ""
    ephemeral: bool = False
    pointed: str | None = None

    @classmethod
    def read(cls, payload: Payload, *, received: float, parent: Parent = _nowhere) -> Asked:
        """Take from an interaction as the gateway tells it what matters, and rely on nothing else being there.

        Raises `KeyError`, `TypeError` or `ValueError` where it lacks what it always has. `parent` serves
        where the channel is told by its id alone.
        """
        data, source = _part(payload, "data"), _part(payload, "message")
        pressed = _pressed(payload)
        call = Call.parse(_line(payload, pressed)) if pressed else _call(data)
        channel = _part(payload, "channel")
        here = str(channel.get("id") or payload["channel_id"])
        above = None
        if channel.get("type") in (None, *THREADS):
            above = str(channel.get("parent_id") or parent(int(here)) or "")
        guild = payload.get("guild_id") or _part(payload, "guild").get("id")
        member = _part(payload, "member")
        user = _part(member, "user") or payload["user"]
        name = member.get("nick") or user.get("global_name") or user.get("username")
        alone = channel.get("type") != _GROUP and payload.get("context") != _PRIVATE_CHANNEL
        return cls(
            id=int(payload["id"]),
            token=str(payload["token"]),
            application=int(payload["application_id"]),
            command=call.name,
            arguments=call.arguments,
            chat=above or here,
            thread=here if above else None,
            user=str(user["id"]),
            user_name=str(name or ""),
            manages=not guild or bool(int(member.get("permissions") or 0) & MAY_MANAGE),
            private=not guild and alone,
            locale=str(payload.get("locale") or ""),
            guild=str(guild) if guild else None,
            received=received,
            here=bool(pressed and pressed.here),
            asks=bool(pressed and pressed.asks) and payload["type"] != SUBMITTED,
            message=str(source.get("id") or ""),
            ephemeral=bool(int(source.get("flags") or 0) & _EPHEMERAL),
            pointed=_pointed(data) if data.get("type") == _MESSAGE_COMMAND else None,
        )

    @property
    def request(self) -> Request:
        return Request(
            Call(self.command, self.arguments),
            self.address,
            Actor(self.user, self.user_name, self.manages),
            self.private,
            hint=_language(self.locale),
            community=community(self.guild),
            aside=True,
        )

    @property
    def address(self) -> Address:
        return Address(NAME, self.chat, self.thread)

    @property
    def place(self) -> Address:
        """The channel or thread itself, whatever it belongs to."""
        return Address(NAME, self.thread or self.chat)

    @property
    def line(self) -> str:
        """The command as one would type it."""
        typed = self.arguments if isinstance(self.arguments, str) else " ".join(self.arguments.values())
        return f"/{self.command} {typed}".strip()

    def to_json(self) -> str:
        """Return what `from_json` reads."""
        return json.dumps({name: getattr(self, name) for name in self.__slots__}, ensure_ascii=False)

    @classmethod
    def from_json(cls, payload: str) -> Asked:
        """Read what `to_json` wrote, by an older version too. Raises `ValueError` or `TypeError` for anything else."""
        return cls(**json.loads(payload))


def community(guild: str | None) -> str | None:
    """Return the key of a server, under which all its channels are served."""
    return f"{NAME}:guild:{guild}" if guild else None


def _part(payload: Payload, name: str) -> Payload:
    """Return an object within another; an empty one where it is absent or null."""
    found = payload.get(name)
    return found if isinstance(found, dict) else {}


def _call(data: Payload) -> Call:
    """Return what was called, by its options."""
    arguments = {str(o["name"]): str(o.get("value", "")) for o in _options(data)}
    return Call(str(data["name"]), arguments)


def _pressed(payload: Payload) -> Pressed | None:
    """Return what the button, or the option chosen in a menu, carries; None for a command."""
    data = _part(payload, "data")
    if "custom_id" not in data:
        return None
    chosen = data.get("values")
    return Pressed.read(str(chosen[0] if isinstance(chosen, list) and chosen else data["custom_id"]))


def _line(payload: Payload, pressed: Pressed) -> str:
    """Return the command line, with what was filled in behind it."""
    if payload["type"] != SUBMITTED:
        return pressed.line
    return " ".join((pressed.line, *_filled(_part(payload, "data").get("components"))))


def _filled(components: object) -> Iterator[str]:
    """Yield what was typed into a form, whether its fields stand in labels or in rows."""
    for each in components if isinstance(components, list) else ():
        if not isinstance(each, dict):
            continue
        if isinstance(each.get("value"), str):
            yield each["value"]
        yield from _filled([each.get("component"), *(each.get("components") or ())])


def _pointed(data: Payload) -> str:
    """Return all that can be read in the message that was pointed at: words, embeds, names of files, where buttons lead."""
    messages = _part(_part(data, "resolved"), "messages")
    return readable(_part(messages, str(data.get("target_id"))))


def readable(message: Payload) -> str:
    """Return all that can be read in a message and in what it forwards, a line for each part."""
    snapshots = [each for each in message.get("message_snapshots") or () if isinstance(each, dict)]
    return "\n".join(
        line for each in (message, *(_part(s, "message") for s in snapshots)) for line in _readable(each)
    )


def _readable(thing: object) -> Iterator[str]:
    match thing:
        case list():
            for each in thing:
                yield from _readable(each)
        case dict():
            for name in ("content", "title", "url", "description", "name", "value", "text"):
                if isinstance(thing.get(name), str):
                    yield thing[name]
            # Discord has `_` for blanks and brackets there.
            if isinstance(file := thing.get("filename"), str):
                yield file.rpartition(".")[0].replace("_", " ")
            for name in ("embeds", "fields", "author", "footer", "components", "accessory", "attachments"):
                yield from _readable(thing.get(name))
        case _:
            return


def focused(payload: Payload) -> tuple[str, str]:
    """Return the name of the option that is being typed, and what is there so far."""
    for option in _options(_part(payload, "data")):
        if option.get("focused"):
            return str(option["name"]), str(option.get("value", ""))
    return "", ""


def _options(data: Payload) -> list[Payload]:
    found = data.get("options") or ()
    return [option for option in found if isinstance(option, dict)] if isinstance(found, list) else []


@lru_cache(maxsize=256)
def _language(locale: str) -> Language | None:
    try:
        return Language.parse(locale)
    except UnknownLanguage:
        return None
