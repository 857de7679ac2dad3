"""An interaction as it came in: what a person asked, and what is needed to answer, now or after a crash."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field

import discord

from bot.chat.request import Actor, Address, Call, Request
from bot.errors import UnknownLanguage
from bot.language import Language
from bot.platforms.discord.buttons import command_line

NAME = "discord"
LIFETIME = 15 * 60.0  # seconds for which an interaction's token answers
_MAY_MANAGE = discord.Permissions(manage_guild=True, manage_channels=True, administrator=True)


@dataclass(frozen=True, slots=True)
class Asked:
    """One slash command or press of a button. `chat` is the parent where it came from a thread."""

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

    @classmethod
    def read(cls, interaction: discord.Interaction) -> Asked:
        """Take from a command or a component what matters."""
        call = _call(interaction)
        channel = interaction.channel
        in_thread = isinstance(channel, discord.Thread)
        here = str(channel.id) if channel else ""
        return cls(
            id=interaction.id,
            token=interaction.token,
            application=interaction.application_id,
            command=call.name,
            arguments=call.arguments,
            chat=str(channel.parent_id) if isinstance(channel, discord.Thread) else here,
            thread=here if in_thread else None,
            user=str(interaction.user.id),
            user_name=interaction.user.display_name,
            manages=interaction.guild_id is None or bool(interaction.permissions.value & _MAY_MANAGE.value),
            private=interaction.guild_id is None and not isinstance(channel, discord.GroupChannel),
            locale=str(getattr(interaction.locale, "value", interaction.locale)),
            guild=str(interaction.guild_id) if interaction.guild_id else None,
        )

    @property
    def request(self) -> Request:
        return Request(
            Call(self.command, self.arguments),
            self.address,
            Actor(self.user, self.user_name, self.manages),
            self.private,
            hint=_language(self.locale),
            community=f"{NAME}:guild:{self.guild}" if self.guild else None,
        )

    @property
    def address(self) -> Address:
        return Address(NAME, self.chat, self.thread)

    @property
    def born(self) -> float:
        """When Discord made it, in seconds since 1970: its id tells."""
        return discord.utils.snowflake_time(self.id).timestamp()

    @property
    def line(self) -> str:
        """The command as one would type it."""
        typed = self.arguments if isinstance(self.arguments, str) else " ".join(self.arguments.values())
        return f"/{self.command} {typed}".strip()

    def to_json(self) -> str:
        """Return what `from_json` reads."""
        return json.dumps(asdict(self), ensure_ascii=False)

    @classmethod
    def from_json(cls, payload: str) -> Asked:
        """Read what `to_json` wrote. Raises `ValueError` or `TypeError` for anything else."""
        return cls(**json.loads(payload))


def _call(interaction: discord.Interaction) -> Call:
    """Return what was called: by its options, or by the command line that a button carries."""
    data: Mapping[str, object] = interaction.data or {}
    if "custom_id" in data:
        return Call.parse(command_line(str(data["custom_id"])))
    arguments = {str(o["name"]): str(o.get("value", "")) for o in _options(interaction)}
    return Call(str(data.get("name", "")), arguments)


def focused(interaction: discord.Interaction) -> tuple[str, str]:
    """Return the name of the option that is being typed, and what is there so far."""
    for option in _options(interaction):
        if option.get("focused"):
            return str(option["name"]), str(option.get("value", ""))
    return "", ""


def _options(interaction: discord.Interaction) -> list[dict[str, object]]:
    data: Mapping[str, object] = interaction.data or {}
    found = data.get("options") or ()
    return [option for option in found if isinstance(option, dict)] if isinstance(found, list) else []


def _language(locale: str) -> Language | None:
    try:
        return Language.parse(locale)
    except UnknownLanguage:
        return None
