"""A roundup: a period's most important papers on one topic or query, under themes."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import date
from typing import Any

from bot.errors import CeilingReached, ModelUnavailable, ModelUnusable
from bot.papers.ids import PaperId
from bot.topics.wanted import Wanted
from bot.writing.written import Written


@dataclass(frozen=True, slots=True)
class Item:
    """A paper in a roundup; `gist` is a sentence of its own abstract."""

    id: PaperId
    title: str
    gist: str
    venue: str | None = None


@dataclass(frozen=True, slots=True)
class Theme:
    """A theme with its papers by number, and paragraphs in which [3] cites paper 3; none where no model wrote."""

    title: str
    line: str
    papers: tuple[int, ...]
    paragraphs: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Roundup:
    """What a period brought. Papers are numbered from 1, in the order of the themes; each stands in one.

    `announced` counts all papers of the period, `matched` those that fit; `reconstructed` counts the days that
    were not read at the time, `missing` the papers that could not be looked up, `unread` names days of which
    nothing could be had.
    """

    first: date
    last: date
    announced: int
    matched: int
    items: tuple[Item, ...] = ()
    themes: tuple[Theme, ...] = ()
    reconstructed: int = 0
    missing: int = 0
    unread: tuple[date, ...] = ()

    @property
    def whole(self) -> bool:
        """Whether another look at the same days would find no more."""
        return not (self.unread or self.missing)

    def to_json(self) -> dict[str, Any]:
        """Return what `from_json` reads."""
        return {
            "first": self.first.isoformat(),
            "last": self.last.isoformat(),
            "announced": self.announced,
            "matched": self.matched,
            "items": [{**asdict(item), "id": str(item.id)} for item in self.items],
            "themes": [asdict(theme) for theme in self.themes],
            "reconstructed": self.reconstructed,
            "missing": self.missing,
            "unread": [day.isoformat() for day in self.unread],
        }

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Roundup:
        return cls(
            first=date.fromisoformat(data["first"]),
            last=date.fromisoformat(data["last"]),
            announced=data["announced"],
            matched=data["matched"],
            items=tuple(Item(**{**item, "id": PaperId.parse(item["id"])}) for item in data["items"]),
            themes=tuple(
                Theme(
                    theme["title"],
                    theme["line"],
                    tuple(theme["papers"]),
                    tuple(theme["paragraphs"]),
                )
                for theme in data["themes"]
            ),
            reconstructed=data["reconstructed"],
            missing=data["missing"],
            unread=tuple(map(date.fromisoformat, data["unread"])),
        )


@dataclass(frozen=True, slots=True)
class Made:
    """A roundup with its provenance; `failure` is why no model wrote it although there is one."""

    wanted: Wanted
    written: Written[Roundup]
    failure: CeilingReached | ModelUnavailable | ModelUnusable | None = None

    @property
    def roundup(self) -> Roundup:
        return self.written.content
