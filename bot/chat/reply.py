"""A reply as data: blocks that each platform renders in its own way.

A platform's `render(Reply)` is a pure function to payloads. Blocks stay whole where the platform's
limits allow it; what follows a `Card` belongs to it until the next `Card`.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from bot.chat.text import Span, Text, text


@dataclass(frozen=True, slots=True)
class Heading:
    text: Text


@dataclass(frozen=True, slots=True)
class Paragraph:
    """`small` is for what stands beneath the matter: how it was made, what it cost."""

    text: Text
    small: bool = False


@dataclass(frozen=True, slots=True)
class Bullets:
    items: tuple[Text, ...]
    numbered: bool = False


@dataclass(frozen=True, slots=True)
class Quote:
    """Somebody else's words, in paragraphs separated by blank lines."""

    text: Text


@dataclass(frozen=True, slots=True)
class Preformatted:
    """Characters to be copied as they stand, such as BibTeX; `syntax` names their language."""

    text: str
    syntax: str = ""


@dataclass(frozen=True, slots=True)
class Card:
    """The head of a paper: its title, where the title leads, and lines about it."""

    title: str
    url: str
    lines: tuple[Text, ...]
    accent: str = ""  # a category such as cs.CL, for platforms that colour


@dataclass(frozen=True, slots=True)
class Button:
    """A button types a command line for the person, or opens a web address.

    Raises `ValueError` for a command line of more than 64 bytes, the least that a platform carries.
    """

    label: str
    command: str = ""
    url: str = ""

    def __post_init__(self) -> None:
        if bool(self.command) == bool(self.url):
            raise ValueError("a button has a command or an address")
        if len(self.command.encode()) > 64:
            raise ValueError(f"longer than 64 bytes: {self.command!r}")


@dataclass(frozen=True, slots=True)
class Buttons:
    """Rows of buttons; the last block of its message."""

    rows: tuple[tuple[Button, ...], ...]


@dataclass(frozen=True, slots=True)
class Image:
    url: str
    caption: Text


Block = Heading | Paragraph | Bullets | Quote | Preformatted | Card | Buttons | Image


class Outcome(Enum):
    """How it ended, as an exit code would say it."""

    DONE = 0
    FAILED = 1  # a service failed
    MISTAKEN = 2  # the person can mend it


@dataclass(frozen=True, slots=True)
class Reply:
    """What a command answers. `private`: for the person who asked alone, where the platform can."""

    blocks: tuple[Block, ...]
    outcome: Outcome = Outcome.DONE
    private: bool = False


def say(*parts: str | Span | Text, private: bool = False) -> Reply:
    """Return a reply of one paragraph."""
    return Reply((Paragraph(text(*parts)),), private=private)
