"""Buttons as Discord's components, which carry their command in the custom id and need no memory.

Where one of many is to be chosen they are a menu, whose options carry the commands.
https://docs.discord.com/developers/components/reference
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from bot.chat.reply import Button, Buttons
from bot.platforms.discord.markup import address, clean
from bot.platforms.packing import take

PER_ROW, ROWS, OPTIONS = 5, 5, 25
CUSTOM_ID = 100
_LABEL, _URL, _OPTION, _PLACEHOLDER = 80, 512, 100, 150
_ACTION_ROW, _BUTTON, _MENU, _GREY, _LINK = 1, 2, 3, 2, 5
_HERE, _ASKS = "~", "?"  # before the command line, in this order; no command begins so
_CHOOSE = "choose"  # the custom id of a menu: what it does stands in its options

# Discord refuses a custom id that stands twice in a message; no command line ends like this.
_REPEATED = "\u2063"
_REPEAT = re.compile(f"{_REPEATED}[0-9]+$")

Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Pressed:
    """What a button or an option carries: its command line, and what becomes of the answer; see `Button`."""

    line: str
    here: bool = False
    asks: bool = False

    @classmethod
    def read(cls, custom_id: str) -> Pressed:
        """Read what `__str__` wrote, without what made it unique in its message."""
        line = _REPEAT.sub("", custom_id)
        here, asks = line.startswith(_HERE), line.removeprefix(_HERE).startswith(_ASKS)
        return cls(line.removeprefix(_HERE).removeprefix(_ASKS), here, asks)

    def __str__(self) -> str:
        return f"{_HERE if self.here else ''}{_ASKS if self.asks else ''}{self.line}"


def opens(button: Button) -> str | None:
    """Return the address that the button can open; None where it has a command, or Discord takes no such address."""
    target = address(button.url) if button.url else None
    return target if target and len(target) <= _URL else None


def components(buttons: Buttons) -> list[list[Row]]:
    """Return the rows for each message that these buttons need, which is one up to 25 of them."""
    seen: dict[str, int] = {}
    rows: list[Row] = []
    shown, offered = _chosen([_usable(row) for row in buttons.rows], buttons.choice)
    for i in range(0, len(offered), OPTIONS):
        rows.append(_menu(offered[i : i + OPTIONS], buttons.choice, seen))
    pieces = [row[i : i + PER_ROW] for row in shown for i in range(0, len(row), PER_ROW)]
    for piece in _closer(pieces, ROWS - len(rows) % ROWS):
        rows.append({"type": _ACTION_ROW, "components": [_component(b, seen) for b in piece]})
    return [rows[i : i + ROWS] for i in range(0, len(rows), ROWS)]


def _closer(rows: list[list[Button]], most: int) -> list[list[Button]]:
    """Return the buttons in at most `most` rows where they fit there: short neighbours share one, the last first.

    What is left over would need a message of its own, with nothing else in it.
    """
    rows = list(rows)
    while len(rows) > most:
        pairs = [(len(rows[i - 1]) + len(rows[i]), -i) for i in range(1, len(rows))]
        together, last = min(pairs)
        if together > PER_ROW:
            flat = [button for row in rows for button in row]
            fits = len(flat) <= most * PER_ROW
            return [flat[i : i + PER_ROW] for i in range(0, len(flat), PER_ROW)] if fits else rows
        rows[-last - 1 : -last + 1] = [rows[-last - 1] + rows[-last]]
    return rows


def _usable(row: Sequence[Button]) -> list[Button]:
    return [button for button in row if button.command or opens(button)]


def _chosen(rows: Sequence[list[Button]], choice: str) -> tuple[Sequence[list[Button]], list[Button]]:
    """Return the rows that stay buttons, and what a menu offers: where `choice` says so and they are many.

    A link opens at once, and a last row of one button beneath wider ones is the way back.
    """
    back = bool(rows) and len(rows[-1]) == 1 and any(len(row) > 1 for row in rows)
    choosing = rows[:-1] if back else rows
    offered = [button for row in choosing for button in row if button.command]
    if not choice or len(offered) <= PER_ROW:
        return rows, []
    links = [[button for button in row if not button.command] for row in choosing]
    return [*filter(None, links), *rows[len(choosing) :]], offered


def _menu(offered: Sequence[Button], choice: str, seen: dict[str, int]) -> Row:
    within: dict[str, int] = {}
    options = [
        {"label": _label(button, _OPTION), "value": _unique(_carried(button), within)} for button in offered
    ]
    placeholder = _short(" ".join(clean(choice).split()), _PLACEHOLDER)
    made: dict[str, Any] = {"type": _MENU, "custom_id": _unique(_CHOOSE, seen), "options": options}
    return {"type": _ACTION_ROW, "components": [made | ({"placeholder": placeholder} if placeholder else {})]}


def _component(button: Button, seen: dict[str, int]) -> dict[str, Any]:
    made = {"type": _BUTTON, "label": _label(button, _LABEL)}
    if target := opens(button):
        return made | {"style": _LINK, "url": target}
    return made | {"style": _GREY, "custom_id": _unique(_carried(button), seen)}


def _carried(button: Button) -> str:
    return str(Pressed(clean(button.command).strip() or "/", button.here, button.asks))


def _unique(carried: str, seen: dict[str, int]) -> str:
    seen[carried] = times = seen.get(carried, 0) + 1
    return carried if times == 1 else f"{carried}{_REPEATED}{times}"


def _label(button: Button, most: int) -> str:
    return _short(" ".join(clean(button.label).split()) or button.command.strip() or "…", most)


def _short(said: str, most: int) -> str:
    return said if len(said) <= most else take(said, most - 1)[0].rstrip() + "…"


def custom_ids(rows: Sequence[Row]) -> Iterator[str]:
    """Yield what a message's components carry, a menu's options included; the label of what carries nothing."""
    for row in rows:
        for each in row.get("components") or ():
            yield each.get("custom_id") or each.get("label") or ""
            yield from (str(option.get("value")) for option in each.get("options") or ())
