"""What a person is asked for in a form, and what a message that was pointed at is about.

https://docs.discord.com/developers/interactions/receiving-and-responding#interaction-response-object-modal
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from bot.chat.command import LONGEST, Command, Registry
from bot.chat.wording import Translator
from bot.errors import PaperwireError, UnknownCommand
from bot.platforms.discord.asked import Asked
from bot.platforms.discord.buttons import CUSTOM_ID, Pressed
from bot.platforms.packing import take

POINTED = "summarize"  # what the command of the message menu does with the first paper of a message
_TITLE, _LABEL = 45, 45
_LABELLED, _INPUT, _LINE, _PARAGRAPH = 18, 4, 1, 2
_MOST = 4000  # characters of what is filled in
# What may be an id or an address: neither has a blank, and both end before other scripts and brackets.
_WORD = re.compile(r"[A-Za-z0-9][\w./:?=&%#~+-]*", re.ASCII)


def form(asked: Asked, command: Command, t: Translator, *, free: bool) -> dict[str, Any]:
    """Return the form that asks for the last argument of the command line that a button carries.

    `free`: it may be whole sentences.
    """
    parameter = command.parameters[-1]
    field = {
        "type": _INPUT,
        "custom_id": parameter.name,
        "style": _PARAGRAPH if free else _LINE,
        "min_length": 1,
        "max_length": _most(parameter.type),
        "required": True,
    }
    said = t(parameter.arg.description)
    label = {
        "type": _LABELLED,
        "label": _short(said[:1].upper() + said[1:], _LABEL),
        "component": field,
    }
    return {
        "custom_id": str(Pressed(asked.line, asked.here)),
        "title": _short(t(command.summary), _TITLE),
        "components": [label],
    }


def _most(kind: object) -> int:
    """Return how many characters may be filled in: what a type calls its `most`, or else what a line holds."""
    return min(_MOST, getattr(kind, "most", max(LONGEST, getattr(kind, "longest", 0)) - CUSTOM_ID))


def aimed(asked: Asked, registry: Registry) -> Asked:
    """Return the call of the command on the first thing in the message that it takes; one without a name if none."""
    if found := paper_in(asked.pointed or "", registry):
        name, word = found
        return replace(asked, command=POINTED, arguments={name: word}, pointed=None)
    return replace(asked, command="", arguments={}, pointed="")


def paper_in(said: str, registry: Registry) -> tuple[str, str] | None:
    """Return what the command for messages takes of these words, behind its parameter's name; None if nothing."""
    try:
        parameter = registry.find(POINTED).parameters[0]
    except (UnknownCommand, IndexError):
        return None
    for word in _words(said):
        try:
            parameter.parse(word)
        except PaperwireError:
            continue
        return parameter.name, word
    return None


def _words(said: str) -> Iterator[str]:
    """Yield what may be meant: addresses first, then bare ids."""
    words = [found[0].rstrip(".:?") for found in _WORD.finditer(said)]
    yield from sorted(words, key=lambda word: "/" not in word)


def _short(said: str, most: int) -> str:
    return said if len(said) <= most else take(said, most - 1)[0].rstrip() + "…"
