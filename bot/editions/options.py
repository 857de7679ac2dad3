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
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, time
from enum import StrEnum
from typing import Any

from bot.editions.endings import (
    NUMBER,
    Found,
    Read,
    Reader,
    blocks,
    ending,
    is_open,
    number_of,
    search,
    shadow_of,
)
from bot.editions.places import is_code, read_language, read_zone
from bot.editions.times import WEEKDAY_NAMES, days_said, read_every, read_time, read_weekdays
from bot.editions.when import Every, Schedule
from bot.editions.zones import Zone
from bot.errors import BadArgument, MissingArgument
from bot.language import Language

MOST_SHOWN = 50


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
        if not shadow_of(wanted).strip():
            raise MissingArgument("topic")
        said.pop("daily", None)
        options = cls(wanted, **said)
        if options.every and len(options.weekdays or ()) > 1:
            raise BadArgument("weekdays", days_said(options.weekdays or frozenset()), tuple(WEEKDAY_NAMES))
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
        if not blocks(shadow_of(self.wanted)):
            said += bare
            bare = []
        if self.every:
            said.append(f"every {self.every} days")
        if self.weekdays:
            said.append(f"on {days_said(self.weekdays)}")
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
            and blocks(shadow_of(self.wanted))
        ):
            said.append("every day")
        said += bare
        if self.language:
            tag = self.language.tag
            said.append(tag if is_code(tag) else f"language {tag}")
        if self.detail:
            said.append(self.detail)
        if self.quiet:
            said.append("quiet")
        return " ".join(said)


def _read(line: str, *, places: bool) -> tuple[dict[str, Any], str]:
    """Return what was said by name, and what is left of the line. `places`: a city alone may be a zone."""
    said: dict[str, Any] = {}
    rest = line
    sure = said, rest  # before the characters that hang together with the query, as `中文` may
    while rest and (found := _last_option(rest, said, places)):
        shadow = shadow_of(rest)
        hangs = found.start > 0 and shadow[found.start - 1] != " "
        strong = shadow[found.start] == "每"
        said = {**said, **found.said}
        rest = rest[: found.start].rstrip(" ,;，；、")
        if not hangs or strong:
            sure = said, rest
    return dict(sure[0]), sure[1]


def _before(left: str) -> dict[str, Any]:
    said, _ = _read(left, places=False)
    return said


def _last_option(rest: str, said: Mapping[str, Any], places: bool) -> Found | None:
    shadow = shadow_of(rest)
    if not shadow.strip() or '"' in shadow[-1:] or is_open(shadow):
        return None
    for reader in _READERS:
        found = reader(shadow, Read(said, places, _before))
        if not found or found.said.keys() & (said.keys() - {"place", "daily"}):
            continue
        left = shadow[: found.start].rstrip()
        if is_open(left) or '"' in shadow[found.start :] or (found.bare and (not left or blocks(left))):
            continue
        return found
    return None


_TOP = ending(r"top\s*(?P<count>\d{1,6})(?:\s+papers)?")
_QIAN = re.compile(rf"前(?P<count>\d{{1,6}}|{NUMBER})\s*[篇条條]?\s*$")
_DETAIL = ending(r"(?P<detail>gist|brief|titles)(?:\s+only)?")
_DETAILS = {"要点": Detail.GIST, "简报": Detail.BRIEF, "標題": Detail.TITLES, "标题": Detail.TITLES}
_QUIET = ending(r"quiet(?:ly)?|无则不发|安静")
_ROUNDUP = ending(r"round-?up|汇总|匯總")
_TARGET = re.compile(
    r"(?:(?:^|(?<=\s))(?:for|to|in)\s+|[给到]\s*)"
    r"(?P<target>[@#][^\s\"]+|<#\d+>|-100\d+|(?:https?://)?(?:t\.me|telegram\.me|discord\.com)/[^\s\"]+)\s*$",
    re.IGNORECASE,
)


def _top(shadow: str, read: Read) -> Found | None:
    if not (found := search(_TOP, shadow) or search(_QIAN, shadow)):
        return None
    if not 1 <= (count := number_of(found["count"])) <= MOST_SHOWN:
        raise BadArgument("top", found["count"], (f"1–{MOST_SHOWN}",))
    return Found(found.start(), {"top": count})


def _detail(shadow: str, read: Read) -> Found | None:
    if found := search(_DETAIL, shadow):
        return Found(found.start(), {"detail": Detail(found["detail"].casefold())}, bare=True)
    for word, detail in _DETAILS.items():
        if shadow.endswith(word):
            return Found(len(shadow) - len(word), {"detail": detail}, bare=True)
    return None


def _roundup(shadow: str, read: Read) -> Found | None:
    found = search(_ROUNDUP, shadow)
    return Found(found.start(), {"roundup": True}, bare=True) if found else None


def _target(shadow: str, read: Read) -> Found | None:
    found = _TARGET.search(shadow)
    return Found(found.start(), {"target": found["target"]}) if found else None


def _quiet(shadow: str, read: Read) -> Found | None:
    found = search(_QUIET, shadow)
    return Found(found.start(), {"quiet": True}, bare=True) if found else None


def without_target(text: str) -> tuple[str, str | None]:
    """Split `RAG for @channel` into what is meant and the chat that it is meant for."""
    found = _TARGET.search(shadow_of(text))
    return (text[: found.start()].strip(), found["target"]) if found else (text.strip(), None)


# The zone comes last: it complains of a place that it does not know.
_READERS: tuple[Reader, ...] = (
    _target, _top, read_time, read_weekdays, read_every, _detail, _roundup, _quiet, read_language, read_zone
)  # fmt: skip
