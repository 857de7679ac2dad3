"""Logging: one format, and no secret in it, not even in a traceback."""

from __future__ import annotations

import logging
import re
from collections.abc import Sequence
from logging.handlers import RotatingFileHandler
from pathlib import Path
from typing import TextIO

# Shapes of secrets, for those that are not among our settings: a bot token in an address, a key, a password.
_SHAPES = re.compile(
    r"(?P<bot>bot)\d{6,}:[\w-]{30,}"
    r"|(?<![\w-])\d{6,}:[\w-]{30,}"
    r"|(?<![\w-])sk-[\w-]{16,}"
    r"|(?P<auth>(?:Bearer|Bot)\s+)[\w.~+/=-]{16,}"
    r"|(?P<scheme>\w+://[^\s/:@]*:)[^\s/@]+(?=@)"
)


class Redacting(logging.Formatter):
    """Format a record, then blot out every secret in it: message, arguments, exception, stack."""

    def __init__(self, secrets: Sequence[str]) -> None:
        super().__init__("%(asctime)s %(levelname)s %(name)s: %(message)s")
        # Passwords shorter than this would blot out ordinary words.
        self._secrets = sorted((s for s in secrets if len(s) >= 6), key=len, reverse=True)

    def format(self, record: logging.LogRecord) -> str:
        """Return the line or lines to be written."""
        said = super().format(record)
        for secret in self._secrets:
            said = said.replace(secret, "[secret]")
        return _SHAPES.sub(lambda m: (m["bot"] or m["auth"] or m["scheme"] or "") + "[secret]", said)


def configure(level: str, secrets: Sequence[str], to: TextIO | Path) -> None:
    """Send everything to a stream, or to a file of at most 5 MB and its predecessor."""
    handler: logging.Handler
    if isinstance(to, Path):
        handler = RotatingFileHandler(
            to, maxBytes=5_000_000, backupCount=1, encoding="utf-8", errors="backslashreplace", delay=True
        )
    else:
        handler = logging.StreamHandler(to)
    logging.raiseExceptions = (
        False  # a full disk is no reason to show a person a call stack, with its secrets
    )
    handler.setFormatter(Redacting(secrets))
    logging.basicConfig(level=level, handlers=[handler], force=True)
    for loud in ("arxiv", "httpx", "httpx2", "httpcore", "httpcore2", "urllib3", "openai", "asyncio"):
        logging.getLogger(loud).setLevel(logging.WARNING)
