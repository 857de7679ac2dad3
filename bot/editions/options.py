"""What `/subscribe` takes: a topic or query, and behind it when, where and how it is to be delivered.

    RAG at 9 in Shanghai zh top 5 brief weekdays
    "machine translation" German
    LLM roundup every 14 days on Monday at 09:00
    检索增强 每天 早上9点 北京时间 中文

Options are read from the right end, in any order; what is left is the query, as it was written. Nothing is
an option that stands in quotes or brackets, is all there is, or is said a second time.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, time
from enum import StrEnum
from typing import Any

from bot.editions import zones
from bot.editions.when import WEEKEND, WORKDAYS, Every, Schedule
from bot.editions.zones import Zone
from bot.errors import BadArgument, MissingArgument, UnknownLanguage
from bot.language import TAGS, Language

MOST_SHOWN = 50
LONGEST_PAUSE = 366  # days

_WEEKDAYS = "Monday Tuesday Wednesday Thursday Friday Saturday Sunday".split()


class Detail(StrEnum):
    """How much an edition says of each paper."""

    GIST = "gist"  # one sentence
    BRIEF = "brief"  # a card
    TITLES = "titles"


@dataclass(frozen=True, slots=True)
class Options:
    """A wish as it was said: None where nothing was said.

    `every` counts days; `target` is another chat; `quiet` is said of days on which nothing matches.
    """

    wanted: str
    time: time | None = None
    zone: Zone | None = None
    language: Language | None = None
    top: int | None = None
    detail: Detail | None = None
    weekdays: frozenset[int] | None = None
    every: int | None = None
    roundup: bool = False
    target: str | None = None
    quiet: bool = False

    @classmethod
    def parse(cls, text: str) -> Options:
        """Read the line after `/subscribe`. Raises `MissingArgument` without a query, `BadArgument`."""
        line = " ".join(text.split())
        said, wanted = _read(line, places=True)
        if said.pop("place", False) and not said.keys() & {"time", "weekdays", "every", "daily"}:
            # A city without an hour is what the papers are about: `air pollution in Beijing`.
            said, wanted = _read(line, places=False)
        if not _shadow(wanted).strip():
            raise MissingArgument("topic")
        said.pop("daily", None)
        options = cls(wanted, **said)
        if options.every and len(options.weekdays or ()) > 1:
            raise BadArgument("weekdays", _days_said(options.weekdays or frozenset()), tuple(_WEEKDAYS))
        return options

    def schedule(self, zone: Zone, now: datetime) -> Schedule:
        """Return when it is due, in `zone` if none was said. A rhythm begins with the first run after `now`."""
        daily = Schedule(self.time, self.zone or zone, self.weekdays)
        if not self.every:
            return daily
        local = daily.zone.tzinfo
        first = (daily.next_run(now) or now).astimezone(local).date()
        every = Every.starting(self.every, first, next(iter(self.weekdays or ()), None))
        return Schedule(self.time, daily.zone, every=every)

    def __str__(self) -> str:
        """Return a line that `parse` reads as the same."""
        said = [self.wanted]
        bare = ["roundup"] if self.roundup else []
        if not _blocks(_shadow(self.wanted)):
            said += bare
            bare = []
        if self.every:
            said.append(f"every {self.every} days")
        if self.weekdays:
            said.append(f"on {_days_said(self.weekdays)}")
        if self.time:
            said.append(f"at {self.time:%H:%M}")
        if self.zone:
            said.append(f"in {self.zone}")
        if self.top:
            said.append(f"top {self.top}")
        if self.target:
            said.append(f"for {self.target}")
        if (
            len(said) == 1
            and (bare or self.language or self.detail or self.quiet)
            and _blocks(_shadow(self.wanted))
        ):
            said.append("every day")
        said += bare
        if self.language:
            tag = self.language.tag
            said.append(tag if _is_code(tag) else f"language {tag}")
        if self.detail:
            said.append(self.detail)
        if self.quiet:
            said.append("quiet")
        return " ".join(said)


@dataclass(frozen=True, slots=True)
class _Found:
    """An option that begins at `start`. `bare`: a word that may as well be the query's own."""

    start: int
    said: Mapping[str, Any]
    bare: bool = False


@dataclass(frozen=True, slots=True)
class _Read:
    """What was said to the right. `places`: a city alone may be a zone."""

    said: Mapping[str, Any]
    places: bool


_Reader = Callable[[str, _Read], _Found | None]

# As long as the line, so that what is found in one stands at the same place in the other.
_SHADOW = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)} | {ord(c): " " for c in ",;，；、\u3000"}
_QUOTES = {ord(c): '"' for c in "“”„«»「」『』＂"}

_CJK = r"\u2e80-\u9fff"
_NUMERALS = {c: n for n, c in enumerate("零一二三四五六七八九十")} | {"两": 2, "兩": 2, "〇": 0}
_NUMBER = r"\d{1,3}|[零〇一二两兩三四五六七八九十]{1,3}"

# After these a word is part of what is wanted: `translation into German`, `attention AND brief`.
_OPEN_ENDS = frozenset(
    "and or not andnot of to from into onto with for by the a an between vs versus on about in at as than".split()
)
# Codes that are words, or fields of computer science: `language it` says them all the same.
_NO_CODES = frozenset("in no us it he hi id is ms cs ca et sl hr br da ta fa ro el ur vi bn".split())
_NO_LANGUAGES = frozenset(
    {"in", "to", "indonesia"}
)  # of the last, both the country's and the language's name
_LOUD_CODES = frozenset({"ZH", "EN", "CN"})  # VI, DE and AR are abbreviations of papers


def _read(line: str, *, places: bool) -> tuple[dict[str, Any], str]:
    """Return what was said by name, and what is left of the line. `places`: a city alone may be a zone."""
    said: dict[str, Any] = {}
    rest = line
    sure = said, rest  # before the characters that hang together with the query, as `中文` may
    while rest and (found := _last_option(rest, said, places)):
        shadow = _shadow(rest)
        hangs = found.start > 0 and shadow[found.start - 1] != " "
        strong = shadow[found.start] == "每"
        said = {**said, **found.said}
        rest = rest[: found.start].rstrip(" ,;，；、")
        if not hangs or strong:
            sure = said, rest
    return dict(sure[0]), sure[1]


def _last_option(rest: str, said: Mapping[str, Any], places: bool) -> _Found | None:
    shadow = _shadow(rest)
    if not shadow.strip() or '"' in shadow[-1:] or _is_open(shadow):
        return None
    for reader in _READERS:
        found = reader(shadow, _Read(said, places))
        if not found or found.said.keys() & (said.keys() - {"place", "daily"}):
            continue
        left = shadow[: found.start].rstrip()
        if _is_open(left) or '"' in shadow[found.start :] or (found.bare and (not left or _blocks(left))):
            continue
        return found
    return None


def _shadow(text: str) -> str:
    """Return `text` with plain characters for wide ones, one for one."""
    return text.translate(_QUOTES).translate(_SHADOW)


def _is_open(shadow: str) -> bool:
    """Return whether the text ends within quotes or brackets."""
    return shadow.count('"') % 2 == 1 or shadow.count("(") > shadow.count(")")


def _blocks(left: str) -> bool:
    words = left.split()
    return bool(words) and (words[-1].casefold() in _OPEN_ENDS or words[-1].endswith((":", "-", "的")))


def _search(pattern: re.Pattern[str], shadow: str) -> re.Match[str] | None:
    """Return where the text ends in `pattern`, as words of their own or next to Chinese characters."""
    found = pattern.search(shadow)
    if not found or not (start := found.start()) or shadow[start - 1] == " ":
        return found
    chinese = re.compile(f"[{_CJK}]")
    return found if chinese.match(shadow[start]) or chinese.match(shadow[start - 1]) else None


def _ending(pattern: str) -> re.Pattern[str]:
    return re.compile(rf"(?<![A-Za-z0-9_])(?:{pattern})\s*$", re.IGNORECASE)


def _number(text: str) -> int:
    """Read digits, or Chinese numerals below a hundred."""
    if text.isdecimal():
        return int(text)
    tens, ten, ones = text.partition("十")
    if not ten:
        return int("".join(str(_NUMERALS[c]) for c in text))
    return 10 * (_NUMERALS[tens] if tens else 1) + (_NUMERALS[ones] if ones else 0)


# Times of day

_HALF = r"a\.?m\.?|p\.?m\.?|in\s+the\s+(?:morning|afternoon|evening)|at\s+night"
_HOURS = "midnight one two three four five six seven eight nine ten eleven noon".split()
_AT = _ending(
    rf"(?:at|@|um)\s*(?P<said>(?P<hour>\d{{1,2}})(?:(?P<by>[:.h])(?P<minute>\d{{1,2}})|h)?"
    rf"(?:\s*(?P<half>{_HALF})|\s*o'?clock)?|(?P<word>{'|'.join(_HOURS)}))"
)
_CLOCK = _ending(
    rf"(?P<said>(?P<hour>\d{{1,2}})(?P<by>[:h])(?P<minute>\d{{2}})(?:\s*(?P<half>{_HALF}))?"
    rf"|(?P<hour2>\d{{1,2}})(?:[.](?P<minute2>\d{{2}}))?\s*(?P<half2>{_HALF}))"
)
_DIAN = re.compile(
    r"(?:(?P<part>早上|早晨|清晨|上午|中午|下午|傍晚|晚上|夜里|夜间|凌晨)\s*)?"
    rf"(?:(?P<hour>{_NUMBER})\s*[点點时時](?:整|(?P<half>半)|(?P<quarter>[一三])刻|(?P<minute>{_NUMBER})分?)?"
    r"|(?P<hour2>\d{1,2}):(?P<minute2>\d{2}))\s*$"
)
_WORDS = re.compile(r"(?:中午|正午|午夜|半夜)\s*$")


def _time(shadow: str, read: _Read) -> _Found | None:
    if found := _search(_AT, shadow):
        return _Found(found.start(), {"time": _clock(found)}) if _is_clock(found) else None
    if (found := _search(_DIAN, shadow)) and (found["hour"] or found["part"]):
        return _Found(found.start(), {"time": _chinese_clock(found)})
    if found := _search(_CLOCK, shadow):
        try:
            return _Found(found.start(), {"time": _clock(found)})
        except BadArgument:  # a ratio, a verse: without `at` it is none of ours
            return None
    if found := _search(_WORDS, shadow):
        return _Found(
            found.start(), {"time": time(12 if "午夜" != found[0].strip() != "半夜" else 0)}, bare=True
        )
    return None


def _is_clock(found: re.Match[str]) -> bool:
    """Return whether `at 0.5` may be a time at all."""
    return found["by"] != "." or (len(found["minute"]) == 2 and int(found["minute"]) < 60)


def _clock(found: re.Match[str]) -> time:
    groups = found.groupdict()
    if word := groups.get("word"):
        return time(_HOURS.index(word.casefold()))
    hour = int(groups["hour"] or groups.get("hour2") or 0)
    minute = groups["minute"] or groups.get("minute2") or "00"
    half = (groups["half"] or groups.get("half2") or "").casefold()
    if half and 1 <= hour <= 12:
        early = "morning" in half or half.startswith(("am", "a.")) or ("night" in half and hour == 12)
        hour = hour % 12 + (0 if early else 12)
    elif half and (hour == 0 or half[1] in ".m"):  # `21 in the evening` may pass, `21pm` not
        hour = 99
    return _time_of(hour, int(minute) if len(minute) == 2 else 99, found["said"])


def _chinese_clock(found: re.Match[str]) -> time:
    hour = _number(found["hour"] or found["hour2"])
    minute = _number(found["minute"] or found["minute2"] or "0")
    if found["half"] or found["quarter"]:
        minute = 30 if found["half"] else 15 * _number(found["quarter"])
    late = found["part"] in ("下午", "傍晚", "晚上", "夜里", "夜间") or (found["part"] == "中午" and hour < 3)
    if late and 1 <= hour < 12:
        hour += 12
    elif hour == 12 and found["part"] in ("晚上", "夜里", "夜间", "凌晨"):
        hour = 0
    return _time_of(hour, minute, found[0].strip())


def _time_of(hour: int, minute: int, said: str) -> time:
    if hour > 23 or minute > 59:
        raise BadArgument("time", said[:60])
    return time(hour, minute)


# Days

_DAY = r"(?:mon|tues?|wed(?:nes)?|thu(?:rs?)?|fri|sat(?:ur)?|sun)(?:days?)?"
_RANGE = rf"{_DAY}\s*(?:-|–|to|through|till|until)\s*{_DAY}"
_DAYS = _ending(
    rf"(?P<intro>on|every|each)\s+(?P<days>{_RANGE}|{_DAY}(?:(?:\s+and|\s*&|\s*/)?\s+{_DAY})*)|(?P<range>{_RANGE})"
)
_SETS = _ending(
    r"(?:(?:on|every|each)\s+)?(?P<set>weekdays?|workdays?|working\s+days|business\s+days|weekends?)"
)
_XINGQI = re.compile(
    r"每?(?:个)?(?:(?P<work>工作日)|(?P<end>周末|週末)"
    r"|(?:周|週|星期|礼拜)(?P<days>[一二三四五六日天](?:\s*(?:[和及]|到|至|-|~)?\s*(?:周|週|星期|礼拜)?[一二三四五六日天])*))\s*$"
)


def _weekdays(shadow: str, read: _Read) -> _Found | None:
    if found := _search(_SETS, shadow):
        workdays = not found["set"].casefold().startswith("weekend")
        bare = not found[0].casefold().startswith(("on ", "every ", "each "))
        return _Found(found.start(), {"weekdays": WORKDAYS if workdays else WEEKEND}, bare)
    if found := _search(_XINGQI, shadow):
        days = WORKDAYS if found["work"] else WEEKEND
        if found["days"]:
            days = _span(re.findall(r"[一二三四五六日天]|[到至~-]", found["days"]), "一二三四五六日天".index)
        return _Found(found.start(), {"weekdays": days} if len(days) < 7 else {"daily": True})
    if found := _search(_DAYS, shadow):
        words = re.findall(
            rf"{_DAY}|-|–|to|through|till|until", found["days"] or found["range"], re.IGNORECASE
        )
        if [word.casefold() for word in words] in (["sun"], ["sat"]):
            return None  # `magnetic fields on Sun`, `learning on SAT`
        days = _span(words, _weekday)
        return _Found(found.start(), {"weekdays": days} if len(days) < 7 else {"daily": True})
    return None


def _weekday(word: str) -> int:
    return next(n for n, name in enumerate(_WEEKDAYS) if name[:3].casefold() == word[:3].casefold())


def _span(words: list[str], number: Callable[[str], int]) -> frozenset[int]:
    """Return the days of a list, in which a word that is no day joins its neighbours to a range."""
    days: list[int] = []
    through = False
    for word in words:
        try:
            day = min(number(word), 6)  # 天 is another 日
        except (ValueError, StopIteration):
            through = bool(days)
            continue
        if through:
            days += [(days[-1] + step) % 7 for step in range(1, (day - days[-1]) % 7)]
            through = False
        days.append(day)
    return frozenset(days)


def _days_said(days: frozenset[int]) -> str:
    if days in (WORKDAYS, WEEKEND):
        return "weekdays" if days == WORKDAYS else "weekends"
    *most, last = (_WEEKDAYS[day] for day in sorted(days))
    return f"{', '.join(most)} and {last}" if most else last


_EVERY = _ending(
    r"(?:every|each)\s+(?:(?P<count>\d{1,6}|two|three|four|other|second)\s+)?(?P<unit>days?|weeks?|months?|fortnight|morning|evening)"
    r"|(?P<one>daily|weekly|fortnightly|biweekly|monthly)"
)
_MEI = re.compile(rf"每(?:(?P<count>\d{{1,6}}|{_NUMBER})\s*)?个?(?P<unit>天|日|周|週|星期|月|早|晚)\s*$")
_COUNTS = {"two": 2, "three": 3, "four": 4, "other": 2, "second": 2}
_UNITS = {
    "weekly": 7,
    "monthly": 30,
    "month": 30,
    "months": 30,
    "月": 30,
    "fortnightly": 14,
    "biweekly": 14,
    "week": 7,
    "weeks": 7,
    "fortnight": 14,
    "周": 7,
    "週": 7,
    "星期": 7,
}


def _every(shadow: str, read: _Read) -> _Found | None:
    found = _search(_EVERY, shadow)
    if found:
        count = (found["count"] or "1").casefold()
        unit = (found["unit"] or found["one"]).casefold()
    elif found := _search(_MEI, shadow):
        count, unit = found["count"] or "1", found["unit"]
    else:
        return None
    days = (_COUNTS.get(count) or _number(count)) * _UNITS.get(unit, 1)
    if not 1 <= days <= LONGEST_PAUSE:
        raise BadArgument("every", found[0].strip()[:60])
    bare = bool(found.groupdict().get("one"))
    return _Found(found.start(), {"every": days} if days > 1 else {"daily": True}, bare)


# Places and languages

_UNKNOWN_WORDS = 3  # of a place that we would complain about


def _zone(shadow: str, read: _Read) -> _Found | None:
    words = list(re.finditer(r"\S+", shadow))
    last = words[-1]
    for count in (2, 1):  # UTC +8
        start = words[-count].start() if len(words) >= count else 0
        token = shadow[start:].strip()
        shaped = re.match(r"(?i)utc|gmt|[+-]\d\d?:", token) or (count == 1 and "/" in token)
        if shaped and zones.is_technical(token):
            return _Found(_with_in(shadow, start), {"zone": Zone.parse(token)})
    if found := re.search(r"(?:时间|時間)$", last[0]):
        for length in range(2, 7):
            start = last.start() + found.start() - length
            if start >= last.start() and zones.knows(shadow[start:].strip()):
                return _Found(start, {"zone": Zone.parse(shadow[start:])})
    return _place(shadow, words, read)


def _place(shadow: str, words: list[re.Match[str]], read: _Read) -> _Found | None:
    if not read.places:
        return None
    if words[-1][0].casefold() == "time":
        for count in (4, 3, 2):
            start = words[-count].start() if len(words) >= count else -1
            if start >= 0 and zones.knows(shadow[start:].strip()):
                return _Found(_with_in(shadow, start), {"zone": Zone.parse(shadow[start:]), "place": True})
    for count in (3, 2, 1):  # at 9 PST, 09:00 Shanghai
        start = words[-count].start() if len(words) >= count else 0
        name = shadow[start:].strip()
        left = shadow[:start].rstrip()
        named = zones.knows(name) or zones.is_abbreviation(name)
        if named and (_time(left, read) or _weekdays(left, read)):
            return _Found(start, {"zone": Zone.parse(name), "place": True})
    starts = [n for n, word in enumerate(words[:-1]) if word[0].casefold() == "in"]
    if not starts or len(words) - starts[-1] > 5:
        return None
    start = words[starts[-1]].start()
    place = shadow[words[starts[-1] + 1].start() :].strip()
    if zones.knows(place):
        return _Found(start, {"zone": Zone.parse(place), "place": True})
    if len(place.split()) > _UNKNOWN_WORDS or '"' in place:
        return None
    if "time" in read.said or _has_time(shadow[:start].rstrip()):
        Zone.parse(place)  # which says what is wrong with it
    return None


def _with_in(shadow: str, start: int) -> int:
    """Return where `in` begins, if it stands before `start`, else `start`."""
    found = re.search(r"(?:^|\s)(in\s+)$", shadow[:start], re.IGNORECASE)
    return found.start(1) if found else start


def _has_time(left: str) -> bool:
    """Return whether there is a time among the options that `left` ends with."""
    said, _ = _read(left, places=False)
    return "time" in said


_CODE = re.compile(
    r"[a-z]{2,3}(?:-(?:Hans|Hant|hans|hant|[A-Z]{2})(?:-[A-Z]{2})?)?|zh-[a-z]{2,4}|pt-br|en-(?:us|gb)"
)
_KEYED = re.compile(r"(?:^|(?<=\s))(?:language|lang|in)\s+$", re.IGNORECASE)
_LONGEST_LANGUAGE = 3  # words, as in Chinese (Simplified, China)


def _language(shadow: str, read: _Read) -> _Found | None:
    words = list(re.finditer(r"\S+", shadow))
    for count in range(min(_LONGEST_LANGUAGE, len(words)), 0, -1):
        start = words[-count].start()
        name = shadow[start:].strip()
        if count > 1 and words[-count][0].casefold() in _OPEN_ENDS:
            continue
        keyed = _KEYED.search(shadow[:start])
        explicit = keyed is not None and keyed[0].strip().casefold() != "in"
        if language := _named(name, any_code=explicit):
            return _Found(keyed.start() if keyed else start, {"language": language}, bare=not keyed)
    token = words[-1]
    for length in (5, 4, 3, 2):  # characters of a Chinese name that follows others without a blank
        start = token.end() - length
        name = shadow[start : token.end()]
        chinese = start > token.start() and re.fullmatch(f"[{_CJK}]+", name)
        if chinese and (language := _named(name, any_code=False)):
            return _Found(start, {"language": language}, bare=True)
    return None


def _named(name: str, *, any_code: bool) -> Language | None:
    """Return the language, unless the name is a code that may be a word and not `any_code` was asked for."""
    name = name.removeprefix("用")
    if not re.fullmatch(r"[^\W\d_][\w\s()'-]*", name) or name.casefold() in _NO_LANGUAGES:
        return None
    spelt_as_code = name.isascii() and (len(name) <= 3 or "-" in name)
    if spelt_as_code and not (
        _is_code(name) or (any_code and name.casefold() in {tag.casefold() for tag in TAGS})
    ):
        return None
    try:
        return Language.parse(name)
    except UnknownLanguage:
        return None


def _is_code(word: str) -> bool:
    return word in _LOUD_CODES or (word not in _NO_CODES and bool(_CODE.fullmatch(word)))


# The rest

_TOP = _ending(r"top\s*(?P<count>\d{1,6})(?:\s+papers)?")
_QIAN = re.compile(rf"前(?P<count>\d{{1,6}}|{_NUMBER})\s*[篇条條]?\s*$")
_DETAIL = _ending(r"(?P<detail>gist|brief|titles)(?:\s+only)?")
_DETAILS = {"要点": Detail.GIST, "简报": Detail.BRIEF, "標題": Detail.TITLES, "标题": Detail.TITLES}
_QUIET = _ending(r"quiet(?:ly)?|无则不发|安静")
_ROUNDUP = _ending(r"round-?up|汇总|匯總")
_TARGET = re.compile(
    r"(?:(?:^|(?<=\s))(?:for|to|in)\s+|[给到]\s*)"
    r"(?P<target>[@#][^\s\"]+|<#\d+>|-100\d+|(?:https?://)?(?:t\.me|telegram\.me|discord\.com)/[^\s\"]+)\s*$",
    re.IGNORECASE,
)


def _top(shadow: str, read: _Read) -> _Found | None:
    if not (found := _search(_TOP, shadow) or _search(_QIAN, shadow)):
        return None
    if not 1 <= (count := _number(found["count"])) <= MOST_SHOWN:
        raise BadArgument("top", found["count"], (f"1–{MOST_SHOWN}",))
    return _Found(found.start(), {"top": count})


def _detail(shadow: str, read: _Read) -> _Found | None:
    if found := _search(_DETAIL, shadow):
        return _Found(found.start(), {"detail": Detail(found["detail"].casefold())}, bare=True)
    for word, detail in _DETAILS.items():
        if shadow.endswith(word):
            return _Found(len(shadow) - len(word), {"detail": detail}, bare=True)
    return None


def _roundup(shadow: str, read: _Read) -> _Found | None:
    found = _search(_ROUNDUP, shadow)
    return _Found(found.start(), {"roundup": True}, bare=True) if found else None


def _target(shadow: str, read: _Read) -> _Found | None:
    found = _TARGET.search(shadow)
    return _Found(found.start(), {"target": found["target"]}) if found else None


def _quiet(shadow: str, read: _Read) -> _Found | None:
    found = _search(_QUIET, shadow)
    return _Found(found.start(), {"quiet": True}, bare=True) if found else None


def without_target(text: str) -> tuple[str, str | None]:
    """Split `RAG for @channel` into what is meant and the chat that it is meant for."""
    found = _TARGET.search(_shadow(text))
    return (text[: found.start()].strip(), found["target"]) if found else (text.strip(), None)


# The zone comes last: it complains of a place that it does not know.
_READERS: tuple[_Reader, ...] = (
    _target, _top, _time, _weekdays, _every, _detail, _roundup, _quiet, _language, _zone
)  # fmt: skip
