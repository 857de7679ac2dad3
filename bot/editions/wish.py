"""How a chat wants what it follows: the part of a subscription that the store does not look into."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date

from bot.editions.options import Detail
from bot.editions.when import Schedule
from bot.language import Language

_ROUNDUP = " roundup"


def followed_as(wanted: str, *, roundup: bool) -> str:
    """Return what a subscription is known by: a chat may have both the editions and the roundups of a topic."""
    return wanted + _ROUNDUP if roundup else wanted


def is_roundup(followed: str) -> bool:
    """Whether a subscription known by this is one to roundups: a query that ends so is typed in quotes."""
    return followed.casefold().endswith(_ROUNDUP)


def wanted_of(followed: str) -> str:
    """Return the topic or query of a subscription."""
    return followed[: -len(_ROUNDUP)].rstrip() if is_roundup(followed) else followed


@dataclass(frozen=True, slots=True)
class Wish:
    """When, in which language and how much.

    `person` is who subscribed, and `scope` the key that access was given to where they did. `since` is the number of the last batch that the chat has had or never asked for.
    `told` is the last announcement day of which it has heard, be it that nothing could be read. `waiting`
    is when an edition was due that still waits for its announcement. `roundup` is how many days the first
    roundup is about, 0 where editions are wanted; `rounded` is the last day that a roundup was about.
    """

    schedule: Schedule
    language: Language
    since: int
    top: int = 10
    detail: Detail = Detail.GIST
    quiet: bool = False  # say nothing where nothing matched
    person: str = ""
    scope: str = ""
    told: date | None = None
    waiting: float | None = None
    roundup: int = 0
    rounded: date | None = None

    def to_json(self) -> str:
        """Return what `from_json` reads; what is as usual is left out."""
        data: dict[str, object] = {
            "when": self.schedule.pack(),
            "lang": self.language.tag,
            "since": self.since,
            "by": self.person,
        }
        if self.scope:
            data["in"] = self.scope
        if self.top != 10:
            data["top"] = self.top
        if self.detail is not Detail.GIST:
            data["detail"] = self.detail.value
        if self.quiet:
            data["quiet"] = 1
        if self.told:
            data["told"] = self.told.isoformat()
        if self.waiting is not None:
            data["waiting"] = self.waiting
        if self.roundup:
            data["roundup"] = self.roundup
        if self.rounded:
            data["rounded"] = self.rounded.isoformat()
        return json.dumps(data, separators=(",", ":"))

    @classmethod
    def from_json(cls, text: str) -> Wish:
        """Return the wish that `to_json` wrote."""
        data = json.loads(text)
        return cls(
            schedule=Schedule.unpack(data["when"]),
            language=Language(data["lang"]),
            since=data["since"],
            top=data.get("top", 10),
            detail=Detail(data.get("detail", Detail.GIST)),
            quiet=bool(data.get("quiet")),
            person=data["by"],
            scope=data.get("in", ""),
            told=date.fromisoformat(data["told"]) if data.get("told") else None,
            waiting=data.get("waiting"),
            roundup=data.get("roundup", 0),
            rounded=date.fromisoformat(data["rounded"]) if data.get("rounded") else None,
        )
