"""What an update is about, as far as it concerns us."""

from __future__ import annotations

import json
from dataclasses import dataclass

from telegram import Bot, Update

from bot.chat.command import Registry
from bot.chat.request import Address
from bot.platforms.telegram.receive import (
    Incoming,
    read,
    read_addition,
    read_loss,
    read_migration,
    read_reply,
)


class Unreadable(Exception):
    """What came is no update that Telegram documents."""


@dataclass(frozen=True, slots=True)
class News:
    """What an update asks, what it may ask as a reply, and what became of a chat.

    `replied`: the chat and id of the message that it replies to, and the words; `added`: a greeting, by whoever let us
    into a chat; `lost`: a chat in which we can write no more, and why; `migrated`: a group's old and new address.
    """

    update: Update
    asked: Incoming | None
    replied: tuple[Address, str, Incoming] | None
    added: Incoming | None
    lost: tuple[Address, str] | None
    migrated: tuple[Address, Address] | None

    @classmethod
    def read(cls, payload: str, bot: Bot, *, number: int, username: str, registry: Registry) -> News:
        """Read an update in JSON for the bot with this id and name.

        Raises `Unreadable` for one that is not as Telegram documents it.
        """
        try:
            update = Update.de_json(json.loads(payload), bot)
            return cls(
                update,
                read(update, username, registry),
                read_reply(update, number),
                read_addition(update, registry),
                read_loss(update),
                read_migration(update),
            )
        except (KeyError, TypeError, ValueError, AttributeError, OverflowError, OSError) as error:
            raise Unreadable(type(error).__name__) from None
