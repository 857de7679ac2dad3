"""The full text of papers: fetched and read once however many ask, and kept for a few days."""

from __future__ import annotations

import asyncio
import logging

from bot.errors import PdfUnusable, from_json, to_json
from bot.papers.apart import Apart
from bot.papers.fulltext import FullText
from bot.papers.ids import PaperId
from bot.papers.pdf import Pdfs
from bot.store.cache import Cache
from bot.store.client import Store
from bot.store.flight import SingleFlight

log = logging.getLogger(__name__)

_REVISION = 1  # of the reading: a text that was read otherwise is read again
_KEPT = 3 * 86_400  # seconds, for a text and for what will not change
_MISSING = 600  # a PDF that has just been announced is there by then
_SLOW = 3600  # the machine may have been busy with other things
_FAILED = "unusable:"


class FullTexts:
    """What papers say, by sections, out of their PDFs."""

    def __init__(self, pdfs: Pdfs, cache: Cache, store: Store, apart: Apart) -> None:
        self._pdfs = pdfs
        self._cache = cache
        self._apart = apart
        self._reading: SingleFlight[FullText | PdfUnusable] = SingleFlight(store)

    async def of(self, paper: PaperId, *, background: bool = False) -> FullText:
        """Return the text of a version of a paper, which the id names.

        Raises `PdfUnusable`, which is remembered too; `ArxivUnavailable`, `ArxivClosed`, `StoreUnavailable`.
        """
        key = f"pw:fulltext:{_REVISION}:{paper}"

        async def find() -> FullText | PdfUnusable | None:
            (kept,) = await self._cache.get(key)
            return await _read(kept) if kept else None

        async def make() -> FullText | PdfUnusable:
            try:
                made = await self._read(paper, background)
            except PdfUnusable as error:
                await self._cache.shelve(key, _FAILED + to_json(error), _life(error))
                return error
            await self._cache.shelve(key, made.to_json(), _KEPT)
            return made

        found = await find() or await self._reading.run(key, find, make)
        if isinstance(found, PdfUnusable):
            raise PdfUnusable(found.reason)  # a fresh one: many may be told at once
        return found

    async def close(self, patience: float = 0.0) -> None:
        """Let what is being read finish for `patience` seconds."""
        await self._reading.close(patience)

    async def _read(self, paper: PaperId, background: bool) -> FullText:
        pdf = await self._pdfs.fetch(paper, background=background)
        answer = await self._apart.read("text", pdf)
        try:
            return FullText.of(paper, answer)
        except ValueError as error:
            log.warning("what was read of %s has no shape", paper)
            raise PdfUnusable("unreadable") from error


async def _read(kept: str) -> FullText | PdfUnusable | None:
    if kept.startswith(_FAILED):
        error = from_json(kept.removeprefix(_FAILED))
        return error if isinstance(error, PdfUnusable) else None
    # A thesis has a megabyte: that takes longer to parse than anybody should wait for us.
    return await asyncio.to_thread(FullText.from_json, kept)


def _life(error: PdfUnusable) -> int:
    match error.reason:
        case "missing":
            return _MISSING
        case "too slow":
            return _SLOW
        case _:
            return _KEPT
