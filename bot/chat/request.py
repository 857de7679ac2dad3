"""What a person asked, where, and who they are; parsed at a platform's edge."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from bot.chat.reply import Reply
from bot.chat.wording import Translator, translator
from bot.language import ENGLISH, Language

# Everything below a space but line feed and tab, and what reorders or hides text.
_UNSEEN = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]")


@dataclass(frozen=True, slots=True)
class Address:
    """A chat of a platform, and the thread within it where there is one."""

    platform: str
    chat: str
    thread: str | None = None

    @property
    def key(self) -> str:
        """The chat as a whole: what is chosen holds for all its threads."""
        return f"{self.platform}:{self.chat}"

    def __str__(self) -> str:
        return ":".join(filter(None, (self.platform, self.chat, self.thread)))


@dataclass(frozen=True, slots=True)
class Actor:
    """The person, channel or anonymous admin who asked. `id` is unique on its platform.

    `manages`: may manage the chat that the request came from, as the platform said just now.
    """

    id: str
    name: str = ""
    manages: bool = False


@dataclass(frozen=True, slots=True)
class Call:
    """A command's name and its arguments: as typed, or by name from a platform that types them."""

    name: str
    arguments: str | Mapping[str, str] = ""

    @classmethod
    def parse(cls, line: str) -> Call:
        """Read `/name arguments`; the slash may be missing, control characters become spaces."""
        words = _UNSEEN.sub(" ", line).strip().split(maxsplit=1)
        name = words[0].removeprefix("/").removeprefix("／").lower() if words else ""
        return cls(name, words[1].strip() if len(words) > 1 else "")


def _unheard(said: str) -> None:
    """Nobody waits for word of progress."""


def _unseen(reply: Reply) -> None:
    """Nobody watches a reply being written."""


@dataclass(frozen=True, slots=True)
class Request:
    """One call of one command. `private`: a chat of the person and the bot alone.

    `language` is what the chat speaks, filled in by the dispatcher; `hint` is what the person's client
    speaks, which serves until the chat has chosen. `progress` takes a sentence to show while waiting, and
    `draft` the reply as far as it is written, to show in its place; neither waits nor raises. Each draft takes
    the place of the one before, and the reply that of the last.
    `aside`: the platform can answer this person alone where others read, as a `Reply` that is `private` wants it.
    `community` is the key of what holds the chat together with others, such as a Discord server.
    """

    call: Call
    address: Address
    actor: Actor
    private: bool = True
    language: Language = ENGLISH
    hint: Language | None = None
    community: str | None = None
    aside: bool = False
    progress: Callable[[str], None] = field(default=_unheard, compare=False)
    draft: Callable[[Reply], None] = field(default=_unseen, compare=False)

    @property
    def person(self) -> str:
        """The actor's key."""
        return f"{self.address.platform}:{self.actor.id}"

    @property
    def scope(self) -> str:
        """The key that access is given to: the community, or the chat where there is none."""
        return self.community or self.address.key

    @property
    def t(self) -> Translator:
        """Fixed sentences in the chat's language."""
        return translator(self.language.tag)
