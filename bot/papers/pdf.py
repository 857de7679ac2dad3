"""The PDFs of papers, fetched from the arXiv."""

from __future__ import annotations

import asyncio
import logging
import re
from typing import TYPE_CHECKING
from urllib.parse import quote

from bot.errors import ArxivUnavailable, PdfUnusable
from bot.papers.gate import Gate
from bot.papers.ids import PaperId
from bot.papers.limits import Limits

if TYPE_CHECKING:
    from bot.papers.transport import GatedAdapter

log = logging.getLogger(__name__)

LARGEST = 50 * 1024 * 1024  # bytes; one paper in a thousand has more
_TRIES = 3
_PAGE = 64 * 1024  # bytes of a page that are looked at
_NONE_THERE = re.compile(
    rb"no pdf|pdf (?:is )?(?:un|not )available|no source to generate|withdrawn", re.IGNORECASE
)
_MAGIC = 1024  # bytes within which readers look for the mark of a PDF


class Pdfs:
    """Fetch PDFs through the gate. They are for reading here, and never handed on."""

    def __init__(self, gate: Gate, url: str, *, patience: float = 60.0, limits: Limits | None = None) -> None:
        """`url` is what `/<id>` is appended to; `patience` is how many seconds to wait at the gate."""
        self._gate = gate
        self._url = url.rstrip("/")
        self._patience = patience
        self._limits = limits or Limits(silence=30, whole=120, largest=LARGEST)

    async def fetch(self, paper: PaperId, *, background: bool = False) -> bytes:
        """Return the PDF of a paper, of the version that the id names or of the newest.

        Raises `PdfUnusable("missing")`, `PdfUnusable("too large")`, `ArxivUnavailable`, `ArxivClosed`. A PDF can be missing for ten minutes after its paper was announced.
        """
        for left in reversed(range(_TRIES)):
            try:
                return await self._ask(paper, background)
            except ArxivUnavailable as error:
                if error.reason == "busy" or not left:
                    raise
                log.warning("the PDF of %s is asked for again: %s", paper, error)
        raise AssertionError("the last try returns or raises")

    async def _ask(self, paper: PaperId, background: bool) -> bytes:
        from bot.papers.threads import in_thread
        from bot.papers.transport import GatedAdapter

        turn = await self._gate.enter(background=background, patience=self._patience)
        loop = asyncio.get_running_loop()
        adapter = GatedAdapter(
            self._gate,
            turn,
            loop,
            background=background,
            patience=self._patience,
            limits=self._limits,
        )
        address = f"{self._url}/{quote(str(paper))}"
        try:
            return await in_thread(lambda: get_pdf(adapter, address))
        except ArxivUnavailable as error:
            if adapter.overflowed:
                raise PdfUnusable("too large") from error
            raise
        finally:
            await adapter.give_back()


def get_pdf(adapter: GatedAdapter, url: str) -> bytes:
    """Get a PDF. Blocks. Raises `PdfUnusable("missing")`, `ArxivUnavailable`, `ArxivClosed`."""
    import requests

    from bot.papers.transport import MOST_HOPS

    with requests.Session() as session:
        session.mount("http://", adapter)
        session.mount("https://", adapter)
        session.max_redirects = MOST_HOPS
        try:
            response = session.get(url)
        except requests.exceptions.RequestException as error:
            raise ArxivUnavailable("malformed") from error
    if response.status_code in (404, 410):
        raise PdfUnusable("missing")
    if response.status_code != requests.codes.OK:
        raise ArxivUnavailable(f"status {response.status_code}")
    body: bytes = response.content
    kind = response.headers.get("Content-Type", "").partition(";")[0].strip().lower()
    if b"%PDF-" in body[:_MAGIC] and "html" not in kind:
        return body
    # A page for people where a PDF should be. Some papers have none, and the page says so; else it is
    # maintenance, or the question whether one is human, and the PDF may be there the next time.
    log.warning("%s answers with %r and no PDF", url, kind)
    if _NONE_THERE.search(body[:_PAGE]):
        raise PdfUnusable("missing")
    raise ArxivUnavailable("malformed")
