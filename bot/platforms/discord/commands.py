"""The registry's commands as Discord's application commands, and keeping Discord's copy the same."""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from typing import Any

import discord
from discord.http import HTTPClient, Route

from bot.chat.command import Command, Parameter, Registry
from bot.chat.wording import Translator, catalogue_of, translator
from bot.errors import UnknownLanguage
from bot.language import Language
from bot.platforms.discord.forms import POINTED
from bot.platforms.packing import take

log = logging.getLogger(__name__)

_CHAT_INPUT, _MESSAGE = 1, 3  # types of command
_STRING, _INTEGER = 3, 4  # of option
_GUILD_INSTALL = 0  # not on people's own accounts: there the bot is in no chat that it could serve
_IN_GUILDS, _IN_DMS = 0, 1
_DESCRIPTION, _CHOICES = 100, 25
# \w lacks the vowel signs of Devanagari and Thai, which Discord takes.
_NAME = re.compile(r"[-_'\w\u0900-\u0963\u0e31-\u0e3a\u0e47-\u0e4e]{1,32}")
_LONGEST_NAME = 32
_POINTED = "Summarize this paper"  # what the message menu shows

Schema = dict[str, Any]


def schema(registry: Registry) -> list[Schema]:
    """Return what Discord is to know of the commands, in its own words, the one for messages last."""
    made = [_command(command, registry.completes) for command in registry]
    if any(command.name == POINTED for command in registry):
        spoken = {locale: t("Summarize this paper") for locale, t in _spoken().items()}
        names = {locale: name[:_LONGEST_NAME] for locale, name in spoken.items() if name != _POINTED}
        made.append({"type": _MESSAGE, "name": _POINTED, "name_localizations": names, **_EVERYWHERE})
    return made


_EVERYWHERE: Schema = {"integration_types": [_GUILD_INSTALL], "contexts": [_IN_GUILDS, _IN_DMS]}


def _command(command: Command, completes: Callable[[Parameter], bool]) -> Schema:
    ordered = sorted(command.parameters, key=lambda p: not p.required)  # Discord wants those first
    return {
        "type": _CHAT_INPUT,
        **_named(command.name, command.summary),
        "options": [_option(parameter, completes=completes(parameter)) for parameter in ordered],
        **_EVERYWHERE,
    }


def _option(parameter: Parameter, *, completes: bool) -> Schema:
    made: Schema = {
        "type": _INTEGER if parameter.type is int else _STRING,
        **_named(parameter.name, parameter.arg.description),
        "required": parameter.required,
    }
    if parameter.arg.choices:
        made["choices"] = [{"name": c, "value": c} for c in parameter.arg.choices[:_CHOICES]]
    elif completes:
        made["autocomplete"] = True
    return made


def _named(name: str, description: str) -> Schema:
    """Return the name and the description, in every language that has a catalogue where that has them."""
    spoken = _spoken()
    names = {locale: t(name).lower() for locale, t in spoken.items() if t(name) != name}
    said = {locale: t(description) for locale, t in spoken.items() if t(description) != description}
    return {
        "name": name,
        "name_localizations": {loc: n for loc, n in names.items() if _NAME.fullmatch(n)},
        "description": _short(description or name),
        "description_localizations": {locale: _short(d) for locale, d in said.items()},
    }


@cache
def _spoken() -> Mapping[str, Translator]:
    """Return our sentences by the name that Discord gives to a language; English needs none."""
    found = {}
    for locale in discord.Locale:
        try:
            tag = Language.parse(locale.value).tag
        except UnknownLanguage:
            continue
        if catalogue_of(tag):
            found[locale.value] = translator(tag)
    return found


def _short(description: str) -> str:
    if len(description) <= _DESCRIPTION:
        return description
    return take(description, _DESCRIPTION - 1)[0].rstrip() + "…"


def same(ours: Sequence[Schema], theirs: Sequence[Schema]) -> bool:
    """Whether Discord's commands are ours, whatever else it tells about them."""
    return _by_name(ours) == _by_name(theirs)


def _by_name(commands: Sequence[Schema]) -> dict[tuple[object, object], object]:
    return {(c.get("type", _CHAT_INPUT), c["name"]): _essence(c, _COMMAND_KEYS) for c in commands}


_SAID = frozenset({"name_localizations", "description", "description_localizations"})
_COMMAND_KEYS = _SAID | {"options", "integration_types", "contexts"}
_OPTION_KEYS = _SAID | {"type", "name", "required", "choices", "autocomplete"}
_CHOICE_KEYS = frozenset({"name", "value"})


def _essence(given: Schema, keys: frozenset[str]) -> Schema:
    """Keep `keys` that say something: null, false, empty and absent are the same to Discord."""
    kept = {key: value for key, value in given.items() if key in keys and value}
    if "options" in kept:
        kept["options"] = [_essence(option, _OPTION_KEYS) for option in kept["options"]]
    if "choices" in kept:
        kept["choices"] = [_essence(choice, _CHOICE_KEYS) for choice in kept["choices"]]
    for key in ("contexts", "integration_types"):
        if key in kept:
            kept[key] = sorted(kept[key])
    return kept


async def sync(http: HTTPClient, application_id: int, registry: Registry) -> bool:
    """Make Discord's global commands ours, if they are not; return whether anything was written.

    Discord allows 200 new commands a day, so a restart must not write them again.
    """
    ours = schema(registry)
    path = "/applications/{application_id}/commands"
    reading = Route("GET", path, application_id=application_id)
    theirs = await http.request(reading, params={"with_localizations": "true"})
    if same(ours, theirs):
        return False
    try:
        await http.request(Route("PUT", path, application_id=application_id), json=ours)
    except discord.HTTPException as error:
        # The old ones go on working, and a command is looked up by name anyway.
        log.error("Discord did not take the commands: %s", error)
        return False
    log.info("told Discord of %d commands", len(ours))
    return True
