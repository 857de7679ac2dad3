"""A paper's metadata, in readable Unicode."""

from __future__ import annotations

import json
import re
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from bot.papers.ids import PaperId

# The arXiv replaces the abstract or the comment by such a sentence; nothing else marks it in the query API.
# "Withdrawn from ICLR" and "the previous version was withdrawn" are said of papers that stand.
_WITHDRAWN = re.compile(
    r"(?:^|[.;])\W*(?:(?:this|the|our)\s+)?(?:paper|article|submission|manuscript|preprint|work|document|version)\s+"
    r"(?:has\s+been|have\s+been|is|was)\s+(?:\w+\s+)?withdrawn\b(?!\s+from)"
    r"|^\W*withdrawn\b(?!\s+from)|\bwithdrawn\s+by\s+(?:the\s+|its\s+)?(?:author|submitter|arxiv)",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Paper:
    """One version of a paper as the arXiv describes it.

    `title`, `authors`, `abstract` and `comment` have their LaTeX turned into text; `source_title` is the
    title as submitted, and `source_abstract` the abstract where that holds formulas. `categories` begins with the primary one. `published` is the submission of v1 and
    `updated` that of this version, both in UTC; `licence` is an address, None where it is not known.
    """

    id: PaperId
    title: str
    authors: tuple[str, ...]
    abstract: str
    categories: tuple[str, ...]
    published: datetime | None = None
    updated: datetime | None = None
    comment: str | None = None
    journal_ref: str | None = None
    doi: str | None = None
    licence: str | None = None
    source_title: str = ""
    source_abstract: str = ""

    @property
    def withdrawn(self) -> bool:
        """Whether the comment, or an abstract of a line or two, says that the paper was withdrawn."""
        said = (self.comment or "", self.abstract if len(self.abstract) < 400 else "")
        return any("withdrawn" in text.lower() and _WITHDRAWN.search(text) for text in said)

    @property
    def primary_category(self) -> str:
        return self.categories[0] if self.categories else ""

    def to_json(self) -> str:
        """Return what `from_json` reads."""
        data = asdict(self)
        data["id"] = str(self.id)
        for key in ("published", "updated"):
            data[key] = data[key].isoformat() if data[key] else None
        return json.dumps(data, ensure_ascii=False, separators=(",", ":"))

    @classmethod
    def from_json(cls, text: str | bytes) -> Paper:
        """Return the paper that `to_json` wrote."""
        return cls.from_data(json.loads(text))

    @classmethod
    def from_data(cls, data: dict[str, Any]) -> Paper:
        """Return the paper that the object in `to_json`'s text describes."""
        data = {**data, "id": PaperId.parse(data["id"])}
        for key in ("published", "updated"):
            data[key] = datetime.fromisoformat(data[key]) if data[key] else None
        for key in ("authors", "categories"):
            data[key] = tuple(data[key])
        return cls(**data)
