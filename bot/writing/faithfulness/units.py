"""Scales and units as English and Chinese write them."""

from __future__ import annotations

import re

# A letter is a scale only where it touches its number: "7B", "24.6k".
SCALE_LETTERS = {"k": 1e3, "K": 1e3, "M": 1e6, "m": 1e6, "B": 1e9, "b": 1e9, "G": 1e9, "T": 1e12}
SCALE_WORDS = {
    "hundred": 1e2,
    "thousand": 1e3,
    "million": 1e6,
    "billion": 1e9,
    "trillion": 1e12,
    "mn": 1e6,
    "bn": 1e9,
}
CHINESE_SCALES = {"十": 1e1, "百": 1e2, "千": 1e3, "万": 1e4, "萬": 1e4, "亿": 1e8, "億": 1e8}

_TIME = {
    1e-9: "ns nanoseconds? 纳秒",
    1e-6: "μs us microseconds? 微秒",
    1e-3: "ms msecs? milliseconds? 毫秒",
    1.0: "s secs? seconds? 秒钟 秒",
    60.0: "mins? minutes? 分钟",
    3600.0: "h hrs? hours? 个小时 小时",
    86400.0: "days? 天",
    604800.0: "weeks? 周 个星期",
    2592000.0: "months? 个月",
    31536000.0: "years? 年",
}
_LENGTH = {
    1e-9: "nm nanomet(?:er|re)s? 纳米",
    1e-6: "μm um micromet(?:er|re)s? microns? 微米",
    1e-3: "mm millimet(?:er|re)s? 毫米",
    1e-2: "cm centimet(?:er|re)s? 厘米",
    1.0: "m met(?:er|re)s? 米",
    1e3: "km kilomet(?:er|re)s? 公里 千米",
}
_MASS = {
    1e-6: "mg milligrams? 毫克",
    1e-3: "g grams? 克",
    1.0: "kg kilograms? 公斤 千克",
    1e3: "tons? tonnes? 吨",
}
_DATA = {
    1e3: "KB kB KiB kilobytes? 千字节",
    1e6: "MB MiB megabytes? 兆字节 兆",
    1e9: "GB GiB gigabytes?",
    1e12: "TB TiB terabytes?",
    1e15: "PB PiB petabytes?",
}
_FREQUENCY = {1.0: "Hz hertz 赫兹", 1e3: "kHz 千赫兹 千赫", 1e6: "MHz 兆赫兹 兆赫", 1e9: "GHz"}
_POWER = {
    1e-3: "mW milliwatts? 毫瓦",
    1.0: "W watts? 瓦特 瓦",
    1e3: "kW kilowatts? 千瓦",
    1e6: "MW megawatts? 兆瓦",
}
_ENERGY = {1e-3: "mJ 毫焦", 1.0: "J joules? 焦耳", 1e3: "kJ 千焦", 3.6e6: "kWh 千瓦时"}
_BITS = {1.0: "bits? 位 比特"}
_MONEY = {1.0: "USD US\\$ (?:US|U\\.S\\.)\\sdollars? dollars? 美元"}
_EUROS = {1.0: "EUR euros? € 欧元"}
_POUNDS = {1.0: "GBP £ 英镑"}
_YUAN = {1.0: "RMB CNY yuan 元人民币 人民币 元(?=[。，,;；、的）)\\s]|$)"}
_PERCENT = {1.0: "\\\\?% percent per\\scent pct"}
_POINTS = {
    1.0: "(?:\\\\?%|percentage|percent)[\\s-]?points? points? pts? pp 个百分点 百分点 个点",
    0.01: "basis\\spoints? bps 个基点 基点",
}
_TIMES = {
    1.0: "[x×](?!\\s?[0-9A-Z]) \\\\times(?!\\s?[0-9A-Z]) folds? times 倍 orders?\\sof\\smagnitude 个数量级 数量级"
}

_KINDS = {
    "points": _POINTS,
    "percent": _PERCENT,
    "times": _TIMES,
    "time": _TIME,
    "length": _LENGTH,
    "mass": _MASS,
    "data": _DATA,
    "frequency": _FREQUENCY,
    "power": _POWER,
    "energy": _ENERGY,
    "bits": _BITS,
    "money": _MONEY,
    "euros": _EUROS,
    "pounds": _POUNDS,
    "yuan": _YUAN,
}

MEASURES = frozenset(_KINDS) - {"points", "percent", "times"}

_SPELLINGS = [
    (spelling, kind, factor)
    for kind, by_factor in _KINDS.items()
    for factor, spellings in by_factor.items()
    for spelling in spellings.split()
]


def _branch(number: int, spelling: str) -> str:
    end = (
        "(?![A-Za-z0-9])" if (spelling[-1].isalnum() and spelling.isascii()) or spelling.endswith("?") else ""
    )
    return f"(?P<u{number}>{spelling}{end})"


# Longer spellings first, so that 个百分点 is not cut to 百分点 and "min" is not "m".
_ORDER = sorted(range(len(_SPELLINGS)), key=lambda n: -len(_SPELLINGS[n][0]))
UNIT = re.compile("|".join(_branch(n, _SPELLINGS[n][0]) for n in _ORDER))

# What a unit can begin with, to pass over what is none.
UNIT_STARTS = frozenset(
    "jnpukKmMsShHdwyclgtGTPWJbBUx×折\\%fox μ个基点百倍秒毫微纳分小天周年米公千厘克吨兆赫瓦焦位比美EeRC€£英欧人元"
)


def unit_of(found: re.Match[str]) -> tuple[str, float]:
    """Return the kind and the factor to its base unit of what `UNIT` matched."""
    _, kind, factor = _SPELLINGS[int(str(found.lastgroup)[1:])]
    return kind, factor
