"""What counts as one word, and which spellings count as the same, for queries and papers alike."""

from __future__ import annotations

import re
import unicodedata
from typing import NamedTuple

# Scripts written without blanks: each character is a word, and a run of them is found as a phrase.
_CJK = "\u2e80-\u2fdf\u3005-\u3007\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af\uf900-\ufaff\U00020000-\U0003ffff"
# Not compiled before it is used: sets of so many signs take milliseconds, and a short command uses none.
_WORD = rf"([{_CJK}]|[^\W_{_CJK}]+(?:\+\+|#(?![^\W_]))?)(?:['’][sS](?![^\W_]))?"
_HYPHENS = frozenset("-\u2010\u2011\u2012\u2013")
_UNSEEN = dict.fromkeys((0xAD, 0x200B, 0x200C, 0x200D, 0x2060, 0xFEFF))
_NEVER_DECOMPOSED = str.maketrans({"ł": "l", "ø": "o", "đ": "d", "æ": "ae", "œ": "oe", "ı": "i", "ð": "d"})
_SINGULAR = frozenset(
    "alias always atlas bias canvas does gas has kansas lens means news perhaps series species texas this was".split()
)
_MOST_PARTS = 3  # of a hyphenated word that is also known in one piece


class Word(NamedTuple):
    """A word, normal as in `normal`, and where it stands in the text that `readable` returns.

    `hyphenated`: nothing but a hyphen stands between it and the word before.
    """

    normal: str
    start: int
    end: int
    hyphenated: bool


def readable(text: str) -> str:
    """Return `text` in the one spelling of Unicode that the positions of `words` count in."""
    return text if text.isascii() else unicodedata.normalize("NFKC", text).translate(_UNSEEN)


def words(text: str) -> list[Word]:
    """Return the words of a text that went through `readable`."""
    found: list[Word] = []
    last = -2
    for match in re.finditer(_WORD, text):
        start, end = match.span(1)
        found.append(Word(normal(match[1]), start, end, start - last == 1 and text[last] in _HYPHENS))
        last = match.end()
    return found


def normal(word: str) -> str:
    """Fold case and accents."""
    if word.isascii():
        return word.lower()
    parts = unicodedata.normalize("NFKD", word.casefold())
    return "".join(c for c in parts if not unicodedata.combining(c)).translate(_NEVER_DECOMPOSED)


def singular(word: str) -> str:
    """Fold the plural of a normal word: agents and agent are one, bias and corpus stay."""
    if word.endswith("ie") and len(word) > 4:
        return word[:-2] + "y"  # movie, as movies
    if len(word) <= 3 or word[-1] != "s" or word[-2] in "suis" or word in _SINGULAR:
        return word
    if word.endswith("ies") and len(word) > 4:
        return word[:-3] + "y"
    return word[:-1]


def joined(parts: tuple[str, ...]) -> str | None:
    """Return a hyphenated word in one piece, as pretraining for pre-training; None if nobody writes it so."""
    if not 1 < len(parts) <= _MOST_PARTS or all(part.isdigit() for part in parts):
        return None
    return "".join(parts)
