"""Cutting text to a platform's limit without hurting it.

    first, rest = take(text, room, length)      first fits in `room`; first + rest == text
    pieces = split(text, limit, length)         every piece fits; "".join(pieces) == text
    n = cut(text, fits)                         for limits that are more than a length

`length` is how the platform counts: `len` for code points, or UTF-16 units, or the length of the
escaped text; it must grow with the text. Nothing is dropped: white space at a cut stays where it is,
for the renderer to strip or keep.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence

from wcwidth import iter_graphemes

Length = Callable[[str], int]
Fits = Callable[[int], bool]  # do the first so many code points fit?
Ranges = Sequence[tuple[int, int]]

# Good places for a cut, best first; each is used only where the piece stays at least half full.
_PLACES = (
    re.compile(r"\n(?:[^\S\n]*\n)+"),
    re.compile(r"\n"),
    re.compile(r"[.!?…][\"'”’)\]]*[^\S\u00a0\u202f\u2007]+|[。！？][”’」』）]*\s*"),
)
_STUCK = "\u00a0\u202f\u2007"  # spaces that hold words together
# Scripts without spaces between words: a cut may fall between any two of their characters, …
_UNSPACED = re.compile(
    r"[\u2e80-\u312f\u31a0-\ua4cf\uf900-\ufaff\ufe30-\ufe4f\uff00-\uffef\U00020000-\U0003ffff]"
)
# … but closing punctuation does not begin a piece, nor opening punctuation end one.
_CLOSING = frozenset("，。、！？；：）］｝〉》」』】〕〗”’…％·,.;:!?)]}%")
_OPENING = frozenset("（［｛〈《「『【〔〖“‘([{")


def take(text: str, room: int, length: Length = len, *, whole: int = 0) -> tuple[str, str]:
    """Cut off what fits in `room`: after a paragraph, line, sentence or word, as comes closest.

    What does not fit in `room` and would fit in `whole`, the room of an empty message, is left for that:
    the first part may be empty. With `whole` not above `room` there is always progress.
    """
    end = cut(
        text,
        lambda n: length(text[:n]) <= room,
        alone=(lambda n: length(text[:n]) <= whole) if whole > room else None,
    )
    return text[:end], text[end:]


def split(text: str, limit: int, length: Length = len) -> Iterator[str]:
    """Yield the pieces of `text`, each of at most `limit`; none for an empty text."""
    while text:
        piece, text = take(text, limit, length)
        yield piece


def cut(text: str, fits: Fits, *, alone: Fits | None = None, kept: Ranges = ()) -> int:
    """Return how many code points of `text` to take now, so that they fit and no word is hurt.

    `alone` says what would fit in an empty message: a word that does is left for one, and the answer may
    be 0. `kept` are ranges, such as links, that are cut no more readily than a word. Only a word longer
    than a message is cut, between graphemes; only a grapheme longer than a message between code points.
    """
    end = _most(text, fits)
    if end == len(text):
        return end
    bounds = _boundaries(text, end)
    allowed = _outside(bounds, kept)
    if place := _place(text, end, allowed):
        return place
    if alone:
        full = _most(text, alone)
        if full == len(text) or _place(text, full, _outside(_boundaries(text, full), kept)):
            return 0
    if 0 < (lead := len(text) - len(text.lstrip())) <= end and lead in allowed:
        return lead  # the word behind the white space may fit without it
    # The first word, or the first range, is longer than any message.
    if hurt := max(allowed, default=0) or _place(text, end, bounds) or max(bounds, default=0):
        return hurt
    if alone and alone(end + 1):
        return 0
    return max(end, 1)  # not even one code point fits: the limit is absurd, a loop without end is worse


def _most(text: str, fits: Fits) -> int:
    """Return how many code points of `text` fit, graphemes aside."""
    low, high = 0, min(len(text), 512)
    while fits(high):
        if high == len(text):
            return high
        low, high = high, min(len(text), high * 2)
    while low + 1 < high:
        middle = (low + high) // 2
        if fits(middle):
            low = middle
        else:
            high = middle
    return low


def _boundaries(text: str, end: int) -> set[int]:
    """Return the positions in (0, end] at which a grapheme ends."""
    found: set[int] = set()
    position = 0
    for grapheme in iter_graphemes(text):
        position += len(grapheme)
        if position > end:
            break
        found.add(position)
    return found


def _outside(positions: set[int], kept: Ranges) -> set[int]:
    return {p for p in positions if not any(start < p < end for start, end in kept)} if kept else positions


def _place(text: str, end: int, bounds: set[int]) -> int:
    """Return the best position in (0, end] for a cut that hurts no word, 0 if there is none."""
    lead = len(text) - len(text.lstrip())  # a piece of nothing but white space is no piece
    for place in _PLACES:
        ends = (min(match.end(), end) for match in place.finditer(text, 0, end + 1))
        good = [spot for spot in ends if spot in bounds and spot >= max(end // 2, lead + 1)]
        if good:
            return good[-1]
    for spot in range(end, lead, -1):
        if spot in bounds and _between_words(text[spot - 1], text[spot]):
            return spot
    return 0


def _between_words(before: str, after: str) -> bool:
    if before.isspace() or after.isspace():
        return not (before in _STUCK or after in _STUCK)
    if _UNSPACED.match(before) or _UNSPACED.match(after):
        return before not in _OPENING and after not in _CLOSING
    return False
