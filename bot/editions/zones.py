"""Time zones, as people name them: by city, country, abbreviation or offset."""

from __future__ import annotations

import difflib
import re
import unicodedata
import zoneinfo
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, timedelta, timezone, tzinfo
from functools import lru_cache

from bot.errors import BadArgument
from bot.language import ENGLISH, Language

_LONGEST_OFFSET = 14 * 60  # minutes; Kiritimati is at +14:00
_LONGEST_NAME = 4  # words, as in Ho Chi Minh City
_OFFSET = re.compile(r"(?:utc|gmt|z)?\s*([+-])\s*(\d{1,2})(?::?([0-5]\d))?(?:\s*(?:utc|gmt))?")
_POSIX = re.compile(r"Etc/GMT([+-])(\d+)")
_REGIONS = frozenset("Africa America Antarctica Arctic Asia Atlantic Australia Europe Indian Pacific".split())
_DIRECTIONS = frozenset({"north", "south", "west"})  # Australia/West is not what `west` means

# What is offered before anything has been typed.
_OFTEN = (
    "UTC", "Asia/Shanghai", "America/New_York", "America/Los_Angeles", "Europe/London", "Europe/Berlin",
    "Asia/Tokyo", "Asia/Kolkata", "Asia/Singapore", "America/Sao_Paulo", "Australia/Sydney", "Asia/Seoul",
    "America/Chicago", "Europe/Paris", "Asia/Hong_Kong", "Asia/Taipei", "America/Toronto", "Africa/Lagos",
)  # fmt: skip

# Abbreviations mean the place, with its daylight saving: nobody who writes EST in July means Panama.
_ABBREVIATIONS = {
    "utc": "UTC", "gmt": "UTC", "z": "UTC", "zulu": "UTC", "uct": "UTC", "universal": "UTC", "greenwich": "UTC",
    "est": "America/New_York", "edt": "America/New_York", "et": "America/New_York", "cdt": "America/Chicago",
    "mst": "America/Denver", "mdt": "America/Denver", "pst": "America/Los_Angeles",
    "pdt": "America/Los_Angeles", "pt": "America/Los_Angeles", "akst": "America/Anchorage",
    "akdt": "America/Anchorage", "hst": "Pacific/Honolulu", "nst": "America/St_Johns", "cet": "Europe/Berlin",
    "cest": "Europe/Berlin", "met": "Europe/Berlin", "eet": "Europe/Athens", "eest": "Europe/Athens",
    "wet": "Europe/Lisbon", "west": "Europe/Lisbon", "bst": "Europe/London", "msk": "Europe/Moscow",
    "jst": "Asia/Tokyo", "kst": "Asia/Seoul", "hkt": "Asia/Hong_Kong", "sgt": "Asia/Singapore",
    "pkt": "Asia/Karachi", "npt": "Asia/Kathmandu", "wib": "Asia/Jakarta", "ict": "Asia/Bangkok",
    "pht": "Asia/Manila", "brt": "America/Sao_Paulo", "art": "America/Argentina/Buenos_Aires",
    "cat": "Africa/Maputo", "eat": "Africa/Nairobi", "wat": "Africa/Lagos", "sast": "Africa/Johannesburg",
    "aest": "Australia/Sydney", "aedt": "Australia/Sydney", "acst": "Australia/Adelaide",
    "acdt": "Australia/Adelaide", "awst": "Australia/Perth", "nzst": "Pacific/Auckland",
    "nzdt": "Pacific/Auckland", "eastern": "America/New_York", "pacific": "America/Los_Angeles",
    "mountain": "America/Denver",
}  # fmt: skip
_AMBIGUOUS = {
    "cst": ("America/Chicago", "Asia/Shanghai", "America/Havana"),
    "ct": ("America/Chicago", "Asia/Shanghai"),
    "central": ("America/Chicago", "Australia/Darwin"),
    "ist": ("Asia/Kolkata", "Europe/Dublin", "Asia/Jerusalem"),
    "ast": ("America/Halifax", "Asia/Riyadh"),
    "amt": ("America/Manaus", "Asia/Yerevan"),
    "gst": ("Asia/Dubai", "Atlantic/South_Georgia"),
    "sst": ("Pacific/Pago_Pago", "Asia/Singapore"),
    "ect": ("America/Guayaquil", "Europe/Paris"),
}
# Cities that are no zone's exemplar: capitals, and where many of our readers live.
_CITIES = {
    "Asia/Shanghai": "beijing, peking, shenzhen, guangzhou, hangzhou, nanjing, wuhan, chengdu, chongqing, tianjin, "
    "xian, suzhou, hefei, changsha, harbin, dalian, qingdao, xiamen, 北京, 深圳, 广州, 杭州, 南京, 武汉, 成都, 重庆, "
    "天津, 西安, 苏州, 合肥, 长沙, 哈尔滨, 大连, 青岛, 厦门, 東八區, 东八区",
    "Asia/Taipei": "hsinchu, kaohsiung, 新竹, 高雄",
    "Asia/Hong_Kong": "hongkong",
    "Asia/Tokyo": "osaka, kyoto, nagoya, yokohama, sapporo, 大阪, 京都",
    "Asia/Seoul": "busan, daejeon, incheon",
    "Asia/Kolkata": "delhi, new delhi, mumbai, bombay, bangalore, bengaluru, chennai, hyderabad, pune, calcutta, "
    "新德里, 孟买, 班加罗尔",
    "Asia/Karachi": "islamabad, lahore",
    "Asia/Ho_Chi_Minh": "hanoi, saigon, 河内, 胡志明市",
    "Asia/Jerusalem": "haifa",
    "Asia/Dubai": "abu dhabi, 阿布扎比",
    "Asia/Kuwait": "kuwait city",
    "Asia/Almaty": "astana, nur-sultan",
    "Asia/Yangon": "naypyidaw",
    "Asia/Aden": "sanaa",
    "Asia/Kuala_Lumpur": "putrajaya",
    "Asia/Colombo": "kotte",
    "Asia/Brunei": "bandar seri begawan",
    "Asia/Bahrain": "manama",
    "Asia/Qatar": "doha, 多哈",
    "Indian/Maldives": "male",
    "Indian/Mauritius": "port louis",
    "Europe/Istanbul": "ankara, 安卡拉",
    "Europe/Berlin": "munich, münchen, hamburg, frankfurt, cologne, köln, stuttgart, heidelberg, tübingen, 慕尼黑, 汉堡",
    "Europe/Paris": "lyon, toulouse, grenoble, marseille",
    "Europe/London": "oxford, cambridge, edinburgh, manchester, glasgow, cardiff, 牛津, 爱丁堡",
    "Europe/Zurich": "bern, geneva, lausanne, basel, 日内瓦, 伯尔尼",
    "Europe/Rome": "milan, milano, turin, bologna, 米兰",
    "Europe/Madrid": "barcelona, valencia, 巴塞罗那",
    "Europe/Amsterdam": "the hague, delft, utrecht, rotterdam",
    "Europe/Malta": "valletta",
    "Europe/Moscow": "saint petersburg, st petersburg, 圣彼得堡",
    "Europe/Warsaw": "krakow",
    "America/New_York": "nyc, washington, washington dc, boston, philadelphia, pittsburgh, atlanta, miami, princeton, "
    "华盛顿, 波士顿, 亚特兰大, 迈阿密, 费城, 美东",
    "America/Chicago": "houston, dallas, austin, minneapolis, st louis, 休斯敦, 达拉斯, 奥斯汀",
    "America/Denver": "boulder, salt lake city",
    "America/Los_Angeles": "la, san francisco, sf, seattle, san diego, portland, palo alto, berkeley, san jose, "
    "las vegas, 旧金山, 西雅图, 硅谷, 美西",
    "America/Toronto": "ottawa, montreal, waterloo, 渥太华, 蒙特利尔",
    "America/Edmonton": "calgary",
    "America/Sao_Paulo": "brasilia, rio de janeiro, rio, campinas, 里约热内卢, 巴西利亚",
    "America/Mexico_City": "guadalajara",
    "America/Guayaquil": "quito",
    "America/La_Paz": "sucre",
    "America/Argentina/Buenos_Aires": "rosario",
    "America/Belize": "belmopan",
    "America/Barbados": "bridgetown",
    "America/Dominica": "roseau",
    "America/Puerto_Rico": "san juan",
    "America/St_Kitts": "basseterre",
    "America/St_Lucia": "castries",
    "America/St_Vincent": "kingstown",
    "Africa/Casablanca": "rabat",
    "Africa/Lagos": "abuja, 阿布贾",
    "Africa/Johannesburg": "pretoria, cape town, bloemfontein, 开普敦, 比勒陀利亚",
    "Africa/Dar_es_Salaam": "dodoma",
    "Africa/Douala": "yaounde",
    "Africa/Abidjan": "yamoussoukro",
    "Africa/Bujumbura": "gitega",
    "Atlantic/Cape_Verde": "praia",
    "Indian/Comoro": "moroni",
    "Australia/Sydney": "canberra, 堪培拉",
    "Pacific/Auckland": "wellington, 惠灵顿",
    "Pacific/Fiji": "suva",
    "Pacific/Guadalcanal": "honiara",
    "Pacific/Efate": "port vila",
    "Pacific/Tongatapu": "nukualofa",
    "Pacific/Nauru": "yaren",
}
# Countries of several zones of which one is meant; of the rest, the person says which.
_MAIN = {
    "AR": "America/Argentina/Buenos_Aires", "CL": "America/Santiago", "CN": "Asia/Shanghai", "CY": "Asia/Nicosia",
    "DE": "Europe/Berlin", "EC": "America/Guayaquil", "ES": "Europe/Madrid", "MH": "Pacific/Majuro",
    "MN": "Asia/Ulaanbaatar", "MY": "Asia/Kuala_Lumpur", "NZ": "Pacific/Auckland", "PS": "Asia/Hebron",
    "PT": "Europe/Lisbon", "UA": "Europe/Kyiv", "UZ": "Asia/Tashkent", "KZ": "Asia/Almaty",
    "PF": "Pacific/Tahiti", "GL": "America/Nuuk", "PG": "Pacific/Port_Moresby",
}  # fmt: skip
_SEVERAL = {
    "US": ("America/New_York", "America/Chicago", "America/Denver", "America/Los_Angeles"),
    "CA": ("America/Toronto", "America/Winnipeg", "America/Edmonton", "America/Vancouver"),
    "AU": ("Australia/Sydney", "Australia/Adelaide", "Australia/Brisbane", "Australia/Perth"),
    "BR": ("America/Sao_Paulo", "America/Manaus", "America/Rio_Branco"),
    "MX": ("America/Mexico_City", "America/Cancun", "America/Tijuana"),
    "RU": ("Europe/Moscow", "Asia/Yekaterinburg", "Asia/Novosibirsk", "Asia/Vladivostok"),
    "ID": ("Asia/Jakarta", "Asia/Makassar", "Asia/Jayapura"),
}
_COUNTRIES = {"GB": "uk, great britain, england, britain, 英格兰", "US": "us, usa, america", "AE": "uae", "KR": "korea",
              "CZ": "czech republic", "NL": "holland", "CN": "prc, 中国大陆", "TR": "turkey"}  # fmt: skip
_SUFFIXES = ("标准时间", "標準時間", "时间", "時間", "时区", "時區", " standard time", " local time", " timezone",
             " time zone", " time", "市", "标准")  # fmt: skip


@dataclass(frozen=True, slots=True)
class Zone:
    """A time zone: a name of the IANA's, or a fixed offset written `UTC+05:45`."""

    key: str

    @classmethod
    def parse(cls, text: str) -> Zone:
        """Read a name of the IANA's, a city, a country of one zone, an abbreviation, or an offset from UTC.

        Raises `BadArgument`: its choices are what an ambiguous word may mean, or names that are near.
        """
        given = _plain(text)
        if key := _offset(given):
            return cls(key)
        for name in _variants(given):
            if key := _ABBREVIATIONS.get(name):
                return cls(key)
            if several := _AMBIGUOUS.get(name) or _several().get(name):
                raise BadArgument("zone", text.strip()[:60], several)
            if key := _names().get(name):
                return cls(key)
        near = difflib.get_close_matches(given[:40], _names(), n=6, cutoff=0.75) if given else []
        choices = tuple(dict.fromkeys(_names()[name] for name in near))[:3]
        raise BadArgument("zone", text.strip()[:60], choices)

    @classmethod
    def take(cls, line: str) -> tuple[str, str]:
        """Split off the words that name a zone, as many as possible; the first word if none do."""
        words = line.split()
        for count in range(min(_LONGEST_NAME, len(words)), 0, -1):
            said = " ".join(words[:count])
            if knows(said):
                return said, " ".join(words[count:])
        return (words[0], " ".join(words[1:])) if words else ("", "")

    @classmethod
    def complete(cls, prefix: str) -> Sequence[tuple[str, str]]:
        """Return (key, shown) of the zones that `prefix` may mean, at most 25, likeliest first."""
        given = _plain(prefix)
        if not given:
            return [(key, key) for key in _OFTEN]
        keys: dict[str, None] = {}
        for found in (_offset(given), _ABBREVIATIONS.get(given)):
            if found:
                keys[found] = None
        keys.update(dict.fromkeys(_AMBIGUOUS.get(given, ()) or _several().get(given, ())))
        begun = {key for name, key in _names().items() if name.startswith(given)}

        def likelihood(key: str) -> tuple[bool, bool, str]:
            return key not in _OFTEN, not _plain(key.rpartition("/")[2]).startswith(given), key

        keys.update(dict.fromkeys(sorted(begun, key=likelihood)))
        return [(key, key) for key in keys][:25]

    @property
    def is_fixed(self) -> bool:
        """Whether the zone is an offset from UTC, the same all year."""
        return self.key == "UTC" or self.key.startswith(("UTC+", "UTC-"))

    @property
    def tzinfo(self) -> tzinfo:
        """The zone for `datetime`. Raises `ValueError` for a key that `parse` has not returned."""
        if self.key == "UTC":
            return UTC
        if self.is_fixed:
            hours, minutes = self.key[4:].split(":")
            offset = timedelta(hours=int(hours), minutes=int(minutes))
            return timezone(offset if self.key[3] == "+" else -offset)
        try:
            return zoneinfo.ZoneInfo(self.key)
        except zoneinfo.ZoneInfoNotFoundError as error:
            raise ValueError(self.key) from error

    def name(self, within: Language = ENGLISH) -> str:
        """Return the city, or the offset, in the language of the reader."""
        if self.is_fixed:
            return self.key
        from babel import Locale
        from babel.core import get_global

        # CLDR keeps the names that zones were first known by: Asia/Katmandu.
        former = (old for old, new in get_global("zone_aliases").items() if new == self.key)
        cities = Locale.parse(within.tag, sep="-").time_zones
        for key in (self.key, *former):
            if city := cities.get(key, {}).get("city"):
                return str(city)
        return self.key.rpartition("/")[2].replace("_", " ")

    def __str__(self) -> str:
        return self.key


def knows(text: str) -> bool:
    """Return whether `text` names exactly one zone."""
    given = _plain(text)
    return bool(
        _offset(given)
        or any(
            name in _ABBREVIATIONS or (name in _names() and name not in _AMBIGUOUS and name not in _several())
            for name in _variants(given)
        )
    )


def is_technical(text: str) -> bool:
    """Return whether `text` can be nothing but a zone: `Asia/Shanghai`, `UTC+8`, `北京时间`."""
    given = _plain(text)
    spelt = bool(_offset(given)) or "/" in given or given in ("utc", "gmt")
    return knows(text) and (spelt or given.endswith(("时间", "時間")))


def is_abbreviation(text: str) -> bool:
    """Return whether `text` is an abbreviation in capitals, such as PST, of one zone or several."""
    return text.isupper() and text.isascii() and _plain(text) in _ABBREVIATIONS.keys() | _AMBIGUOUS.keys()


def _variants(given: str) -> Iterator[str]:
    yield given
    for suffix in _SUFFIXES:
        if given.endswith(suffix) and len(given) > len(suffix):
            yield given.removesuffix(suffix).strip()


def _offset(given: str) -> str | None:
    """Return `UTC+05:45` of `utc+5:45`; None for anything else, and for what no clock on earth shows."""
    if not (found := _OFFSET.fullmatch(given)):
        return None
    sign, hours, minutes = found[1], int(found[2]), int(found[3] or 0)
    if minutes % 15 or hours * 60 + minutes > _LONGEST_OFFSET:
        return None
    return f"UTC{sign}{hours:02}:{minutes:02}" if hours or minutes else "UTC"


@lru_cache(maxsize=1)
def _names() -> dict[str, str]:
    """Plain name → key of one zone: the IANA's names, their cities, what CLDR calls them, and countries."""
    from babel.core import get_global

    known = zoneinfo.available_timezones() - {"Factory", "localtime", "posixrules"}
    aliases = get_global("zone_aliases")

    def now_called(key: str) -> str:
        renamed = aliases.get(key, key)
        if renamed in ("Etc/UTC", "Etc/GMT"):
            return "UTC"
        if found := _POSIX.fullmatch(renamed):  # west is positive there, and nobody expects it
            return f"UTC{'-' if found[1] == '+' else '+'}{int(found[2]):02}:00"
        return renamed if renamed in known else key

    names: dict[str, str] = {}
    for name, key in _countries():
        names.setdefault(name, key)
    for key in known:
        names[_plain(key)] = now_called(key)
    for key, cities in _CITIES.items():
        for city in cities.split(", "):
            names[_plain(city)] = key
    for key in sorted(known):
        region, _, city = key.rpartition("/")
        if region.split("/")[0] in _REGIONS and city.casefold() not in _DIRECTIONS:
            names.setdefault(_plain(city), now_called(key))
    for tag in ("en", "zh_Hans", "zh_Hant"):
        for key, name in _cities(tag):
            if now_called(key) in known:
                names.setdefault(_plain(name), now_called(key))
    return names


def _cities(tag: str) -> Iterator[tuple[str, str]]:
    from babel import Locale

    for key, data in Locale.parse(tag).time_zones.items():
        if city := data.get("city"):
            yield key, city
            yield key, city.split(",")[0]


def _countries() -> Iterator[tuple[str, str]]:
    from babel.core import get_global

    zones = get_global("territory_zones")
    for territory, name in _country_names():
        if territory in _MAIN:
            yield name, _MAIN[territory]
        elif len(zones.get(territory, ())) == 1:
            yield name, zones[territory][0]


@lru_cache(maxsize=1)
def _several() -> dict[str, tuple[str, ...]]:
    """Plain name of a country → its zones, where none of them is meant by default."""
    return {name: _SEVERAL[code] for code, name in _country_names() if code in _SEVERAL}


def _country_names() -> Iterator[tuple[str, str]]:
    from babel import Locale

    for tag in ("en", "zh_Hans", "zh_Hant"):
        for territory, name in Locale.parse(tag).territories.items():
            if len(territory) == 2:  # the others are continents
                yield territory, _plain(name)
    for territory, names in _COUNTRIES.items():
        for name in names.split(", "):
            yield territory, name


def _plain(name: str) -> str:
    """Fold width, case, accents, underscores and apostrophes: `São_Paulo` is `sao paulo`."""
    split = unicodedata.normalize("NFKD", name.replace("−", "-")).casefold()
    kept = "".join(c for c in split if not unicodedata.combining(c) and c not in ".'’ʼ·")
    return " ".join(kept.replace("_", " ").replace(",", " ").replace(";", " ").split())
