"""Whether words that are said to be a text's own stand in it, and how they stand there."""

from __future__ import annotations

import re
import unicodedata

_FEWEST = 12  # letters and digits; fewer stand anywhere
_LEFT_OUT = re.compile(r"\s*(?:\[\s*(?:…|\.{3})\s*\]|…|\.{3,}|⋯+)\s*")


def quoted(words: str, text: str) -> str | None:
    """Return the words of `text` that are meant, as they stand there; None if they do not.

    Letters and digits count, in order and without a gap but where an ellipsis shows one. What stands between
    them does not: PDFs and models differ in blanks, hyphens, quotation marks and ligatures.
    """
    letters, places = _folded(text)
    shown: list[str] = []
    begin = 0
    parts = [folded for part in _LEFT_OUT.split(words) if (folded := _folded(part)[0])]
    if sum(map(_weight, parts)) < _FEWEST or any(_weight(part) < _FEWEST // 2 for part in parts):
        return None
    for part in parts:
        at = letters.find(part, begin)
        if at < 0:
            return None
        begin = at + len(part)
        shown.append(_whole(text, places[at], places[begin - 1] + 1))
    return " … ".join(shown)


def _folded(text: str) -> tuple[str, list[int]]:
    """Return the letters and digits of a text, and where each of them stands in it."""
    if text.isascii():
        found = [(letter, at) for at, letter in enumerate(text.lower()) if letter.isalnum()]
        return "".join(letter for letter, _ in found), [at for _, at in found]
    letters: list[str] = []
    places: list[int] = []
    for at, character in enumerate(text):
        for letter in unicodedata.normalize("NFKC", character).casefold():
            if letter.isalnum():
                letters.append(letter)
                places.append(at)
    return "".join(letters), places


def _weight(folded: str) -> int:
    return sum(3 if letter > "\u2e7f" else 1 for letter in folded)


def _whole(text: str, start: int, end: int) -> str:
    """Return a part of `text` without cutting a word, a number or a percentage at its edges."""
    if text[start] <= "\u2e7f":
        while start and text[start - 1].isalnum() and text[start - 1] <= "\u2e7f":
            start -= 1
    if text[end - 1] <= "\u2e7f":
        while end < len(text) and text[end].isalnum() and text[end] <= "\u2e7f":
            end += 1
    closing = re.compile(r"[%°]?[)\]]?[.!?。]?").match(text, end)
    return text[start : closing.end() if closing else end]
