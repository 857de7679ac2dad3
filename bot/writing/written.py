"""A finished text, with how it came about: what is kept of everything that is written."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, Generic, Protocol, Self, TypeVar

from bot.language import Language
from bot.papers.ids import PaperId
from bot.writing.usage import Usage


class Content(Protocol):
    """What a task writes: a brief, an answer, a roundup."""

    def to_json(self) -> dict[str, Any]:
        """Return what `from_json` reads."""
        ...

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Self:
        """Return what `to_json` was called on."""
        ...


C = TypeVar("C", bound=Content)


class Unread:
    """Content that nobody looks at."""

    def to_json(self) -> dict[str, Any]:
        """Return nothing."""
        return {}

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Self:
        """Return nothing of `data`."""
        return cls()


@dataclass(frozen=True, slots=True)
class Flaw:
    """A `claim` in one `field` of a text that its source does not bear out; `why` is an English sentence."""

    field: str
    claim: str
    why: str


@dataclass(frozen=True, slots=True)
class Written(Generic[C]):
    """A text and its provenance.

    `paper` carries the version that was read, None for what is about many. `read` says how much of it:
    "abstract", or "14 of 16 pages". `task` and its prompt's `revision`, `language` and `writer` (the model's
    name, or "extractive") say what made it; `written_at` is in UTC. A claim among the `flaws` is followed by
    `marks.MARK` in the text itself. `notes` are codes of `bot.writing.notes`: what else a reader should know.
    """

    paper: PaperId | None
    task: str
    revision: int
    language: Language
    writer: str
    read: str
    written_at: datetime
    content: C
    usage: Usage
    flaws: tuple[Flaw, ...] = ()
    notes: tuple[str, ...] = ()

    def to_json(self) -> str:
        """Return what `from_json` reads."""
        data = {
            "paper": self.paper and str(self.paper),
            "task": self.task,
            "revision": self.revision,
            "language": self.language.tag,
            "writer": self.writer,
            "read": self.read,
            "written_at": self.written_at.isoformat(),
            "content": self.content.to_json(),
            "usage": self.usage.to_json(),
            "flaws": [asdict(flaw) for flaw in self.flaws],
            "notes": list(self.notes),
        }
        return json.dumps(data, ensure_ascii=False, separators=(",", ":"))

    @classmethod
    def from_json(cls, text: str | bytes, content: type[C]) -> Written[C]:
        """Return what `to_json` wrote, without validating it: only we write there."""
        data: dict[str, Any] = json.loads(text)
        return Written(
            paper=PaperId.parse(data["paper"]) if data["paper"] else None,
            task=data["task"],
            revision=data["revision"],
            language=Language(data["language"]),
            writer=data["writer"],
            read=data["read"],
            written_at=datetime.fromisoformat(data["written_at"]),
            content=content.from_json(data["content"]),
            usage=Usage.from_json(data["usage"]),
            flaws=tuple(Flaw(**flaw) for flaw in data["flaws"]),
            notes=tuple(data["notes"]),
        )
