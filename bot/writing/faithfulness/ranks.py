"""Places in a ranking: "ranked third", "2nd place", 排名第三."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from bot.writing.faithfulness import spelled

_ORDINALS = {
    word: place
    for place, word in enumerate(
        "first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth".split(), 1
    )
}
_ENGLISH = rf"(?:{'|'.join(_ORDINALS)}|\d{{1,3}}(?:st|nd|rd|th))"
_CHINESE = r"(?:\d{1,3}|[一二三四五六七八九十]{1,3})"
_ORDINAL = re.compile(rf"\b(?P<english>{_ENGLISH})\b|第\s?(?P<chinese>{_CHINESE})", re.IGNORECASE)
_PLACE = re.compile(
    rf"\brank(?:s|ed|ing)?\s(?:as\s|in\s|at\s)?(?:the\s)?(?P<ranked>{_ENGLISH})\b"
    rf"|\b(?P<place>{_ENGLISH})[ -](?:place|rank|prize)\b"
    rf"|\b(?P<among>{_ENGLISH})\s(?:out\s)?(?:of|among)\s(?:the\s|all\s)?\d"
    rf"|(?:排名|排在|位列|位居|名列)(?:了|在|于|全球|总体)?第\s?(?P<placed>{_CHINESE})"
    rf"|第\s?(?P<th>{_CHINESE})\s?名",
    re.IGNORECASE,
)
# Who is first is called so in many ways.
_BEST = re.compile(
    r"\b(?:best|top|tops|topped|highest|lowest|leading|leads?|win|wins|won|winn\w+|outperform\w*|surpass\w*|champion\w*"
    r"|state[ -]of[ -]the[ -]art|sota)\b|最|冠军|领先|优于|超过|首",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Rank:
    """A place in a ranking, as it stands in a text; 1 is the best."""

    start: int
    end: int
    place: int


def ranks(text: str) -> Iterator[Rank]:
    """Yield the places that plain `text` gives to somebody or something."""
    for found in _PLACE.finditer(text):
        name = str(found.lastgroup)
        yield Rank(found.start(name), found.end(name), _value(found[name]))


def ordinals(text: str) -> frozenset[int]:
    """Return all that plain `text` numbers by an ordinal, and 1 where it calls something the best."""
    said = {_value(found["english"] or found["chinese"]) for found in _ORDINAL.finditer(text)}
    return frozenset(said | {1} if _BEST.search(text) else said)


def _value(ordinal: str) -> int:
    if digits := re.match(r"\d+", ordinal):
        return int(digits[0])
    return _ORDINALS.get(ordinal.lower()) or int(spelled.chinese(ordinal))
