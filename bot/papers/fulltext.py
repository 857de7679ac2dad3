"""What a paper says beyond its abstract, by sections."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import Any

from bot.papers.ids import PaperId

_NOTES = ("hidden text",)


@dataclass(frozen=True, slots=True)
class Section:
    """A section with the pages that it is on, the first page of the PDF being 1.

    `number` is as printed, "" where there is none; `text` is paragraphs with an empty line between two, and
    `pages` the page on which each of them begins, empty where that is not known.
    """

    number: str
    title: str
    first: int
    last: int
    text: str
    pages: tuple[int, ...] = ()

    @property
    def name(self) -> str:
        """`3.2 Ablations`."""
        return " ".join(filter(None, (self.number, self.title)))


@dataclass(frozen=True, slots=True)
class FullText:
    """The text of the first `read` of a paper's `pages` pages, without references and acknowledgements.

    What stands before the first heading is a section without a title. `notes`: "hidden text" if the PDF held
    words that no reader sees; they are not in the text.
    """

    paper: PaperId
    pages: int
    read: int
    sections: tuple[Section, ...]
    notes: tuple[str, ...] = ()

    @classmethod
    def of(cls, paper: PaperId, data: Any) -> FullText:
        """Take what the process that reads PDFs has answered. Raises `ValueError` of any other shape."""
        match data:
            case {"pages": int(pages), "read": int(read), "sections": list(sections), "notes": list(notes)}:
                known = tuple(note for note in _NOTES if note in notes)
                return cls(paper, pages, read, tuple(_section(section, pages) for section in sections), known)
        raise ValueError("no full text")

    def to_json(self) -> str:
        return json.dumps({**asdict(self), "paper": str(self.paper)}, ensure_ascii=False)

    @classmethod
    def from_json(cls, text: str) -> FullText:
        data = json.loads(text)
        return cls.of(PaperId.parse(data["paper"]), data)


def _section(data: Any, pages: int) -> Section:
    match data:
        case {
            "number": str(number),
            "title": str(title),
            "first": int(first),
            "last": int(last),
            "text": str(text),
        } if 1 <= first <= last <= pages:
            begins = data.get("pages", [])
            known = isinstance(begins, list) and all(
                isinstance(n, int) and first <= n <= last for n in begins
            )
            return Section(number, title, first, last, text, tuple(begins) if known else ())
    raise ValueError("no section")
