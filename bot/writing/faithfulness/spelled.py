"""Numbers in words: twenty-three, half, twice, 三分之二, 一百二十万."""

from __future__ import annotations

import re

_ONES = {
    word: float(value)
    for value, word in enumerate(
        "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen"
        " seventeen eighteen nineteen".split()
    )
}
_TENS = {
    word: float(10 * value)
    for value, word in enumerate("twenty thirty forty fifty sixty seventy eighty ninety".split(), 2)
}
_SCALES = {"hundred": 1e2, "thousand": 1e3, "million": 1e6, "billion": 1e9, "trillion": 1e12}
_SMALL = _ONES | _TENS | {"dozen": 12.0}

_WORD = "|".join(sorted(_SMALL, key=len, reverse=True))
_SCALE = "|".join(_SCALES)
ENGLISH = rf"half(?=[ -]an?[ -][a-z])|(?:{_WORD})(?:[ -](?:{_WORD}|{_SCALE})\b)*(?:[ -]and[ -](?:{_WORD})\b)?"

_DIGITS = {c: float(value) for value, c in enumerate("零一二三四五六七八九")} | {
    "〇": 0.0,
    "两": 2.0,
    "兩": 2.0,
}
_PLACES = {"十": 1e1, "百": 1e2, "千": 1e3}
_MYRIADS = {"万": 1e4, "萬": 1e4, "亿": 1e8, "億": 1e8}
CHINESE = "[零〇一二两兩三四五六七八九十百千万萬亿億]+"


def english(words: str) -> float:
    """Return the value of what `ENGLISH` matched."""
    if words.lower() == "half":
        return 0.5
    total = 0.0
    part = 0.0
    for word in re.split(r"[ -]", words.lower()):
        if word == "hundred":
            part = (part or 1) * 100
        elif word in _SCALES:
            total += (part or 1) * _SCALES[word]
            part = 0.0
        elif word != "and":
            part += _SMALL[word]
    return total + part


def chinese(numeral: str) -> float:
    """Return the value of what `CHINESE` matched."""
    if len(numeral) > 1 and all(c in _DIGITS for c in numeral[:16]):
        return float("".join(str(int(_DIGITS[c])) for c in numeral[:16] if c in _DIGITS))
    total = 0.0
    part = 0.0
    digit: float | None = None
    for c in numeral[:32]:
        if c in _DIGITS:
            digit = _DIGITS[c]
        elif c in _PLACES:
            part += (1.0 if digit is None else digit) * _PLACES[c]
            digit = None
        else:
            total = (total + part + (digit or 0.0) or 1.0) * _MYRIADS[c]
            part, digit = 0.0, None
    return total + part + (digit or 0.0)


# What says a multiple or a share without a numeral. "times" is a multiple, "percent" a share of a hundred.
_PHRASES: tuple[tuple[str, str, str, float], ...] = (
    (
        r"twice|two-?fold|factors? of two|doubl(?:e[sd]?|ing)",
        r"[两二]倍|翻倍|翻番|翻了一番|加倍|一倍",
        "times",
        2.0,
    ),
    (r"thrice|tripl(?:e[sd]?|ing)", "", "times", 3.0),
    (r"quadrupl(?:e[sd]?|ing)", "", "times", 4.0),
    (
        r"halv(?:e[sd]?|ing)|(?<!and )(?:one|a)[ -]half|half of|(?:(?<=by )|(?<=in )|(?<=than ))half(?![ -]an?\b)|half the|half as",
        r"减半|(?<!另)一半|半数",
        "percent",
        50.0,
    ),
    (r"(?:one|a)[ -]third", "", "percent", 100 / 3),
    (r"two[ -]thirds?", "", "percent", 200 / 3),
    (r"(?:one|a)[ -](?:quarter|fourth)", "", "percent", 25.0),
    (r"three[ -](?:quarters|fourths)", "", "percent", 75.0),
    (r"(?:one|a)[ -]fifth", "", "percent", 20.0),
    (r"(?:one|a)[ -]tenth", "", "percent", 10.0),
    (r"an order of magnitude", "一个数量级", "times", 10.0),
)
ENGLISH_PHRASE = "|".join(english for english, _, _, _ in _PHRASES)
CHINESE_PHRASE = "|".join(chinese for _, chinese, _, _ in _PHRASES if chinese)
_READ = [
    (re.compile("|".join(filter(None, (english, chinese))), re.IGNORECASE), kind, value)
    for english, chinese, kind, value in _PHRASES
]


def phrase(text: str, start: int, end: int) -> tuple[str, float]:
    """Return the kind and value of what one of the phrases matched from `start` to `end`."""
    return next((kind, value) for pattern, kind, value in _READ if pattern.fullmatch(text, start, end))


# Evidence in a source that a small number was said, though not as a number.
_HINTS = {
    1.0: r"\b(?:a|an|single|sole|first|unified|only)\b|单",
    2.0: r"\b(?:dual|both|pair(?:s|ed)?|bi-?\w+|two\w*|binary|either|second|half|halves|mixed)\b|双|对|二",
    3.0: r"\b(?:tri\w*|three\w*|third\w*|trio)\b|三",
    4.0: r"\b(?:four\w*|quadr[iu]\w*ed\w*|quads?|quarter\w*)\b|四",
    5.0: r"\b(?:five\w*|fifth\w*)\b|五",
    6.0: r"\b(?:six|sixth|sixfold)\b|六",
    7.0: r"\b(?:seven|seventh|sevenfold)\b|七",
    8.0: r"\b(?:eight|eighth|eightfold|octa\w*)\b|八",
    9.0: r"\b(?:nine|ninth|ninefold)\b|九",
    10.0: r"\b(?:ten|tenth|tenfold|decade)\b|十",
    0.0: r"\b(?:zero|no|none|without)\b|零|无",
    100.0: r"\b(?:all|every|fully|full|perfect\w*|complete\w*|entire\w*|100)\b|全|完|满",
    50.0: r"\bhalf\b|半",
}
HINTS = {value: re.compile(pattern, re.IGNORECASE) for value, pattern in _HINTS.items()}
