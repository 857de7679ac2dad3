"""Buttons as Discord's components, which carry their command in the custom id and need no memory."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any

from bot.chat.reply import Button, Buttons
from bot.platforms.discord.markup import address, clean
from bot.platforms.packing import take

PER_ROW, ROWS = 5, 5
_LABEL, _URL = 80, 512
_ACTION_ROW, _BUTTON, _GREY, _LINK = 1, 2, 2, 5

# Discord refuses a custom id that stands twice in a message; no command line ends like this.
_REPEATED = "\u2063"
_REPEAT = re.compile(f"{_REPEATED}[0-9]+$")

Row = dict[str, Any]


def command_line(custom_id: str) -> str:
    """Return what the button typed, without what made its id unique."""
    return _REPEAT.sub("", custom_id)


def opens(button: Button) -> str | None:
    """Return the address that the button can open; None where it has a command, or Discord takes no such address."""
    target = address(button.url) if button.url else None
    return target if target and len(target) <= _URL else None


def components(buttons: Buttons) -> list[list[Row]]:
    """Return the rows for each message that these buttons need, which is one up to 25 of them."""
    rows = [row[i : i + PER_ROW] for row in map(_usable, buttons.rows) for i in range(0, len(row), PER_ROW)]
    return [list(_rows(rows[i : i + ROWS])) for i in range(0, len(rows), ROWS)]


def _usable(row: Sequence[Button]) -> list[Button]:
    return [button for button in row if button.command or opens(button)]


def _rows(rows: Sequence[Sequence[Button]]) -> Iterator[Row]:
    seen: dict[str, int] = {}
    for row in rows:
        yield {"type": _ACTION_ROW, "components": [_component(button, seen) for button in row]}


def _component(button: Button, seen: dict[str, int]) -> dict[str, Any]:
    made = {"type": _BUTTON, "label": _label(button)}
    if target := opens(button):
        return made | {"style": _LINK, "url": target}
    command = clean(button.command).strip() or "?"
    seen[command] = times = seen.get(command, 0) + 1
    return made | {"style": _GREY, "custom_id": command if times == 1 else f"{command}{_REPEATED}{times}"}


def _label(button: Button) -> str:
    label = " ".join(clean(button.label).split()) or button.command.strip() or "…"
    if len(label) <= _LABEL:
        return label
    return take(label, _LABEL - 1)[0].rstrip() + "…"
