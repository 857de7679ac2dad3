"""Times of day and days of the week as people say them at the end of a line, in English and Chinese."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import time

from bot.editions.endings import NUMBER, Found, Read, ending, number_of, search
from bot.editions.when import LONGEST, WEEKEND, WORKDAYS
from bot.errors import BadArgument

WEEKDAY_NAMES = "Monday Tuesday Wednesday Thursday Friday Saturday Sunday".split()

_HALF = r"a\.?m\.?|p\.?m\.?|in\s+the\s+(?:morning|afternoon|evening)|at\s+night"
_HOURS = "midnight one two three four five six seven eight nine ten eleven noon".split()
_AT = ending(
    rf"(?:at|@|um)\s*(?P<said>(?P<hour>\d{{1,2}})(?:(?P<by>[:.h])(?P<minute>\d{{1,2}})|h)?"
    rf"(?:\s*(?P<half>{_HALF})|\s*o'?clock)?|(?P<word>{'|'.join(_HOURS)}))"
)
_CLOCK = ending(
    rf"(?P<said>(?P<hour>\d{{1,2}})(?P<by>[:h])(?P<minute>\d{{2}})(?:\s*(?P<half>{_HALF}))?"
    rf"|(?P<hour2>\d{{1,2}})(?:[.](?P<minute2>\d{{2}}))?\s*(?P<half2>{_HALF}))"
)
_DIAN = re.compile(
    r"(?:(?P<part>早上|早晨|清晨|上午|中午|下午|傍晚|晚上|夜里|夜间|凌晨)\s*)?"
    rf"(?:(?P<hour>{NUMBER})\s*[点點时時](?:整|(?P<half>半)|(?P<quarter>[一三])刻|(?P<minute>{NUMBER})分?)?"
    r"|(?P<hour2>\d{1,2}):(?P<minute2>\d{2}))\s*$"
)
_WORDS = re.compile(r"(?:中午|正午|午夜|半夜)\s*$")


def read_time(shadow: str, read: Read) -> Found | None:
    """Read a time of day. Raises `BadArgument` for one that no clock shows."""
    if found := search(_AT, shadow):
        return Found(found.start(), {"time": _clock(found)}) if _is_clock(found) else None
    if (found := search(_DIAN, shadow)) and (found["hour"] or found["part"]):
        return Found(found.start(), {"time": _chinese_clock(found)})
    if found := search(_CLOCK, shadow):
        try:
            return Found(found.start(), {"time": _clock(found)})
        except BadArgument:  # a ratio, a verse: without `at` it is none of ours
            return None
    if found := search(_WORDS, shadow):
        return Found(
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
    hour = number_of(found["hour"] or found["hour2"])
    minute = number_of(found["minute"] or found["minute2"] or "0")
    if found["half"] or found["quarter"]:
        minute = 30 if found["half"] else 15 * number_of(found["quarter"])
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
_DAYS = ending(
    rf"(?P<intro>on|every|each)\s+(?P<days>{_RANGE}|{_DAY}(?:(?:\s+and|\s*&|\s*/)?\s+{_DAY})*)|(?P<range>{_RANGE})"
)
_SETS = ending(
    r"(?:(?:on|every|each)\s+)?(?P<set>weekdays?|workdays?|working\s+days|business\s+days|weekends?)"
)
_XINGQI = re.compile(
    r"每?(?:个)?(?:(?P<work>工作日)|(?P<end>周末|週末)"
    r"|(?:周|週|星期|礼拜)(?P<days>[一二三四五六日天](?:\s*(?:[和及]|到|至|-|~)?\s*(?:周|週|星期|礼拜)?[一二三四五六日天])*))\s*$"
)


def read_weekdays(shadow: str, read: Read) -> Found | None:
    """Read days of the week."""
    if found := search(_SETS, shadow):
        workdays = not found["set"].casefold().startswith("weekend")
        bare = not found[0].casefold().startswith(("on ", "every ", "each "))
        return Found(found.start(), {"weekdays": WORKDAYS if workdays else WEEKEND}, bare)
    if found := search(_XINGQI, shadow):
        days = WORKDAYS if found["work"] else WEEKEND
        if found["days"]:
            days = _span(re.findall(r"[一二三四五六日天]|[到至~-]", found["days"]), "一二三四五六日天".index)
        return Found(found.start(), {"weekdays": days} if len(days) < 7 else {"daily": True})
    if found := search(_DAYS, shadow):
        words = re.findall(
            rf"{_DAY}|-|–|to|through|till|until", found["days"] or found["range"], re.IGNORECASE
        )
        if [word.casefold() for word in words] in (["sun"], ["sat"]):
            return None  # `magnetic fields on Sun`, `learning on SAT`
        days = _span(words, _weekday)
        return Found(found.start(), {"weekdays": days} if len(days) < 7 else {"daily": True})
    return None


def _weekday(word: str) -> int:
    return next(n for n, name in enumerate(WEEKDAY_NAMES) if name[:3].casefold() == word[:3].casefold())


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


def days_said(days: frozenset[int]) -> str:
    """Return days of the week so that `read_weekdays` reads them, after `on`."""
    if days in (WORKDAYS, WEEKEND):
        return "weekdays" if days == WORKDAYS else "weekends"
    *most, last = (WEEKDAY_NAMES[day] for day in sorted(days))
    return f"{', '.join(most)} and {last}" if most else last


_EVERY = ending(
    r"(?:every|each)\s+(?:(?P<count>\d{1,6}|two|three|four|other|second)\s+)?(?P<unit>days?|weeks?|months?|fortnight|morning|evening)"
    r"|(?P<one>daily|weekly|fortnightly|biweekly|monthly)"
)
_MEI = re.compile(rf"每(?:(?P<count>\d{{1,6}}|{NUMBER})\s*)?个?(?P<unit>天|日|周|週|星期|月|早|晚)\s*$")
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


def read_every(shadow: str, read: Read) -> Found | None:
    """Read how many days lie between. Raises `BadArgument` for more than any may."""
    found = search(_EVERY, shadow)
    if found:
        count = (found["count"] or "1").casefold()
        unit = (found["unit"] or found["one"]).casefold()
    elif found := search(_MEI, shadow):
        count, unit = found["count"] or "1", found["unit"]
    else:
        return None
    days = (_COUNTS.get(count) or number_of(count)) * _UNITS.get(unit, 1)
    if not 1 <= days <= LONGEST:
        raise BadArgument("every", found[0].strip()[:60])
    bare = bool(found.groupdict().get("one"))
    return Found(found.start(), {"every": days} if days > 1 else {"daily": True}, bare)
