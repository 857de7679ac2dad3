"""The table of rights: read from rights.toml, taken apart into cells, and written as docs/rights.md has it."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

PATH = Path(__file__).with_name("rights.toml")
KINDS = ("hello", "look", "change", "there", "elsewhere", "owner")
DONE = frozenset({"done", "aside"})
TELEGRAM, SERVERS = ("private", "group", "forum", "channel"), ("server", "thread")

# How the document calls them.
_CHATS = {
    "private": "Telegram, private",
    "group": "Telegram, group",
    "forum": "Telegram, topic of a supergroup",
    "channel": "Telegram, channel",
    "direct": "Discord, direct message",
    "server": "Discord, channel of a server",
    "thread": "Discord, thread",
    "console": "Console",
}
_PEOPLE = {
    "owner": "an owner of the bot who does not manage the chat",
    "person": "somebody whom an owner allowed",
    "stranger": "somebody whom nobody allowed",
    "manager": "somebody who manages the chat",
    "anonymous": "an admin who hides behind the group",
    "member": "a member",
    "allowed member": "a member whom an owner allowed",
    "as a channel": "a member who writes as a channel",
    "itself": "the channel, in a post",
    "reader": "a reader",
    "channel's manager": "somebody who manages this channel alone",
    "whoever sits there": "whoever sits there",
}
_ALONE = {("private", "owner"): "an owner of the bot", ("direct", "owner"): "an owner of the bot"}
_WAYS = {"t": "typed", "p": "button", "r": "reply"}
_SHOWN = {
    "done": "✓",
    "aside": "✓ alone",
    "owner": "owners only",
    "not_served": "not served",
    "manage": "managers only",
    "manage_there": "managers of that only",
    "unknown": "no such chat",
}


@dataclass(frozen=True, slots=True)
class Line:
    """A command line. `shows` is how it is known to have been done, `seed` what the chat holds before."""

    kind: str
    typed: str
    shows: str
    seed: str = ""

    @property
    def command(self) -> str:
        return self.typed.split()[0].removeprefix("/")


@dataclass(frozen=True, slots=True)
class Row:
    """One person in one kind of chat of one bot; what comes of each kind of command."""

    access: str
    chat: str
    served: bool
    person: str
    ways: str
    outcomes: Mapping[str, str]


@dataclass(frozen=True, slots=True, eq=False)
class Cell:
    """One command line of one row, given in one way."""

    row: Row
    way: str
    line: Line

    @property
    def outcome(self) -> str:
        return self.row.outcomes[self.line.kind]

    def __str__(self) -> str:
        row = self.row
        served = "served" if row.served else "not served"
        return f"ACCESS={row.access} {row.chat} ({served}), {row.person}, {_WAYS[self.way]}: {self.line.typed} → {self.outcome}"


class Rights:
    """All of the table."""

    def __init__(self) -> None:
        data: dict[str, Any] = tomllib.loads(PATH.read_text())
        self.outcomes: dict[str, str] = data["outcomes"]
        self.in_servers: dict[str, str] = data["outcomes_in_servers"]
        self.kinds: dict[str, str] = data["kinds"]
        self.modes = {mode["name"]: mode["means"] for mode in data["access"]}
        self.lines = [Line(kind, *line) for kind in KINDS for line in data["lines"][kind]]
        self.rows = [
            Row(mode["name"], chat, served, person, ways, dict(zip(KINDS, outcomes, strict=True)))
            for mode in data["access"]
            for chat, served, person, ways, *outcomes in mode["rows"]
        ]

    def sentence(self, cell: Cell) -> str:
        """Return with what a cell is refused; `{there}` in it is the other chat."""
        in_servers = self.in_servers if cell.row.chat in SERVERS else {}
        return in_servers.get(cell.outcome, self.outcomes[cell.outcome])

    def cells(self) -> Iterator[Cell]:
        """Yield every cell; in reply one can only ask."""
        for row in self.rows:
            for way in row.ways:
                for line in self.lines:
                    if way != "r" or line.command == "ask":
                        yield Cell(row, way, line)


def document(rights: Rights) -> str:
    """Return the tables of docs/rights.md."""
    parts = ["## Kinds of command\n", *_table(("Kind", "A command that …", "Commands"), _kinds(rights))]
    for access, means in rights.modes.items():
        parts += [f"\n## `ACCESS={access}`: serves {means}\n"]
        rows = [row for row in rights.rows if row.access == access]
        parts += _table(("Where", "Served", "Who", "How", *KINDS), map(_row, rows))
    parts += ["\n## What is said\n"]
    said = [
        (_SHOWN[name], _plain(sentence), _plain(rights.in_servers.get(name, "the same")))
        for name, sentence in rights.outcomes.items()
        if sentence
    ]
    parts += _table(("In the tables", "In words", "In a Discord server"), said)
    return "\n".join(parts) + "\n"


def _kinds(rights: Rights) -> Iterator[tuple[str, ...]]:
    for kind in KINDS:
        lines = [f"`{_plain(line.typed)}`" for line in rights.lines if line.kind == kind]
        yield kind, rights.kinds[kind], ", ".join(lines)


def _plain(typed: str) -> str:
    for name, example in (
        ("{paper}", "2406.15319"),
        ("{plain}", "2406.15319"),
        ("{there}", "@channel"),
        ("{key}", "@channel"),
    ):
        typed = typed.replace(name, example)
    return typed


def _row(row: Row) -> tuple[str, ...]:
    who = _ALONE.get((row.chat, row.person), _PEOPLE[row.person])
    ways = ", ".join(_WAYS[way] for way in row.ways)
    served = "yes" if row.served else "no"
    return _CHATS[row.chat], served, who, ways, *(_SHOWN[row.outcomes[kind]] for kind in KINDS)


def _table(
    head: Sequence[str], rows: Iterator[tuple[str, ...]] | Sequence[tuple[str, ...]] | map[tuple[str, ...]]
) -> list[str]:
    return [_line(head), _line(["---"] * len(head)), *map(_line, rows)]


def _line(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"
