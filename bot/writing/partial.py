"""What there is of a JSON object that is still being written."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import islice
from typing import Any

from bot.writing.reading import mended

_BEGINNING = re.compile(r'\{\s*"')
_MOST_TRIED = 20
_DEEPEST = 20
_BLANK = re.compile(r"\s*")
# An escape that the end of the text cuts is no part of it; "\underline" is LaTeX and no escape.
_BODY = re.compile(r'[^"\\]*(?:\\(?:u[0-9a-fA-F]{4}|u(?![0-9a-fA-F]{0,3}\Z)|[^u])[^"\\]*)*', re.DOTALL)
_SCALAR = re.compile(r"true|false|null|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?")


@dataclass(frozen=True, slots=True)
class Partial:
    """The fields that have come; `open` is the one whose string is still being written, "" if none is."""

    fields: Mapping[str, Any]
    open: str = ""


def so_far(text: str, field: str) -> Partial:
    """Return the first object in `text` that has a `field`, as far as it has come; without any, an empty one.

    Whatever wraps it up is passed over. A string that is not closed is returned up to what can be read of it;
    a number or a word that is not ended is not returned yet.
    """
    for begun in islice(_BEGINNING.finditer(text), _MOST_TRIED):
        reader = _Reader(text, begun.start())
        found = reader.value(0)
        if isinstance(found, dict) and field in found:
            return Partial(found, reader.open)
    return Partial({})


_NOTHING = object()


class _Reader:
    """Reads one value from a place on; `open` is the key of an object whose string the text's end cut."""

    def __init__(self, text: str, at: int) -> None:
        self._text = text
        self._at = at
        self._ended = False
        self.open = ""

    def value(self, depth: int) -> Any:
        """Return the value, or what there is of it; `_NOTHING` if that is nothing."""
        sign = self._next()
        if depth > _DEEPEST:
            self._ended = True
            return _NOTHING
        match sign:
            case "{":
                return self._object(depth)
            case "[":
                return self._array(depth)
            case '"':
                return self._string()
        found = _SCALAR.match(self._text, self._at)
        if not found or found.end() == len(self._text):  # 6 may become 62
            self._ended = True
            return _NOTHING
        self._at = found.end()
        return json.loads(found[0])

    def _next(self) -> str:
        """Return the next sign that is no blank, "" at the end."""
        blank = _BLANK.match(self._text, self._at)
        self._at = blank.end() if blank else self._at
        return self._text[self._at : self._at + 1]

    def _object(self, depth: int) -> dict[str, Any]:
        made: dict[str, Any] = {}
        self._at += 1
        while not self._ended and self._next() == '"':
            name = self._string()
            if self._ended or self._next() != ":":
                self._ended = True
                break
            self._at += 1
            value = self.value(depth + 1)
            if value is not _NOTHING:
                made[name] = value
            if self._ended:
                self.open = name if isinstance(value, str) and not depth else self.open
                break
            if self._next() == ",":
                self._at += 1
        self._close("}")
        return made

    def _array(self, depth: int) -> list[Any]:
        made: list[Any] = []
        self._at += 1
        while not self._ended and self._next() not in ("]", ""):
            value = self.value(depth + 1)
            if value is not _NOTHING:
                made.append(value)
            if not self._ended and self._next() == ",":
                self._at += 1
        self._close("]")
        return made

    def _close(self, sign: str) -> None:
        if not self._ended and self._next() == sign:
            self._at += 1
        else:
            self._ended = True

    def _string(self) -> str:
        found = _BODY.match(self._text, self._at + 1)
        assert found  # it matches nothing at all, too
        body = found[0]
        self._ended = self._text[found.end() : found.end() + 1] != '"'
        self._at = found.end() + 1
        for written in (body, mended(body)):
            try:
                decoded = str(json.loads(f'"{written}"', strict=False))
            except ValueError:
                continue
            # Half of a character that is written as two escapes.
            return decoded[:-1] if "\ud800" <= decoded[-1:] <= "\udbff" else decoded
        return ""
