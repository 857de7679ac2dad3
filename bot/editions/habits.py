"""What a chat is used to: how everything comes that it follows, unless it is told otherwise."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, replace
from datetime import time
from typing import Any

from bot.editions.options import Detail
from bot.editions.wish import Wish
from bot.editions.zones import Zone


@dataclass(frozen=True, slots=True)
class Habits:
    """A chat's choices. No time means: when the announcement has been read; no zone: the bot's.

    `quiet`: nothing is sent where nothing matched. `figures`: a summary of a full text brings its figures.
    `cards`: a link to a paper is answered with its card. `thread`: an edition stands in a thread of its own, where
    the platform has them; `role` is the id of those who are mentioned with it.
    """

    time: time | None = None
    zone: Zone | None = None
    top: int = 10
    detail: Detail = Detail.GIST
    quiet: bool = False
    figures: bool = False
    cards: bool = False
    thread: bool = False
    role: str = ""

    def to_json(self) -> str:
        """Return what `from_json` reads; what is as usual is left out."""
        usual = Habits()
        data = {name: value for name, value in asdict(self).items() if value != getattr(usual, name)}
        if self.time:
            data["time"] = self.time.isoformat()
        if self.zone:
            data["zone"] = self.zone.key
        return json.dumps(data)

    @classmethod
    def from_json(cls, text: str | None) -> Habits:
        """Return the habits that `to_json` wrote; the usual ones for None."""
        data: dict[str, Any] = json.loads(text) if text else {}
        if "time" in data:
            data["time"] = time.fromisoformat(data["time"])
        if "zone" in data:
            data["zone"] = Zone(data["zone"])
        if "detail" in data:
            data["detail"] = Detail(data["detail"])
        return cls(**data)

    def taken_up(self, wish: Wish, name: str) -> Wish:
        """Return the wish with the habit called `name` in place of its own."""
        schedule = wish.schedule
        match name:
            case "time":
                return replace(wish, schedule=replace(schedule, time=self.time))
            case "zone":
                return replace(wish, schedule=replace(schedule, zone=self.zone or schedule.zone))
            case "top" | "detail" | "quiet":
                return replace(wish, **{name: getattr(self, name)})
            case _:
                return wish
