"""What a line ends with, as words of their own: what the readers of options share."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

CJK = r"\u2e80-\u9fff"
_NUMERALS = {c: n for n, c in enumerate("零一二三四五六七八九十")} | {"两": 2, "兩": 2, "〇": 0}
NUMBER = r"\d{1,3}|[零〇一二两兩三四五六七八九十]{1,3}"

# As long as the line, so that what is found in one stands at the same place in the other.
_SHADOW = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)} | {ord(c): " " for c in ",;，；、\u3000"}
_QUOTES = {ord(c): '"' for c in "“”„«»「」『』＂"}

# After these a word is part of what is wanted: `translation into German`, `attention AND brief`.
OPEN_ENDS = frozenset(
    "and or not andnot of to from into onto with for by the a an between vs versus on about in at as than".split()
)


@dataclass(frozen=True, slots=True)
class Found:
    """An option that begins at `start`. `bare`: a word that may as well be the query's own."""

    start: int
    said: Mapping[str, Any]
    bare: bool = False


@dataclass(frozen=True, slots=True)
class Read:
    """What was said to the right. `places`: a city alone may be a zone. `before` reads what a text ends with."""

    said: Mapping[str, Any]
    places: bool
    before: Callable[[str], Mapping[str, Any]]


Reader = Callable[[str, Read], Found | None]


def shadow_of(text: str) -> str:
    """Return `text` with plain characters for wide ones, one for one."""
    return text.translate(_QUOTES).translate(_SHADOW)


def is_open(shadow: str) -> bool:
    """Return whether the text ends within quotes or brackets."""
    return shadow.count('"') % 2 == 1 or shadow.count("(") > shadow.count(")")


def blocks(left: str) -> bool:
    """Return whether what follows `left` belongs to it: `translation into`."""
    words = left.split()
    return bool(words) and (words[-1].casefold() in OPEN_ENDS or words[-1].endswith((":", "-", "的")))


def search(pattern: re.Pattern[str], shadow: str) -> re.Match[str] | None:
    """Return where the text ends in `pattern`, as words of their own or next to Chinese characters."""
    found = pattern.search(shadow)
    if not found or not (start := found.start()) or shadow[start - 1] == " ":
        return found
    chinese = re.compile(f"[{CJK}]")
    return found if chinese.match(shadow[start]) or chinese.match(shadow[start - 1]) else None


def ending(pattern: str) -> re.Pattern[str]:
    """Return what finds the pattern at the end of a text, as a word of its own."""
    return re.compile(rf"(?<![A-Za-z0-9_])(?:{pattern})\s*$", re.IGNORECASE)


def number_of(text: str) -> int:
    """Read digits, or Chinese numerals below a hundred."""
    if text.isdecimal():
        return int(text)
    tens, ten, ones = text.partition("十")
    if not ten:
        return int("".join(str(_NUMERALS[c]) for c in text))
    return 10 * (_NUMERALS[tens] if tens else 1) + (_NUMERALS[ones] if ones else 0)
