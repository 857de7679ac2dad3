"""Where the reading room shows an edition, as people outside reach it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from urllib.parse import urlsplit

from bot.language import Language
from bot.topics.wanted import Wanted

_HERE = ("localhost", "127.0.0.1", "::1", "0.0.0.0")  # noqa: S104 - nothing is bound to it


@dataclass(frozen=True, slots=True)
class Public:
    """The room's address, "" where it has none; pages in the `default` language need no name of it."""

    address: str = ""
    default: Language = Language("en")  # noqa: RUF009 - frozen

    def page(self, wanted: Wanted, day: date, language: Language) -> str:
        """Return the address of an edition's page; "" for queries, which have none, and for this machine alone.

        Telegram refuses buttons that lead to localhost.
        """
        if not self.address or wanted.topic is None or urlsplit(self.address).hostname in _HERE:
            return ""
        tongue = "" if language == self.default else f"{language}/"
        return f"{self.address.rstrip('/')}/{tongue}topics/{wanted.topic.id}/{day}"
