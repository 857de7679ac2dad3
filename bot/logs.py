"""Logging: one line for each event, with what it is about in fields, and no secret in it, not even in a traceback.

On a terminal the lines are for people; anywhere else each is a JSON object. Libraries' own lines go the same way.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Iterator, Mapping, MutableMapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime
from functools import cached_property
from logging.handlers import RotatingFileHandler
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Literal, TextIO

if TYPE_CHECKING:
    from structlog.stdlib import ProcessorFormatter

Form = Literal["auto", "text", "json"]

# Shapes of secrets, for those that are not among our settings: a bot token in an address, a key, a password.
_SHAPES = re.compile(
    r"(?P<bot>bot)\d{6,}:[\w-]{30,}"
    r"|(?<![\w-])\d{6,}:[\w-]{30,}"
    r"|(?<![\w-])sk-[\w-]{16,}"
    r"|(?P<auth>(?:Bearer|Bot)\s+)[\w.~+/=-]{16,}"
    r"|(?P<scheme>\w+://[^\s/:@]*:)[^\s/@]+(?=@)"
)
# What would end a line, move the cursor or turn the direction of writing, and so forge a line of the log.
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]")
_IN_TRACEBACK = re.compile(r"[^\n\t]")  # these two belong there

# Fields that a log line may be given by `extra=` as well.
_FIELDS = ("paper", "chat", "edition", "command", "category", "day")

_about: ContextVar[Mapping[str, str]] = ContextVar("what log lines are about", default=MappingProxyType({}))


@contextmanager
def about(**fields: object) -> Iterator[Callable[..., None]]:
    """Put these fields into every line that is written while the block runs, here and in tasks begun in it.

    Yields a function that adds more of them.
    """

    def more(**added: object) -> None:
        _about.set({**_about.get(), **{name: str(value) for name, value in added.items()}})

    token = _about.set(_about.get())
    more(**fields)
    try:
        yield more
    finally:
        _about.reset(token)


class Lines(logging.Formatter):
    """Format a record as a line, with every secret in it blotted out: message, arguments, exception, stack."""

    def __init__(self, secrets: Sequence[str], *, machine: bool = True, colours: bool = False) -> None:
        """`machine`: a JSON object a line; else for people, in `colours` where they can be seen."""
        super().__init__()
        # Passwords shorter than this would blot out ordinary words.
        self._secrets = sorted((s for s in secrets if len(s) >= 6), key=len, reverse=True)
        self._machine = machine
        self._colours = colours

    def format(self, record: logging.LogRecord) -> str:
        """Return the line; for people, an exception's traceback stands below it."""
        return self._blotted(self._formatter.format(record))

    @cached_property
    def _formatter(self) -> ProcessorFormatter:
        # Loading it takes a tenth of a second, which a command that logs nothing shall not wait for.
        from structlog.dev import ConsoleRenderer, plain_traceback
        from structlog.processors import JSONRenderer, format_exc_info
        from structlog.stdlib import ExtraAdder, ProcessorFormatter

        written: JSONRenderer | ConsoleRenderer = JSONRenderer(ensure_ascii=False)
        if not self._machine:
            written = ConsoleRenderer(
                colors=self._colours, pad_event_to=0, sort_keys=False, exception_formatter=plain_traceback
            )
        return ProcessorFormatter(
            foreign_pre_chain=[self._named, ExtraAdder(allow=_FIELDS)],
            # Everything is cleaned before colours are added: both are escape sequences.
            processors=[ProcessorFormatter.remove_processors_meta, format_exc_info, self._clean, written],
        )

    def _named(self, _logger: object, _method: str, event: MutableMapping[str, Any]) -> Mapping[str, Any]:
        record: logging.LogRecord = event["_record"]
        when = datetime.fromtimestamp(record.created, UTC)
        return {
            "timestamp": f"{when:%Y-%m-%dT%H:%M:%S}.{when.microsecond // 1000:03d}Z"
            if self._machine
            else f"{when.astimezone():%Y-%m-%d %H:%M:%S}",
            "level": record.levelname.lower(),
            **event,
            "logger": record.name,
            **_about.get(),
        }

    def _clean(self, _logger: object, _method: str, event: MutableMapping[str, Any]) -> Mapping[str, Any]:
        """Blot out secrets before quotes or colours come between their letters, and escape what moves a cursor."""
        return {name: self._said(name, value) for name, value in event.items() if value is not None}

    def _said(self, name: str, value: object) -> object:
        said = self._blotted(str(value))
        if name in ("exception", "stack"):
            return _CONTROL.sub(lambda m: _IN_TRACEBACK.sub(_escaped, m[0]), said)
        return _CONTROL.sub(_escaped, said)

    def _blotted(self, said: str) -> str:
        for secret in self._secrets:
            said = said.replace(secret, "[secret]")
        return _SHAPES.sub(lambda m: (m["bot"] or m["auth"] or m["scheme"] or "") + "[secret]", said)


def _escaped(found: re.Match[str]) -> str:
    return found[0].encode("unicode_escape").decode()


def configure(level: str, secrets: Sequence[str], to: TextIO | Path, form: Form = "auto") -> None:
    """Send everything to a stream, or to a file of at most 5 MB and its predecessor."""
    handler: logging.Handler
    terminal = False
    if isinstance(to, Path):
        handler = RotatingFileHandler(
            to, maxBytes=5_000_000, backupCount=1, encoding="utf-8", errors="backslashreplace", delay=True
        )
    else:
        handler = logging.StreamHandler(to)
        terminal = to.isatty()
    logging.raiseExceptions = (
        False  # a full disk is no reason to show a person a call stack, with its secrets
    )
    machine = form == "json" or (form == "auto" and not terminal)
    handler.setFormatter(Lines(secrets, machine=machine, colours=terminal))
    logging.basicConfig(level=level, handlers=[handler], force=True)
    for loud in ("arxiv", "httpx", "httpx2", "httpcore", "httpcore2", "urllib3", "openai", "asyncio"):
        logging.getLogger(loud).setLevel(logging.WARNING)
