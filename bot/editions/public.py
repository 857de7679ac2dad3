"""Where the reading room shows an edition or a topic, as people outside reach it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from urllib.parse import urlsplit

from bot.language import Language
from bot.topics.catalogue import Topic
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
        return self._of(f"topics/{wanted.topic.id}/{day}", language) if wanted.topic else ""

    def topic(self, topic: Topic, language: Language) -> str:
        """Return the address of a topic's page; "" for this machine alone."""
        return self._of(f"topics/{topic.id}", language)

    def _of(self, path: str, language: Language) -> str:
        if not self.address or urlsplit(self.address).hostname in _HERE:
            return ""
        tongue = "" if language == self.default else f"{language}/"
        return f"{self.address.rstrip('/')}/{tongue}{path}"
