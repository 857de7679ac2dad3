"""What Telegram does to a text after its markup is read: cleaning, trimming, and links of its own.

Stricter than Telegram in one point: any ending of two letters or more makes a domain here, for there
are 1,400 real ones (`.md`, `.py`, `.ai`, `.cl` among them) and every year brings more.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator

from tests.fakes.telegram_html import MOST_ENTITIES, Entity, utf16

_REMOVED = re.compile("[\r\u2028-\u202e\u030a\u0333\u033f]")
_BLANKED = re.compile(r"[\0-\x09\x0b\x0c\x0e-\x1f]")
# Telegram trims these too: a message of nothing else is empty.
_EMPTY = " \n\u200b\u200c\u200d\u200e\u200f\u2060\ufeff\u00a0\u180e\u2061\u2062\u2063\u2064\u3164\u00ad"

_TAG = r"\w\u200c\u00b7\u0d80-\u0dff"
_DOMAIN = r"(?:[a-zA-Z0-9_~-]|[^\0-\x7f\s\u2000-\u206f\u3000-\u303f\uff00-\uff0f«»“”])"
_FINDERS = {
    "email": re.compile(r"(?<![\w.+%-])[\w.+%-]++@(?:[a-zA-Z0-9_-]+\.)+[a-zA-Z]{2,}"),
    "url": re.compile(
        rf"(?:(?:tg|ton|tonsite)://[\w.~-]+"
        rf"|(?:\d{{1,3}}\.){{3}}\d{{1,3}}(?![\w.])"
        rf"|(?<!{_DOMAIN})(?:{_DOMAIN}++\.)+(?:[a-zA-Z]{{2,}}|[^\W\d_]{{2,}}|xn--[a-z0-9-]+))"
        rf"(?::\d+)?(?:[/?#][^\s]*)?"
    ),
    "mention": re.compile(r"(?<!\w)@(?:[a-zA-Z0-9_]{4,32}|gif|vid|pic|wiki|bing|bold|imdb|coub|like|vote)(?!\w)"),
    "hashtag": re.compile(rf"(?<![{_TAG}])#(?=[{_TAG}]*[^\W\d_])[{_TAG}]{{1,255}}(?:@[a-zA-Z0-9_]{{4,32}})?(?![#{_TAG}])"),
    "cashtag": re.compile(rf"(?<![${_TAG}])\$(?:1INCH|[A-Z]{{1,8}})(?:@[a-zA-Z0-9_]{{4,32}})?(?![${_TAG}])"),
    "bot_command": re.compile(r"(?<![\w/<>])/[a-zA-Z0-9_]{1,64}(?:@[a-zA-Z0-9_]{3,32})?(?![\w/<>])"),
    "phone_number": re.compile(r"(?<!\w)\+\d(?:[ ().-]{0,2}\d){6,14}(?!\d)", re.A),
    "bank_card_number": re.compile(r"(?<![\w.,+-])[0-9](?:[ -]?[0-9]){12,18}(?![\w-])"),
}  # fmt: skip

_SIGNS = {
    "mention": "@",
    "hashtag": "#",
    "cashtag": "$",
    "bot_command": "/",
    "phone_number": "+",
    "email": "@",
    "url": ".:",
}


def cleaned(text: str, entities: list[Entity]) -> tuple[str, list[Entity]]:
    """Return the text without what Telegram removes and without blanks at its ends."""
    clean = not _REMOVED.search(text) and not _BLANKED.search(text) and text == text.strip()
    if clean and text.isprintable() and text:
        return text, entities
    keep = [not _REMOVED.match(c) for c in text]
    start = next(
        (i for i, c in enumerate(text) if keep[i] and c not in _EMPTY and not _BLANKED.match(c)), len(text)
    )
    if start == len(text):
        return "", []
    # At the start only white space goes; what is invisible stays with the text that follows it.
    start = next(i for i, c in enumerate(text) if keep[i] and not (c.isspace() or _BLANKED.match(c)))
    end = max(i for i, c in enumerate(text) if keep[i] and not (c.isspace() or _BLANKED.match(c))) + 1
    moved = [0]  # old offset in UTF-16 units → new
    out = []
    for i, c in enumerate(text):
        kept = keep[i] and start <= i < end
        moved += [moved[-1] + kept] * utf16(c) if utf16(c) == 1 else [moved[-1] + kept, moved[-1] + 2 * kept]
        if kept:
            out.append(" " if _BLANKED.match(c) else c)
    fitted = [
        Entity(e.type, moved[e.offset], moved[e.end] - moved[e.offset], e.url, e.language) for e in entities
    ]
    return "".join(out), [e for e in fitted if e.length]


def linked(text: str, entities: list[Entity]) -> list[Entity]:
    """Return `entities` with those that Telegram adds by itself, the first hundred in all."""
    closed = [(e.offset, e.end) for e in entities if e.type in ("code", "pre", "text_link")]
    added = [e for e in automatic(text) if not any(e.offset < end and start < e.end for start, end in closed)]
    return sorted([*entities, *added], key=lambda e: (e.offset, -e.length))[:MOST_ENTITIES]


def automatic(text: str) -> Iterator[Entity]:
    """Yield what Telegram takes for a link, mention, tag, command or number in plain text."""
    seen: list[range] = []
    for kind, finder in _FINDERS.items():
        if not any(sign in text for sign in _SIGNS.get(kind, "0123456789")):
            continue
        for found in finder.finditer(text):
            if any(found.start() < other.stop and other.start < found.end() for other in seen):
                continue
            if kind == "bank_card_number" and not _luhn(re.sub(r"\D", "", found.group())):
                continue
            seen.append(range(*found.span()))
            yield Entity(kind, utf16(text[: found.start()]), utf16(found.group()), automatic=True)


def _luhn(digits: str) -> bool:
    doubled = (int(d) * (1 + i % 2) for i, d in enumerate(reversed(digits)))
    return sum(d - 9 * (d > 9) for d in doubled) % 10 == 0 and unicodedata.decimal(digits[0]) > 1
