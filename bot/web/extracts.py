"""Sentences of the papers' own, for those about which nothing was written."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from threading import Lock

from bot.editions.edition import Entry
from bot.language import ENGLISH
from bot.papers.paper import Paper
from bot.writing.extractive import brief_of
from bot.writing.tasks.brief import Brief, BriefTask
from bot.writing.usage import Usage
from bot.writing.writer import EXTRACTIVE
from bot.writing.written import Written

_HELD = 2000  # briefs, some two kilobytes each


class Extracts:
    """Extracts, and keeps what was extracted of late: pages in other languages and of other topics hold the same."""

    def __init__(self) -> None:
        self._briefs: dict[int, Brief] = {}
        self._lock = Lock()  # several threads may be at it

    def filled(self, entry: Entry) -> Entry:
        """Return the entry with sentences of the paper's own where nothing was written about it."""
        paper = entry.paper
        if entry.written or paper.withdrawn:
            return entry
        written = Written(
            paper=paper.id,
            task=BriefTask.name,
            revision=0,
            language=ENGLISH,
            writer=EXTRACTIVE,
            read="abstract",
            written_at=paper.updated or paper.published or datetime.min.replace(tzinfo=UTC),
            content=self._brief(paper),
            usage=Usage(),
        )
        return replace(entry, written=written)

    def _brief(self, paper: Paper) -> Brief:
        key = hash((paper.title, paper.abstract))
        with self._lock:
            found = self._briefs.pop(key, None)
        brief = found or brief_of(paper)
        with self._lock:
            self._briefs[key] = brief  # at the end again
            while len(self._briefs) > _HELD:
                del self._briefs[next(iter(self._briefs))]
        return brief
