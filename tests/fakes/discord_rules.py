"""What Discord accepts as a message or a command, as its documentation puts it.

https://docs.discord.com/developers/resources/message
https://docs.discord.com/developers/components/reference
https://docs.discord.com/developers/interactions/application-commands
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlsplit

CONTENT, NONCE = 2000, 25
EMBEDS, ALL_EMBEDS, TITLE, DESCRIPTION, FOOTER, AUTHOR = 10, 6000, 256, 4096, 2048, 256
FIELDS, FIELD_NAME, FIELD_VALUE = 25, 256, 1024
ROWS, BUTTONS, LABEL, CUSTOM_ID, BUTTON_URL = 5, 5, 80, 100, 512
COMMANDS, OPTIONS, CHOICES, WORDS = 100, 25, 25, 100
_COMMAND_NAME = re.compile(r"[-_'\w]{1,32}")

Json = Any


class Invalid(Exception):
    """Discord's answer 50035: a tree of what is wrong where."""

    def __init__(self) -> None:
        super().__init__()
        self.tree: dict[str, Json] = {}

    def at(self, path: str, code: str, message: str) -> None:
        """Note an error at a dotted path."""
        node = self.tree
        for part in path.split("."):
            node = node.setdefault(part, {})
        node.setdefault("_errors", []).append({"code": code, "message": message})

    def check(self) -> None:
        """Raise if anything was noted."""
        if self.tree:
            raise self

    def __str__(self) -> str:
        return str(self.tree)


class Empty(Exception):
    """Discord's answer 50006: nothing to see in the message."""


def _length(bad: Invalid, path: str, value: Json, most: int, least: int = 0) -> None:
    if not isinstance(value, str):
        bad.at(path, "STRING_TYPE_CONVERT", f'Could not interpret "{value}" as string.')
    elif not least <= len(value.strip()) <= most:
        code = "BASE_TYPE_MAX_LENGTH" if len(value.strip()) > most else "BASE_TYPE_MIN_LENGTH"
        said = f"Must be {most} or fewer in length." if len(value) > most else "Must be at least 1 in length."
        bad.at(path, code, said)
    elif any(0xD800 <= ord(c) < 0xE000 for c in value):
        bad.at(path, "STRING_TYPE_CONVERT", "Not valid Unicode.")


def _url(bad: Invalid, path: str, value: Json, most: int = 2048) -> None:
    _length(bad, path, value, most, 1)
    try:
        parts = urlsplit(str(value))
        well = parts.scheme in ("http", "https") and bool(parts.hostname) and (parts.port or 1) > 0
    except ValueError:
        well = False
    if not well or re.search(r"[\s<>\"]", str(value)):
        bad.at(path, "URL_TYPE_INVALID_URL", "Not a well formed URL.")


def message(body: Mapping[str, Json]) -> dict[str, Json]:
    """Return the message as Discord keeps it, trimmed. Raises `Invalid` or `Empty`."""
    bad = Invalid()
    content = body.get("content") or ""
    _length(bad, "content", content, CONTENT)
    embeds = [_embed(bad, f"embeds.{i}", e) for i, e in enumerate(body.get("embeds") or [])]
    if len(embeds) > EMBEDS:
        bad.at("embeds", "BASE_TYPE_MAX_LENGTH", f"Must be {EMBEDS} or fewer in length.")
    if sum(map(_size, embeds)) > ALL_EMBEDS:
        bad.at("embeds", "MAX_EMBED_SIZE_EXCEEDED", "Embed size exceeds maximum size of 6000")
    components = body.get("components") or []
    _components(bad, components)
    if "nonce" in body:
        _length(bad, "nonce", str(body["nonce"]), NONCE)
    mentions = body.get("allowed_mentions")
    if mentions is not None and not set(mentions.get("parse", ())) <= {"roles", "users", "everyone"}:
        bad.at("allowed_mentions.parse", "BASE_TYPE_CHOICES", "Value must be one of roles, users, everyone.")
    if int(body.get("flags") or 0) & ~(4 | 64 | 4096):
        bad.at("flags", "MESSAGE_FLAGS_INVALID", "Invalid flags.")
    bad.check()
    if not content.strip() and not embeds:
        raise Empty
    return {"content": content.strip(), "embeds": embeds, "components": components}


def _size(embed: Mapping[str, Json]) -> int:
    fields = [f[key] for f in embed.get("fields", ()) for key in ("name", "value")]
    parts = [embed.get("title", ""), embed.get("description", ""), *fields]
    parts += [embed.get("footer", {}).get("text", ""), embed.get("author", {}).get("name", "")]
    return sum(len(part.strip()) for part in parts)


def _embed(bad: Invalid, path: str, embed: Mapping[str, Json]) -> dict[str, Json]:
    for key, most in (("title", TITLE), ("description", DESCRIPTION)):
        if key in embed:
            _length(bad, f"{path}.{key}", embed[key], most)
    if "url" in embed:
        _url(bad, f"{path}.url", embed["url"])
    for key in ("image", "thumbnail"):
        if key in embed:
            _url(bad, f"{path}.{key}.url", embed[key].get("url"))
    if "color" in embed and not 0 <= embed["color"] <= 0xFFFFFF:
        bad.at(f"{path}.color", "NUMBER_TYPE_MAX", "int value should be less than or equal to 16777215.")
    for i, each in enumerate(embed.get("fields", ())):
        _length(bad, f"{path}.fields.{i}.name", each.get("name"), FIELD_NAME, 1)
        _length(bad, f"{path}.fields.{i}.value", each.get("value"), FIELD_VALUE, 1)
    if len(embed.get("fields", ())) > FIELDS:
        bad.at(f"{path}.fields", "BASE_TYPE_MAX_LENGTH", f"Must be {FIELDS} or fewer in length.")
    if "footer" in embed:
        _length(bad, f"{path}.footer.text", embed["footer"].get("text"), FOOTER, 1)
    if "author" in embed:
        _length(bad, f"{path}.author.name", embed["author"].get("name"), AUTHOR, 1)
    shown = {"title", "description", "fields", "image", "thumbnail", "footer", "author"}
    if not any(embed.get(key) for key in shown):
        bad.at(f"{path}.description", "BASE_TYPE_REQUIRED", "This field is required")
    kept = dict(embed)
    return kept | {key: kept[key].strip() for key in ("title", "description") if key in kept}


def _components(bad: Invalid, rows: Sequence[Mapping[str, Json]]) -> None:
    if len(rows) > ROWS:
        bad.at("components", "BASE_TYPE_BAD_LENGTH", "Must be between 1 and 5 in length.")
    seen: set[str] = set()
    for r, row in enumerate(rows):
        inner = row.get("components", [])
        if row.get("type") != 1 or not 1 <= len(inner) <= BUTTONS:
            bad.at(f"components.{r}.components", "BASE_TYPE_BAD_LENGTH", "Must be between 1 and 5 in length.")
        for b, button in enumerate(inner):
            _button(bad, f"components.{r}.components.{b}", button, seen)


def _button(bad: Invalid, path: str, button: Mapping[str, Json], seen: set[str]) -> None:
    if button.get("type") != 2:
        bad.at(f"{path}.type", "UNION_TYPE_CHOICES", "Value of field type must be one of (2,).")
    _length(bad, f"{path}.label", button.get("label", ""), LABEL, 0 if "emoji" in button else 1)
    if button.get("style") == 5:
        _url(bad, f"{path}.url", button.get("url"), BUTTON_URL)
        if "custom_id" in button:
            bad.at(f"{path}.custom_id", "BASE_TYPE_REQUIRED", "A custom id and url cannot both be specified")
        return
    if button.get("style") not in (1, 2, 3, 4):
        bad.at(f"{path}.style", "BASE_TYPE_CHOICES", "Value must be one of {1, 2, 3, 4, 5, 6}.")
    custom_id = button.get("custom_id", "")
    _length(bad, f"{path}.custom_id", custom_id, CUSTOM_ID, 1)
    if custom_id in seen:
        bad.at(
            f"{path}.custom_id",
            "COMPONENT_CUSTOM_ID_DUPLICATED",
            "Component custom id cannot be duplicated",
        )
    seen.add(custom_id)


def commands(given: Sequence[Mapping[str, Json]]) -> None:
    """Check a list of application commands. Raises `Invalid`."""
    bad = Invalid()
    if len(given) > COMMANDS:
        bad.at(
            "commands", "APPLICATION_COMMANDS_MAX", "Maximum number of application commands reached (100)."
        )
    names = [c.get("name") for c in given]
    for i, command in enumerate(given):
        _named(bad, str(i), command)
        if names.count(command.get("name")) > 1:
            bad.at(f"{i}.name", "APPLICATION_COMMANDS_DUPLICATE_NAME", "Names must be unique")
        _options(bad, f"{i}.options", command.get("options") or [])
        if set(command.get("contexts") or ()) - {0, 1, 2}:
            bad.at(f"{i}.contexts", "BASE_TYPE_CHOICES", "Value must be one of {0, 1, 2}.")
        if set(command.get("integration_types") or ()) - {0, 1}:
            bad.at(f"{i}.integration_types", "BASE_TYPE_CHOICES", "Value must be one of {0, 1}.")
    bad.check()


def _named(bad: Invalid, path: str, thing: Mapping[str, Json]) -> None:
    for key, name in ((None, thing.get("name", "")), *(thing.get("name_localizations") or {}).items()):
        if not _COMMAND_NAME.fullmatch(name) or name != name.lower():
            where = f"{path}.name_localizations.{key}" if key else f"{path}.name"
            bad.at(
                where, "APPLICATION_COMMAND_INVALID_NAME", "Command name is invalid: must be lower-case words"
            )
    _length(bad, f"{path}.description", thing.get("description", ""), WORDS, 1)
    for key, said in (thing.get("description_localizations") or {}).items():
        _length(bad, f"{path}.description_localizations.{key}", said, WORDS, 1)


def _options(bad: Invalid, path: str, options: Sequence[Mapping[str, Json]]) -> None:
    if len(options) > OPTIONS:
        bad.at(path, "BASE_TYPE_MAX_LENGTH", "Must be 25 or fewer in length.")
    optional = False
    for i, option in enumerate(options):
        here = f"{path}.{i}"
        _named(bad, here, option)
        if option.get("type") not in range(1, 12):
            bad.at(f"{here}.type", "BASE_TYPE_CHOICES", "Unknown type of option.")
        if option.get("required") and optional:
            bad.at(
                here,
                "APPLICATION_COMMAND_OPTIONS_REQUIRED_INVALID",
                "Required options must be placed before non-required options",
            )
        optional = optional or not option.get("required")
        choices = option.get("choices") or []
        if len(choices) > CHOICES:
            bad.at(f"{here}.choices", "BASE_TYPE_MAX_LENGTH", "Must be 25 or fewer in length.")
        if choices and option.get("autocomplete"):
            bad.at(
                f"{here}.autocomplete",
                "APPLICATION_COMMAND_OPTION_AUTOCOMPLETE",
                "Not together with choices",
            )
        suggestions(bad, f"{here}.choices", choices)


def suggestions(bad: Invalid, path: str, choices: Sequence[Mapping[str, Json]]) -> None:
    """Note what is wrong with choices, of a command or of autocompletion."""
    if len(choices) > CHOICES:
        bad.at(path, "BASE_TYPE_MAX_LENGTH", "Must be 25 or fewer in length.")
    for i, choice in enumerate(choices):
        _length(bad, f"{path}.{i}.name", choice.get("name", ""), WORDS, 1)
        _length(bad, f"{path}.{i}.value", choice.get("value", ""), WORDS, 1)
