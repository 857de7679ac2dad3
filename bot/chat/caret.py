"""A line of text with a mark under one place, for whoever made a mistake in it."""

from __future__ import annotations

import unicodedata

_COLUMNS = 32  # what a telephone shows of monospaced text without breaking the line


def pointed(text: str, position: int) -> str:
    """Return `text` in one line, cut to what is around `position`, and a caret under it in the next.

    Characters of Chinese and other scripts take two columns, marks over a letter none.
    """
    shown = [" " if character.isspace() or not character.isprintable() else character for character in text]
    start = end = min(max(position, 0), len(shown))
    room = _COLUMNS - 2  # for the marks of a cut
    while room > 0 and (start > 0 or end < len(shown)):
        if end < len(shown):
            room -= _columns(shown[end])
            end += 1
        if start > 0:
            start -= 1
            room -= _columns(shown[start])
    before = ("…" if start else "") + "".join(shown[start:position])
    line = before + "".join(shown[position:end]) + ("…" if end < len(shown) else "")
    return f"{line}\n{' ' * sum(map(_columns, before))}^"


def _columns(character: str) -> int:
    if unicodedata.combining(character):
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1
