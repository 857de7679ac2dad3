"""Every number of a text: its value with scale and unit, and how exactly it is said."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Literal

from bot.writing.faithfulness import spelled
from bot.writing.faithfulness.units import (
    CHINESE_SCALES,
    MEASURES,
    SCALE_LETTERS,
    SCALE_WORDS,
    UNIT,
    UNIT_STARTS,
    unit_of,
)

Hedge = Literal["", "about", "over", "under"]


@dataclass(frozen=True, slots=True)
class Number:
    """`value` is in the base unit of `kind`, `written` in the unit as written; `step` is one of the last place.

    Kinds: bare, count (of a noun that follows), name (within a word), year, month, percent, points, times and
    the measures of `units`. `coarse` is the step of the last place that is not zero.
    """

    start: int
    end: int
    value: float
    written: float
    step: float
    coarse: float
    digits: int
    kind: str
    hedge: Hedge = ""
    words: bool = False
    also: tuple[float, ...] = ()


_DIGITS = r"\d{1,3}(?:(?:,|\{,\}|\\,)\d{3})+(?![\d,]\d)(?:\.\d+)?|\d+(?:\.\d+)?|(?<![\w.])\.\d+"
# Each branch begins with what its first character may be: most of a text is passed over quickly.
_NUMBER = re.compile(
    rf"(?=[\d.])(?P<digits>{_DIGITS})(?!分之)"
    r"|\b(?=[a-zA-Z])(?:"
    rf"(?P<phrase>{spelled.ENGLISH_PHRASE})\b|(?P<english>{spelled.ENGLISH})(?:\b|(?=fold\b))"
    r"|(?P<scale>hundreds|thousands|millions?|billions?|trillions?)\b)"
    r"|(?=[百零〇一二两兩三四五六七八九十千万萬亿億翻加减半\d])(?:"
    rf"百分之(?P<hundredths>\d+(?:\.\d+)?|{spelled.CHINESE})"
    rf"|(?P<below>\d+|{spelled.CHINESE})分之(?P<above>\d+|{spelled.CHINESE})"
    rf"|(?P<saying>{spelled.CHINESE_PHRASE})"
    r"|(?P<tenths>[一二三四五六七八九])成(?![功员分本果为立熟就对组型长绩像年语群效品交千百双])"
    rf"|(?P<chinese>{spelled.CHINESE}))",
    re.IGNORECASE | re.ASCII,
)
_POWER = re.compile(
    r"\s?(?:×|\\times|x|\*|\\cdot)?\s?(?P<ten>(?<!\d)10)\s?\^\s?\{?\s?(?P<power>[+-]?\d{1,2})\}?"
    r"|[eE](?P<e>[+-]?\d{1,2})(?![A-Za-z\d])"
    r"|\s?(?:×|x|\*)\s?10(?P<high>[⁺⁻]?[⁰¹²³⁴⁵⁶⁷⁸⁹]{1,2})"
)
_ONLY_POWER = re.compile(r"\s?\^\s?\{?\s?(?P<power>[+-]?\d{1,2})\}?|(?P<high>[⁺⁻]?[⁰¹²³⁴⁵⁶⁷⁸⁹]{1,2})")
_HIGH = str.maketrans("⁺⁻⁰¹²³⁴⁵⁶⁷⁸⁹", "+-0123456789")
_SCALE = re.compile(
    r"(?P<letter>[kKMmBbGT])(?![A-Za-z0-9])(?!/s)"
    r"|[\s-]?(?P<word>(?i:hundred|thousand|million|billion|trillion|mn|bn))s?(?![A-Za-z])"
    r"|\s?(?P<chinese>(?:[十百万萬亿億]|千(?![赫米克瓦焦]))+)",
)
_DECIMAL_COMMA = re.compile(r",(\d{1,2})(?!\d|,\d)")
_PLAIN_DIGITS = re.compile(r"\d+(?:\.\d+)?|\.\d+", re.ASCII)
_YEARS = range(1900, 2100)
_BINARY = frozenset(str(2**power) for power in range(13))
_GAPS = frozenset(" \t\n-}$余多+")
_NOUN_STARTS = frozenset(" -")
_MONEY_ENDS = frozenset("$D")
_GAP = re.compile(r"[ -]an?[ -]|(?:\s|-|\}|\$|余|多|\+)*")
_CLASSIFIER = re.compile(
    r"[余多+]?\s?[个種种项篇条名张次类家位只份组幅段步轮对例人款套门本件场所节道批台座头支]"
)
_NOUN = re.compile(r"[ -]((?:[A-Za-z][A-Za-z-]*[ ]){0,2}?)([a-z]{2,}s)\b")
_STOP = re.compile(
    r"\b(?:of|in|on|and|or|to|for|with|by|at|from|than|over|when|while|as|is|was|are|were|that|which|across|versus|vs"
    r"|respectively|its|this|has|does|plus|less|thus|points?|times)\b"
)
_ABOUT = re.compile(
    r"(?:~|≈|\\sim|\\approx|\babout|\baround|\bapproximately|\broughly|\bapprox\.?|\bcirca|\bsome|约|大约|大概|左右|将近)"
    r"[\s$为有达]*$"
)
_OVER = re.compile(
    r"(?:>|≥|\\geq?|\bover|\bmore than|\babove|\bexceed(?:s|ing|ed)?|\bat least|\bbeyond|\bsurpass(?:es|ing|ed)?"
    r"|\bgreater than|超过|超|逾|至少|不少于|高于|大于|多于|突破|达到?)(?:\s(?:an?|the|of|by))?[\s$了]*$"
)
_UNDER = re.compile(
    r"(?:<|≤|\\leq?|\bunder|\bless than|\bbelow|\bnearly|\balmost|\bclose to|\bfewer than"
    r"|近|接近|不到|低于|少于|小于|不足|几乎)[\s$达了]*$"
)
_AFTER_OVER = re.compile(r"\s?(?:个|[一-鿿])?(?:以上|多|余|\+|plus\b|or more\b)")
_AFTER_UNDER = re.compile(r"\s?(?:以下|以内|之内|or less\b)")
_AFTER_ABOUT = re.compile(r"\s?.{0,2}左右|\s?.{0,2}上下")
_MONTHS = "January February March April May June July August September October November December".split()
_MONTH = re.compile(r"\b(" + "|".join(f"{m}|{m[:3]}(?=[. ]+\\d)" for m in _MONTHS) + r")\b")
# "May" and "March" are months for sure beside a day or a year.
_DATED = re.compile(
    rf"(?<=\d )({'|'.join(_MONTHS)})\b|\b({'|'.join(f'{m}|{m[:3]}' for m in _MONTHS)})(?=\.? (?:\d{{1,2}}(?:st|nd|rd|th)?,? )?(?:19|20)\d\d\b)"
)
_MONEY = re.compile(r"(?:(?:^|[\s(])(?:US)?|\\)\$\s?$|USD\s?$")
_CURRENCIES = {"€": "euros", "£": "pounds", "¥": "yuan", "￥": "yuan"}
_FACTOR = re.compile(
    r"\bfactors? of (?:about |around |nearly |over |up to |roughly |approximately |~)?$", re.IGNORECASE
)
_COMMAND = re.compile(r"\\[A-Za-z]+$")
_AND = re.compile(r"\s?(?:and|和|与)\s?")
_BETWEEN = re.compile(r"(?:\bbetween|介于|在)\s?$")
_TO = re.compile(r"[\s$]?(?:--?-?|~|to|至|到|±|\\pm|/|\\sim)[\s$]?")


def numbers(text: str, *, source: bool = False) -> list[Number]:
    """Return the numbers of plain `text` in order; of a source also those said by the way."""
    found = list(_numbers(text))
    _share_units(text, found)
    found += [_month(match) for match in (_MONTH if source else _DATED).finditer(text)]
    return sorted(found, key=lambda number: number.start)


def _numbers(text: str) -> Iterator[Number]:
    position = 0
    while match := _NUMBER.search(text, position):
        number = _read(text, match)
        position = max(match.end(), number.end if number else 0)
        if number is not None:
            yield number


def _read(text: str, match: re.Match[str]) -> Number | None:
    start, end = match.span()
    if match["digits"] or match["english"] or match["chinese"]:
        return _counted(text, match)
    if match["scale"]:
        value = SCALE_WORDS[match["scale"].lower().rstrip("s")]
        return Number(start, end, value, value, 0.0, 0.0, 1, "bare", "about", words=True)
    kind, step, words = "percent", 0.0, True
    if match["phrase"] or match["saying"]:
        kind, value = spelled.phrase(text, start, end)
    elif match["hundredths"]:
        value = _either(match["hundredths"])
        words = not match["hundredths"][0].isdigit()
        step = 1.0 if words else _step(match["hundredths"])
    elif match["tenths"]:
        value = 10 * spelled.chinese(match["tenths"])
    else:
        below = _either(match["below"])
        value = 100 * _either(match["above"]) / below if below else 0.0
    if kind == "percent" and value % 1:
        step = step or 1.0  # a third is 33%, and 33.3%
    return Number(start, end, value, value, step, max(step, 0.2 * value), 1, kind, words=words)


def _either(numeral: str) -> float:
    return float(numeral[:300]) if numeral[0].isdigit() else spelled.chinese(numeral)


def _step(digits: str) -> float:
    _, point, decimals = digits.partition(".")
    return 10.0 ** -min(len(decimals), 300) if point else 1.0


def _counted(text: str, match: re.Match[str]) -> Number | None:
    """Read a number with what follows it: power, scale, unit, noun."""
    start, end = match.span()
    also: tuple[float, ...] = ()
    words = not match["digits"]
    digits = re.sub(r"[^\d.]", "", match["digits"] or "")[:40]
    step = coarse = 1.0
    if match["english"]:
        value = spelled.english(match["english"])
    elif match["chinese"]:
        if start and text[start - 1] in "数几第上千万":
            return None
        value = spelled.chinese(match["chinese"])
        end = start + len(match["chinese"])
    else:
        comma = _DECIMAL_COMMA.match(text, end) if text[end : end + 1] == "," else None
        if comma and len(digits) == 2 and len(comma[1]) == 2 and "." not in digits:
            digits, end = f"{digits}.{comma[1]}", comma.end()
        value = float(digits)
        step = _step(digits)
        coarse = (
            step * 10.0 ** (len(digits) - len(digits.rstrip("0"))) if "." not in digits and value else step
        )
        if "." not in digits and digits.startswith("0") and len(digits) > 1:
            also = (float(f"0.{digits[1:]}"),)
        if digits in _BINARY and text[end : end + 1] in ("k", "K"):
            also = (*also, 1024 * value)
    named = bool(start and not words and _in_word(text, start))
    factor, end = _scaled(text, match, start, end)
    kind, unit = "bare", 1.0
    after = end
    if text[end : end + 1] in _GAPS and (gap := _GAP.match(text, end)):
        after = gap.end()
    if after - end <= 4 and text[after : after + 1] in UNIT_STARTS and (measure := UNIT.match(text, after)):
        kind, unit = unit_of(measure)
        if kind == "time" and measure[0] in ("年", "s") and value in _YEARS and "." not in digits:
            kind, unit = "year", 1.0
        elif measure[0].startswith("order") or measure[0].endswith("数量级"):
            value, factor = 10.0 ** min(value, 30), 1.0
        end = measure.end()
    elif before := _kind_before(text, start, end):
        kind = before
    elif match["digits"] and text[end : end + 1] == "月":
        kind, end = "month", end + 1
    elif found := _CLASSIFIER.match(text, end):
        kind, end = "count", found.end()
    elif (
        not named
        and (factor != 1.0 or "." not in digits)  # "90.2 F1 scores" counts no scores
        and text[end : end + 1] in _NOUN_STARTS
        and (noun := _NOUN.match(text, end))
        and not _STOP.search(noun[0])
    ):
        kind = "count"
    if named and kind in ("bare", "count"):
        kind = "name"
    written = value * factor
    scaled = factor * unit
    return Number(
        start,
        end,
        value * scaled,
        written,
        step * scaled if not words else 0.0,
        coarse * scaled if not words else 0.2 * value * scaled,
        len(digits.replace(".", "").strip("0")),
        kind,
        words=words,
        also=also,
    )


def _kind_before(text: str, start: int, end: int) -> str:
    """Return what the sign or words before a number make of it: money, or a factor; nothing if they don't."""
    if (
        text[max(0, start - 4) : start].rstrip()[-1:] in _MONEY_ENDS
        and _MONEY.search(text, max(0, start - 4), start)
        and "$" not in text[end : end + 12]
    ):
        return "money"
    if start and (currency := _CURRENCIES.get(text[start - 1])):
        return currency
    # Most numbers follow no "of", and looking for one is quick.
    if " of " in text[max(0, start - 20) : start] and _FACTOR.search(text, max(0, start - 32), start):
        return "times"
    return ""


def _in_word(text: str, start: int) -> bool:
    before = text[start - 1]
    if before.isalpha() and _COMMAND.search(text, max(0, start - 20), start):
        return False
    if before.isascii() and (before.isalpha() or before in "_@"):
        return True
    return before in "-/." and start > 1 and text[start - 2].isascii() and text[start - 2].isalpha()


def _scaled(text: str, match: re.Match[str], start: int, end: int) -> tuple[float, int]:
    factor = 1.0
    if match["digits"]:
        power = _POWER.match(text, end)
        if power is None and match["digits"] in ("2", "10"):
            power = _ONLY_POWER.match(text, end)
            if power:
                exponent = power["power"] or power["high"].translate(_HIGH)
                return float(match["digits"]) ** (int(exponent) - 1), power.end()
        if power and (power["e"] or text[end : power.start("ten")].strip() or power["high"]):
            exponent = power["power"] or power["e"] or power["high"].translate(_HIGH)
            factor, end = 10.0 ** int(exponent), power.end()
    if not match["chinese"] and (scale := _SCALE.match(text, end)):
        if scale["letter"]:
            factor *= SCALE_LETTERS[scale["letter"]]
            if scale["letter"] == "m":  # a metre, unless something says otherwise
                return factor / 1e6, end
        elif scale["word"]:
            factor *= SCALE_WORDS[scale["word"].lower()]
        else:
            for c in scale["chinese"][:4]:
                factor *= CHINESE_SCALES[c]
        end = scale.end()
    return factor, end


def hedged(text: str, number: Number) -> Number:
    """Return the number with what plain `text` says of how exact it is."""
    before = text[max(0, number.start - 16) : number.start]
    hedge: Hedge = ""
    if _ABOUT.search(before) or _AFTER_ABOUT.match(text, number.end):
        hedge = "about"
    elif (
        _OVER.search(before)
        or _AFTER_OVER.match(text, number.end)
        or text[number.start : number.end].endswith(("多", "余", "+"))
    ):
        hedge = "over"
    elif _UNDER.search(before) or _AFTER_UNDER.match(text, number.end):
        hedge = "under"
    return replace(number, hedge=hedge) if hedge else number


def _share_units(text: str, found: list[Number]) -> None:
    """Give the first of "5-10%", "5 to 10 ms" and "5到10万" the unit of the second, or its scale."""
    for at in range(len(found) - 2, -1, -1):
        first, second = found[at], found[at + 1]
        if first.kind != "bare" or second.kind in ("name", "month") or not second.written:
            continue
        if second.start - first.end > 6:
            continue
        if not _TO.fullmatch(text, first.end, second.start) and not (
            _AND.fullmatch(text, first.end, second.start)
            and _BETWEEN.search(text, max(0, first.start - 12), first.start)
        ):
            continue
        unit = second.value / second.written
        raw = _PLAIN_DIGITS.match(text, second.start)
        scale = second.written / float(raw[0]) if raw and float(raw[0]) else 1.0
        found[at] = replace(
            first,
            kind=second.kind,
            value=first.value * unit,
            step=first.step * unit,
            coarse=first.coarse * unit,
            also=(*first.also, first.value * unit * scale) if scale != 1 else first.also,
        )


def _month(match: re.Match[str]) -> Number:
    value = float(next(n for n, m in enumerate(_MONTHS, 1) if m.startswith(match[0][:3])))
    return Number(match.start(), match.end(), value, value, 0.0, 0.0, 1, "month", words=True)


def is_measure(kind: str) -> bool:
    """Return whether numbers of `kind` have a unit that can be converted."""
    return kind in MEASURES
