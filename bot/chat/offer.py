"""What is offered to a person who writes in some other chat and has not sent anything yet."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from bot.chat.command import Command
from bot.chat.reply import Reply
from bot.chat.request import Request

MOST = 50  # offers for one query; nobody looks further


@dataclass(frozen=True, slots=True)
class Offer:
    """One line of a list, and the `reply` that is sent in the person's name if they choose it.

    `key` tells it from the others of its list, in at most 64 bytes. Raises `ValueError` for a longer one or none.
    """

    key: str
    title: str
    description: str
    reply: Reply

    def __post_init__(self) -> None:
        if not 1 <= len(self.key.encode()) <= 64:
            raise ValueError(f"not 1 to 64 bytes: {self.key!r}")


class Offers(Protocol):
    """Where offers come from."""

    async def of(self, request: Request, words: str) -> Sequence[Offer]:
        """Return what fits the words, the best first, `MOST` at most: nothing is written or looked up elsewhere for it."""


async def _not_run(request: Request) -> Reply:
    raise NotImplementedError("what is offered is no command")


# What guards are asked about: whoever may use any command may be offered something.
OFFERING = Command("offer", "Offer papers while a person types.", (), _not_run, listed=False)
