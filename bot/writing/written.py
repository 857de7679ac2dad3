"""A finished brief, with how it came about: what the library keeps."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from bot.language import Language
from bot.papers.ids import PaperId
from bot.writing.tasks.brief import Brief
from bot.writing.usage import Usage


@dataclass(frozen=True, slots=True)
class Written:
    """A brief and its provenance.

    `paper` carries the version that was read, and `read` says how much of it: "abstract". `task` and its
    prompt's `revision`, `language` and `writer` (the model's name, or "extractive") say what made it;
    `written_at` is in UTC.
    """

    paper: PaperId
    task: str
    revision: int
    language: Language
    writer: str
    read: str
    written_at: datetime
    brief: Brief
    usage: Usage

    def to_json(self) -> str:
        """Return what `from_json` reads."""
        data = {
            "paper": str(self.paper),
            "task": self.task,
            "revision": self.revision,
            "language": self.language.tag,
            "writer": self.writer,
            "read": self.read,
            "written_at": self.written_at.isoformat(),
            "brief": self.brief.to_json(),
            "usage": self.usage.to_json(),
        }
        return json.dumps(data, ensure_ascii=False, separators=(",", ":"))

    @classmethod
    def from_json(cls, text: str | bytes) -> Written:
        """Return what `to_json` wrote, without validating it: only we write there."""
        data: dict[str, Any] = json.loads(text)
        return cls(
            paper=PaperId.parse(data["paper"]),
            task=data["task"],
            revision=data["revision"],
            language=Language(data["language"]),
            writer=data["writer"],
            read=data["read"],
            written_at=datetime.fromisoformat(data["written_at"]),
            brief=Brief.from_json(data["brief"]),
            usage=Usage.from_json(data["usage"]),
        )
