"""Figures on the shelf: `pw:figures:<revision>:<id with version>`, cut out once however many ask."""

from __future__ import annotations

import json
import logging
from typing import Any

from bot.errors import PdfUnusable
from bot.papers.apart import Apart
from bot.papers.figures import Figures
from bot.papers.ids import PaperId
from bot.papers.pdf import Pdfs
from bot.store.cache import Cache
from bot.store.client import Store
from bot.store.flight import SingleFlight

log = logging.getLogger(__name__)

_REVISION = 1  # of how figures are found
_LIFE = 6 * 3600  # seconds; the shelf lets go first of what would go soonest, and these are large
_SOON = 600  # seconds that a PDF is believed to be missing, which it can be right after the announcement
_PASSING = ("missing", "too slow")


class FigureShelf:
    """Figures of papers, from the shelf or from the PDF. Whether they may be shown is not asked here."""

    def __init__(self, pdfs: Pdfs, apart: Apart, cache: Cache, store: Store) -> None:
        self._pdfs = pdfs
        self._apart = apart
        self._cache = cache
        self._flight: SingleFlight[dict[str, Any]] = SingleFlight(store)

    async def close(self) -> None:
        """Give up what is being cut out."""
        await self._flight.close(patience=0)

    async def of(self, paper_id: PaperId) -> Figures:
        """Return the figures of a version of a paper; the id names the version.

        Raises `PdfUnusable`, `ArxivUnavailable`, `ArxivClosed`, `StoreUnavailable`.
        """
        key = _key(paper_id)

        async def find() -> dict[str, Any] | None:
            (text,) = await self._cache.get(key)
            return dict(json.loads(text)) if text else None

        async def make() -> dict[str, Any]:
            made, life = await self._cut(paper_id)
            await self._cache.shelve(key, json.dumps(made), life)
            return made

        made = await find() or await self._flight.run(key, find, make)
        if reason := made.get("unusable"):
            raise PdfUnusable(str(reason))
        return Figures.from_json(made)

    async def kept(self, paper_id: PaperId) -> Figures | None:
        """Return the figures of a version of a paper if they are on the shelf; nothing is fetched for it."""
        (text,) = await self._cache.get(_key(paper_id))
        made = json.loads(text) if text else {"unusable": "missing"}
        return None if made.get("unusable") else Figures.from_json(made)

    async def _cut(self, paper_id: PaperId) -> tuple[dict[str, Any], int]:
        """Return the figures, or why there are none, and for how many seconds that holds."""
        try:
            pdf = await self._pdfs.fetch(paper_id)
            return Figures.from_json(await self._apart.read("figures", pdf)).to_json(), _LIFE
        except ValueError as error:
            log.warning("what was cut out of %s cannot be read: %s", paper_id, error)
            return {"unusable": "unreadable"}, _LIFE
        except PdfUnusable as error:
            return {"unusable": error.reason}, _SOON if error.reason in _PASSING else _LIFE


def _key(paper_id: PaperId) -> str:
    return f"pw:figures:{_REVISION}:{paper_id}"
