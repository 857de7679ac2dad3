"""What Discord accepts as a message or a command, as its documentation puts it.

https://docs.discord.com/developers/resources/message
https://docs.discord.com/developers/components/reference
https://docs.discord.com/developers/interactions/application-commands
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from tests.fakes.discord_world import Attachment

CONTENT, NONCE = 2000, 25
EMBEDS, ALL_EMBEDS, TITLE, DESCRIPTION, FOOTER, AUTHOR = 10, 6000, 256, 4096, 2048, 256
FIELDS, FIELD_NAME, FIELD_VALUE = 25, 256, 1024
ROWS, BUTTONS, LABEL, CUSTOM_ID, BUTTON_URL = 5, 5, 80, 100, 512
COMMANDS, OPTIONS, CHOICES, WORDS = 100, 25, 25, 100
PLACEHOLDER, FORM_WORDS, THREAD_NAME, APPLIED_TAGS = 150, 45, 100, 5
_MESSAGE_COMMANDS = 5
CROSSPOSTED, PUBLISHED_AN_HOUR = 1 << 0, 10  # the copies in other servers have the flag 1 << 1
_COMMAND_NAME = re.compile(r"[-_'\w]{1,32}")

FILES, ALL_FILES, ALT = 10, 10 * 1024 * 1024, 1024

Json = Any


@dataclass(frozen=True)
class Uploaded:
    """A file in a request, by the number in its field's name."""

    number: int
    name: str
    data: bytes


class TooLarge(Exception):
    """Discord's answer 40005: more than it takes in one request."""


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


def message(body: Mapping[str, Json], kept: Sequence[Attachment] = ()) -> dict[str, Json]:
    """Return the message as Discord keeps it, trimmed. Raises `Invalid`, `Empty` or `TooLarge`.

    `kept` are the files that an edited message has already.
    """
    bad = Invalid()
    attachments = _attachments(bad, body, kept)
    names = {attachment.name for attachment in attachments}
    content = body.get("content") or ""
    _length(bad, "content", content, CONTENT)
    embeds = [_embed(bad, f"embeds.{i}", e, names) for i, e in enumerate(body.get("embeds") or [])]
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
    if mentions is not None and set(mentions) - {"parse", "roles", "users", "replied_user"}:
        bad.at("allowed_mentions", "UNKNOWN_FIELD", "Unknown field.")
    if mentions and "roles" in mentions.get("parse", ()) and mentions.get("roles"):
        bad.at("allowed_mentions.parse", "MESSAGE_ALLOWED_MENTIONS_PARSE_EXCLUSIVE", "Mutually exclusive.")
    if int(body.get("flags") or 0) & ~(4 | 64 | 4096):
        bad.at("flags", "MESSAGE_FLAGS_INVALID", "Invalid flags.")
    bad.check()
    if not content.strip() and not embeds and not attachments:
        raise Empty
    return {
        "content": content.strip(),
        "embeds": embeds,
        "components": components,
        "attachments": attachments,
    }


def _attachments(bad: Invalid, body: Mapping[str, Json], kept: Sequence[Attachment]) -> list[Attachment]:
    """Return the files that the message has from now on; without being named, those that it had stay."""
    uploaded: Sequence[Uploaded] = body.get("files") or ()
    if sum(len(each.data) for each in uploaded) > ALL_FILES:
        raise TooLarge
    entries = body.get("attachments")
    if entries is None:
        entries = [{"id": each.id} for each in kept]
        entries += [{"id": each.number, "filename": each.name} for each in uploaded]
    if len(entries) > FILES:
        bad.at("attachments", "BASE_TYPE_MAX_LENGTH", f"Must be {FILES} or fewer in length.")
    found: list[Attachment] = []
    for i, entry in enumerate(entries):
        new = next((each for each in uploaded if str(each.number) == str(entry.get("id"))), None)
        old = next((each for each in kept if each.id == str(entry.get("id"))), None)
        alt = entry.get("description") or ""
        _length(bad, f"attachments.{i}.description", alt, ALT)
        if new:
            found.append(Attachment(str(new.number), entry.get("filename") or new.name, alt, new.data))
        elif old:
            found.append(old)
        else:
            bad.at(f"attachments.{i}.id", "ATTACHMENT_NOT_FOUND", "The attachment was not found.")
    for each in uploaded:
        if str(each.number) not in [str(entry.get("id")) for entry in entries]:
            bad.at("attachments", "ATTACHMENT_NOT_FOUND", f"files[{each.number}] is not described.")
    return found


def _size(embed: Mapping[str, Json]) -> int:
    fields = [f[key] for f in embed.get("fields", ()) for key in ("name", "value")]
    parts = [embed.get("title", ""), embed.get("description", ""), *fields]
    parts += [embed.get("footer", {}).get("text", ""), embed.get("author", {}).get("name", "")]
    return sum(len(part.strip()) for part in parts)


def _embed(bad: Invalid, path: str, embed: Mapping[str, Json], names: Collection[str]) -> dict[str, Json]:
    for key, most in (("title", TITLE), ("description", DESCRIPTION)):
        if key in embed:
            _length(bad, f"{path}.{key}", embed[key], most)
    if "url" in embed:
        _url(bad, f"{path}.url", embed["url"])
    for key in ("image", "thumbnail"):
        if key in embed:
            url = str(embed[key].get("url"))
            if not url.startswith("attachment://"):
                _url(bad, f"{path}.{key}.url", url)
            elif url.removeprefix("attachment://") not in names:
                bad.at(f"{path}.{key}.url", "URL_TYPE_INVALID_URL", "Not a file of this message.")
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
            if button.get("type") == 3:
                _menu(bad, f"components.{r}.components.{b}", button, seen, len(inner))
            else:
                _button(bad, f"components.{r}.components.{b}", button, seen)


def _menu(bad: Invalid, path: str, menu: Mapping[str, Json], seen: set[str], beside: int) -> None:
    """Check a string select, which has its row for itself."""
    if beside != 1:
        bad.at(path, "COMPONENT_LAYOUT_WIDTH_EXCEEDED", "A row has room for one select.")
    _length(bad, f"{path}.placeholder", menu.get("placeholder", ""), PLACEHOLDER)
    options = menu.get("options") or []
    if not 1 <= len(options) <= CHOICES:
        bad.at(f"{path}.options", "BASE_TYPE_BAD_LENGTH", "Must be between 1 and 25 in length.")
    for i, option in enumerate(options):
        _length(bad, f"{path}.options.{i}.label", option.get("label", ""), WORDS, 1)
        _length(bad, f"{path}.options.{i}.value", option.get("value", ""), WORDS, 1)
    if len({option.get("value") for option in options}) < len(options):
        bad.at(
            f"{path}.options",
            "SELECT_COMPONENT_OPTION_VALUE_DUPLICATED",
            "The specified option value is already used",
        )
    _identified(bad, path, menu, seen)


def _identified(bad: Invalid, path: str, component: Mapping[str, Json], seen: set[str]) -> None:
    custom_id = component.get("custom_id", "")
    _length(bad, f"{path}.custom_id", custom_id, CUSTOM_ID, 1)
    if custom_id in seen:
        bad.at(
            f"{path}.custom_id", "COMPONENT_CUSTOM_ID_DUPLICATED", "Component custom id cannot be duplicated"
        )
    seen.add(custom_id)


def form(bad: Invalid, data: Mapping[str, Json]) -> None:
    """Note what is wrong with a modal of text inputs in labels."""
    _length(bad, "data.custom_id", data.get("custom_id", ""), CUSTOM_ID, 1)
    _length(bad, "data.title", data.get("title", ""), FORM_WORDS, 1)
    parts = data.get("components") or []
    if not 1 <= len(parts) <= 5:
        bad.at("data.components", "BASE_TYPE_BAD_LENGTH", "Must be between 1 and 5 in length.")
    seen: set[str] = set()
    for i, part in enumerate(parts):
        path, field = f"data.components.{i}", part.get("component") or {}
        if part.get("type") != 18 or field.get("type") != 4:
            bad.at(f"{path}.type", "UNION_TYPE_CHOICES", "Here a label that holds a text input is expected.")
        _length(bad, f"{path}.label", part.get("label", ""), FORM_WORDS, 1)
        if "label" in field:
            bad.at(f"{path}.component.label", "BASE_TYPE_REQUIRED", "The label is the outer component's.")
        if field.get("style") not in (1, 2):
            bad.at(f"{path}.component.style", "BASE_TYPE_CHOICES", "Value must be one of {1, 2}.")
        if not 0 <= field.get("min_length", 0) <= field.get("max_length", 4000) <= 4000:
            bad.at(f"{path}.component.max_length", "NUMBER_TYPE_MAX", "Must be between 1 and 4000.")
        _identified(bad, f"{path}.component", field, seen)


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
    _identified(bad, path, button, seen)


def commands(given: Sequence[Mapping[str, Json]]) -> None:
    """Check a list of application commands. Raises `Invalid`."""
    bad = Invalid()
    if len(given) > COMMANDS:
        bad.at(
            "commands", "APPLICATION_COMMANDS_MAX", "Maximum number of application commands reached (100)."
        )
    names = [(c.get("type", 1), c.get("name")) for c in given]
    if sum(c.get("type") == 3 for c in given) > _MESSAGE_COMMANDS:
        bad.at("commands", "APPLICATION_COMMANDS_MAX", "Maximum number of message commands reached (5).")
    for i, command in enumerate(given):
        if command.get("type") == 3:
            _pointing(bad, str(i), command)
        else:
            _named(bad, str(i), command)
        if names.count((command.get("type", 1), command.get("name"))) > 1:
            bad.at(f"{i}.name", "APPLICATION_COMMANDS_DUPLICATE_NAME", "Names must be unique")
        _options(bad, f"{i}.options", command.get("options") or [])
        if set(command.get("contexts") or ()) - {0, 1, 2}:
            bad.at(f"{i}.contexts", "BASE_TYPE_CHOICES", "Value must be one of {0, 1, 2}.")
        if set(command.get("integration_types") or ()) - {0, 1}:
            bad.at(f"{i}.integration_types", "BASE_TYPE_CHOICES", "Value must be one of {0, 1}.")
    bad.check()


def _pointing(bad: Invalid, path: str, command: Mapping[str, Json]) -> None:
    """Check a command of the message menu: a name in words, and nothing else."""
    for name in (command.get("name", ""), *(command.get("name_localizations") or {}).values()):
        _length(bad, f"{path}.name", name, 32, 1)
    if command.get("description") or command.get("options"):
        bad.at(
            path, "APPLICATION_COMMAND_INVALID", "Context menu commands cannot have description or options"
        )


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
