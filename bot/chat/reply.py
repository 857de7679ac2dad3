"""A reply as data: blocks that each platform renders in its own way.

A platform's `render(Reply)` is a pure function to payloads. Blocks stay whole where the platform's
limits allow it; what follows a `Card` belongs to it until the next `Card`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
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

    `here`: what the command answers takes the place of the message that the button stands under. `asks`: the
    person is asked for the words that the command line lacks, its last argument.
    Raises `ValueError` for a command line that leaves no room for that in 64 bytes, the least that a platform
    carries.
    """

    label: str
    command: str = ""
    url: str = ""
    here: bool = False
    asks: bool = False

    def __post_init__(self) -> None:
        if bool(self.command) == bool(self.url):
            raise ValueError("a button has a command or an address")
        _short(self.command + "~" * (self.here or self.asks))


@dataclass(frozen=True, slots=True)
class Buttons:
    """Rows of buttons; the last block of its message.

    `choice` says in a few words what is chosen where one of them is to be: a platform may show a list then.
    """

    rows: tuple[tuple[Button, ...], ...]
    choice: str = ""


@dataclass(frozen=True, slots=True)
class Image:
    """A picture at an address, or whose `data` is uploaded as the file `name`; the caption is its alt text too.

    `sketch` is the same in characters, for where there are no pictures. Only an answer can have `data`: what is
    kept to be sent later cannot.
    """

    caption: Text
    url: str = ""
    data: bytes = field(default=b"", repr=False)
    name: str = ""
    sketch: str = ""


Block = Heading | Paragraph | Bullets | Quote | Preformatted | Card | Buttons | Image


class Outcome(Enum):
    """How it ended, as an exit code would say it."""

    DONE = 0
    FAILED = 1  # a service failed
    MISTAKEN = 2  # the person can mend it


@dataclass(frozen=True, slots=True)
class Reply:
    """What a command answers; nothing is sent for no blocks at all.

    `private`: for the person who asked alone, where the platform can.

    `follow_up` is the command line that a person's reply to this message continues with their words. Raises
    `ValueError` for one of more than 64 bytes.
    """

    blocks: tuple[Block, ...]
    outcome: Outcome = Outcome.DONE
    private: bool = False
    follow_up: str = ""

    def __post_init__(self) -> None:
        _short(self.follow_up)

    @property
    def uploads(self) -> bool:
        """Whether there are pictures in it that only an answer can have."""
        return any(isinstance(block, Image) and block.data for block in self.blocks)


def _short(command: str) -> None:
    if len(command.encode()) > 64:
        raise ValueError(f"longer than 64 bytes: {command!r}")


def say(*parts: str | Span | Text, private: bool = False) -> Reply:
    """Return a reply of one paragraph."""
    return Reply((Paragraph(text(*parts)),), private=private)
