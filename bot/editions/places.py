"""Zones and languages as people say them at the end of a line."""

from __future__ import annotations

import re

from bot.editions import zones
from bot.editions.endings import CJK, OPEN_ENDS, Found, Read
from bot.editions.times import read_time, read_weekdays
from bot.editions.zones import Zone
from bot.errors import UnknownLanguage
from bot.language import TAGS, Language

# Codes that are words, or fields of computer science: `language it` says them all the same.
_NO_CODES = frozenset("in no us it he hi id is ms cs ca et sl hr br da ta fa ro el ur vi bn".split())
_NO_LANGUAGES = frozenset(
    {"in", "to", "indonesia"}
)  # of the last, both the country's and the language's name
_LOUD_CODES = frozenset({"ZH", "EN", "CN"})  # VI, DE and AR are abbreviations of papers


_UNKNOWN_WORDS = 3  # of a place that we would complain about


def read_zone(shadow: str, read: Read) -> Found | None:
    """Read a zone or a place. Raises `BadArgument` for a place that it does not know."""
    words = list(re.finditer(r"\S+", shadow))
    last = words[-1]
    for count in (2, 1):  # UTC +8
        start = words[-count].start() if len(words) >= count else 0
        token = shadow[start:].strip()
        shaped = re.match(r"(?i)utc|gmt|[+-]\d\d?:", token) or (count == 1 and "/" in token)
        if shaped and zones.is_technical(token):
            return Found(_with_in(shadow, start), {"zone": Zone.parse(token)})
    if found := re.search(r"(?:时间|時間)$", last[0]):
        for length in range(2, 7):
            start = last.start() + found.start() - length
            if start >= last.start() and zones.knows(shadow[start:].strip()):
                return Found(start, {"zone": Zone.parse(shadow[start:])})
    return _place(shadow, words, read)


def _place(shadow: str, words: list[re.Match[str]], read: Read) -> Found | None:
    if not read.places:
        return None
    if words[-1][0].casefold() == "time":
        for count in (4, 3, 2):
            start = words[-count].start() if len(words) >= count else -1
            if start >= 0 and zones.knows(shadow[start:].strip()):
                return Found(_with_in(shadow, start), {"zone": Zone.parse(shadow[start:]), "place": True})
    for count in (3, 2, 1):  # at 9 PST, 09:00 Shanghai
        start = words[-count].start() if len(words) >= count else 0
        name = shadow[start:].strip()
        left = shadow[:start].rstrip()
        named = zones.knows(name) or zones.is_abbreviation(name)
        if named and (read_time(left, read) or read_weekdays(left, read)):
            return Found(start, {"zone": Zone.parse(name), "place": True})
    starts = [n for n, word in enumerate(words[:-1]) if word[0].casefold() == "in"]
    if not starts or len(words) - starts[-1] > 5:
        return None
    start = words[starts[-1]].start()
    place = shadow[words[starts[-1] + 1].start() :].strip()
    if zones.knows(place):
        return Found(start, {"zone": Zone.parse(place), "place": True})
    if len(place.split()) > _UNKNOWN_WORDS or '"' in place:
        return None
    if "time" in read.said or "time" in read.before(shadow[:start].rstrip()):
        Zone.parse(place)  # which says what is wrong with it
    return None


def _with_in(shadow: str, start: int) -> int:
    """Return where `in` begins, if it stands before `start`, else `start`."""
    found = re.search(r"(?:^|\s)(in\s+)$", shadow[:start], re.IGNORECASE)
    return found.start(1) if found else start


_CODE = re.compile(
    r"[a-z]{2,3}(?:-(?:Hans|Hant|hans|hant|[A-Z]{2})(?:-[A-Z]{2})?)?|zh-[a-z]{2,4}|pt-br|en-(?:us|gb)"
)
_KEYED = re.compile(r"(?:^|(?<=\s))(?:language|lang|in)\s+$", re.IGNORECASE)
_LONGEST_LANGUAGE = 3  # words, as in Chinese (Simplified, China)


def read_language(shadow: str, read: Read) -> Found | None:
    """Read a language."""
    words = list(re.finditer(r"\S+", shadow))
    for count in range(min(_LONGEST_LANGUAGE, len(words)), 0, -1):
        start = words[-count].start()
        name = shadow[start:].strip()
        if count > 1 and words[-count][0].casefold() in OPEN_ENDS:
            continue
        keyed = _KEYED.search(shadow[:start])
        explicit = keyed is not None and keyed[0].strip().casefold() != "in"
        if language := _named(name, any_code=explicit):
            return Found(keyed.start() if keyed else start, {"language": language}, bare=not keyed)
    token = words[-1]
    for length in (5, 4, 3, 2):  # characters of a Chinese name that follows others without a blank
        start = token.end() - length
        name = shadow[start : token.end()]
        chinese = start > token.start() and re.fullmatch(f"[{CJK}]+", name)
        if chinese and (language := _named(name, any_code=False)):
            return Found(start, {"language": language}, bare=True)
    return None


def _named(name: str, *, any_code: bool) -> Language | None:
    """Return the language, unless the name is a code that may be a word and not `any_code` was asked for."""
    name = name.removeprefix("用")
    if not re.fullmatch(r"[^\W\d_][\w\s()'-]*", name) or name.casefold() in _NO_LANGUAGES:
        return None
    spelt_as_code = name.isascii() and (len(name) <= 3 or "-" in name)
    if spelt_as_code and not (
        is_code(name) or (any_code and name.casefold() in {tag.casefold() for tag in TAGS})
    ):
        return None
    try:
        return Language.parse(name)
    except UnknownLanguage:
        return None


def is_code(word: str) -> bool:
    """Return whether the word is taken for a language's code wherever it stands."""
    return word in _LOUD_CODES or (word not in _NO_CODES and bool(_CODE.fullmatch(word)))
