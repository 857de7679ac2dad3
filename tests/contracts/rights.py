"""The table of rights: read from rights.toml, taken apart into cells, and written as docs/rights.md has it."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

PATH = Path(__file__).with_name("rights.toml")
KINDS = ("hello", "look", "change", "there", "elsewhere", "owner")
DONE = frozenset({"done", "aside"})
TELEGRAM, SERVERS = ("private", "group", "forum", "channel", "inline"), ("server", "thread")
# What a button can be: it may change its message in place, or ask for words first; a menu's option is one too.
PRESSES = ("plain", "here", "asks", "option")

# How the document calls them.
_CHATS = {
    "private": "Telegram, private",
    "group": "Telegram, group",
    "forum": "Telegram, topic of a supergroup",
    "channel": "Telegram, channel",
    "inline": "Telegram, under a message from inline mode",
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
_ALONE = {(chat, "owner"): "an owner of the bot" for chat in ("private", "inline", "direct")}
# And otherwise, where nobody else is meant.
_ALSO = {
    "an owner of the bot": "owner",
    "anybody else": "stranger",
    "a member who may mention all roles": "member who mentions",
    "somebody who manages the chat, and roles": "manager of roles",
    "somebody who manages the chat, and may mention all roles": "manager who mentions",
    "an administrator": "administrator",
}
_WAYS = {"t": "typed", "p": "button", "r": "reply", "m": "message menu"}
_ONLY = {"r": "ask", "m": "summarize"}  # of the ways that have but one command
_SHOWN = {
    "done": "✓",
    "aside": "✓ alone",
    "owner": "owners only",
    "not_served": "not served",
    "manage": "managers only",
    "manage_there": "managers of that only",
    "unknown": "no such chat",
    "person_calls": "their calls are used up",
    "chat_calls": "the chat’s calls are used up",
    "bot_calls": "the bot’s calls are used up",
    "person_money": "their money is used up",
    "chat_money": "the chat’s money is used up",
    "bot_money": "the bot’s money is used up",
    "mention": "that takes more",
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
    """One command line of one row, given in one way; `press` is one of `PRESSES` where that is a button."""

    row: Row
    way: str
    line: Line
    press: str = ""

    @property
    def outcome(self) -> str:
        return self.row.outcomes[self.line.kind]

    @property
    def at_once(self) -> bool:
        """Whether it is refused before the command is looked at: the person is not served, or the command not theirs."""
        return self.outcome == "owner" or self.row.outcomes.get("look") == "not_served" == self.outcome

    def __str__(self) -> str:
        row = self.row
        served = "served" if row.served else "not served"
        return f"ACCESS={row.access} {row.chat} ({served}), {row.person}, {_WAYS[self.way]} {self.press}: {self.line.typed} → {self.outcome}"


@dataclass(frozen=True, slots=True)
class Beside:
    """A table of what is no command, in the words of the document."""

    title: str
    about: str
    columns: Sequence[str]
    rows: Sequence[Sequence[str]]

    def __iter__(self) -> Iterator[dict[str, str]]:
        """Yield the rows, by column."""
        return (dict(zip(self.columns, row, strict=True)) for row in self.rows)


class Rights:
    """All of the tables."""

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
        self.beside = {name: Beside(**table) for name, table in data["beside"].items()}

    def sentence(self, cell: Cell) -> str:
        """Return with what a cell is refused; `{there}` in it is the other chat."""
        in_servers = self.in_servers if cell.row.chat in SERVERS else {}
        return in_servers.get(cell.outcome, self.outcomes[cell.outcome])

    def cells(self) -> Iterator[Cell]:
        """Yield every cell. Of the commands of a kind that a person presses, each is pressed in the next way."""
        for number, row in enumerate(self.rows):
            for way in row.ways:
                for at, line in enumerate(self.lines):
                    if way == "p":
                        yield _pressed(Cell(row, way, line), number + at)
                    elif line.command == _ONLY.get(way, line.command):
                        yield Cell(row, way, line)


def _pressed(cell: Cell, number: int) -> Cell:
    """Return the cell with the sort of button that is due. Where nobody can be asked for words, one can be refused."""
    among: Sequence[str] = PRESSES
    if cell.row.chat in TELEGRAM:
        asks = cell.row.chat != "inline" and (cell.row.chat != "channel" or cell.at_once)
        among = PRESSES[:3] if asks else PRESSES[:2]
    return replace(cell, press=among[number % len(among)])


def document(rights: Rights) -> str:
    """Return the tables of docs/rights.md."""
    parts = ["## Kinds of command\n", *_table(("Kind", "A command that …", "Commands"), _kinds(rights))]
    for access, means in rights.modes.items():
        parts += [f"\n## `ACCESS={access}`: serves {means}\n"]
        people = [row for row in rights.rows if row.access == access]
        parts += _table(("Where", "Served", "Who", "How", *KINDS), map(_row, people))
    for table in rights.beside.values():
        rows = [[_CHATS.get(word, word) for word in row] for row in table.rows]
        parts += [f"\n## {table.title}\n", f"{table.about}\n", *_table(table.columns, rows)]
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


def person(called: str) -> str:
    """Return whom the document means."""
    return _ALSO.get(called) or next(name for name, words in _PEOPLE.items() if words == called)


def outcome(shown: str) -> str:
    """Return what a word of the document's tables stands for."""
    return next(name for name, words in _SHOWN.items() if words == shown)


def _row(row: Row) -> tuple[str, ...]:
    who = _ALONE.get((row.chat, row.person), _PEOPLE[row.person])
    ways = ", ".join(_WAYS[way] for way in row.ways)
    served = "yes" if row.served else "no"
    return _CHATS[row.chat], served, who, ways, *(_SHOWN[row.outcomes[kind]] for kind in KINDS)


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    return [_line(head), _line(["---"] * len(head)), *map(_line, rows)]


def _line(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"
