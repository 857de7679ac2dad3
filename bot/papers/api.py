"""The arXiv's query API: papers by id, look-ups that wait together merged into one request.

https://info.arxiv.org/help/api/user-manual.html
"""

from __future__ import annotations

import asyncio
import logging
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import requests

from bot.errors import ArxivUnavailable, NotAPaperId, PaperNotFound
from bot.papers.gate import Gate, Turn
from bot.papers.ids import PaperId
from bot.papers.latex import to_text
from bot.papers.paper import Paper
from bot.papers.transport import GatedAdapter, in_thread

log = logging.getLogger(__name__)

_MOST = 250  # ids in one request: some 3 kB of address
_TRIES = 3
_CATEGORY = re.compile(r"[a-z]{2,}(-[a-z]+)?(\.[A-Za-z-]+)?")
_PATIENCE = 60.0  # seconds that a person waits for the gate


@dataclass(slots=True)
class _Wanted:
    future: asyncio.Future[Paper | None]
    background: bool
    tries: int = 0
    asked: set[PaperId] = field(default_factory=set)


class ArxivApi:
    """Look papers up. Ids that are asked for while the gate is shut travel in one request."""

    def __init__(self, gate: Gate, url: str, *, patience: float = _PATIENCE) -> None:
        self._gate = gate
        self._url = url
        self._patience = patience
        self._wanted: dict[PaperId, _Wanted] = {}
        self._working: asyncio.Task[None] | None = None

    async def paper(self, paper_id: PaperId, *, background: bool = False) -> Paper:
        """Return one version of a paper, the newest if the id names none.

        Raises `PaperNotFound`, `ArxivUnavailable`, `ArxivClosed`.
        """
        found = (await self.papers([paper_id], background=background))[paper_id]
        if found is None:
            raise PaperNotFound(str(paper_id))
        return found

    async def papers(
        self, ids: Iterable[PaperId], *, background: bool = False
    ) -> dict[PaperId, Paper | None]:
        """Return a paper for each id, None where the arXiv has none.

        Raises `ArxivUnavailable`, `ArxivClosed`.
        """
        waiting = {}
        for paper_id in ids:
            wanted = self._wanted.get(paper_id)
            if wanted is None or wanted.future.done():
                future: asyncio.Future[Paper | None] = asyncio.get_running_loop().create_future()
                wanted = self._wanted[paper_id] = _Wanted(future, background)
            wanted.background &= background
            waiting[paper_id] = wanted.future
        if self._working is None or self._working.done():
            self._working = asyncio.create_task(self._work(), name="arxiv look-ups")
        # A future is shared by all who ask for its id: one who leaves must not cancel it for the rest.
        results = await asyncio.gather(*(asyncio.shield(f) for f in waiting.values()), return_exceptions=True)
        for result in results:
            if isinstance(result, BaseException):
                raise result
        return dict(zip(waiting, results, strict=True))  # type: ignore[arg-type]

    async def close(self) -> None:
        """Give up what is waiting."""
        if self._working:
            self._working.cancel()
            await asyncio.gather(self._working, return_exceptions=True)

    async def _work(self) -> None:
        while self._wanted:
            batch: dict[PaperId, _Wanted] = {}
            try:
                background = all(wanted.background for wanted in self._wanted.values())
                turn = await self._gate.enter(background=background, patience=self._patience)
                # Only now is it settled who travels together: all who came while the gate was shut.
                batch = dict(list(self._wanted.items())[:_MOST])
                self._settle(batch, await self._fetch(list(batch), turn, background=background))
            except ArxivUnavailable as error:
                self._put_off(batch or dict(self._wanted), error)
            except BaseException as error:
                self._fail(batch or dict(self._wanted), error)
                if isinstance(error, asyncio.CancelledError):
                    raise

    def _settle(self, batch: dict[PaperId, _Wanted], found: dict[PaperId, Paper | None]) -> None:
        for paper_id, wanted in batch.items():
            if paper_id in found:
                self._wanted.pop(paper_id, None)
                if not wanted.future.done():
                    wanted.future.set_result(found[paper_id])

    def _put_off(self, batch: dict[PaperId, _Wanted], error: ArxivUnavailable) -> None:
        """Leave for the next turn what may still be had, fail what has been tried often enough."""
        worn = {}
        for paper_id, wanted in batch.items():
            wanted.tries += 1
            if error.reason == "busy" or wanted.tries >= _TRIES:
                worn[paper_id] = wanted
        log.warning("%d look-ups put off, %d given up: %s", len(batch) - len(worn), len(worn), error)
        self._fail(worn, error)

    def _fail(self, batch: dict[PaperId, _Wanted], error: BaseException) -> None:
        for paper_id, wanted in batch.items():
            self._wanted.pop(paper_id, None)
            if not wanted.future.done():
                if isinstance(error, asyncio.CancelledError):
                    wanted.future.cancel()
                else:
                    wanted.future.set_exception(error)
                    wanted.future.exception()  # whoever asked may have left

    async def _fetch(
        self, ids: list[PaperId], turn: Turn, *, background: bool
    ) -> dict[PaperId, Paper | None]:
        """Ask once. An id that is not in the result is to be asked for again."""
        adapter = _ApiAdapter(self._gate, turn, asyncio.get_running_loop(), background=background)
        try:
            answer = await in_thread(lambda: _query(self._url, adapter, ids))
        except _ErrorEntry as error:
            return _without_malformed(ids, str(error))
        finally:
            await adapter.give_back()
        if not answer and not all(self._tried_empty(i) for i in ids):
            # An empty page is a disguise of throttling as often as the truth: believe it the second time.
            return {}
        return match(ids, answer)

    def _tried_empty(self, paper_id: PaperId) -> bool:
        wanted = self._wanted.get(paper_id)
        if wanted is None:
            return True
        seen = paper_id in wanted.asked
        wanted.asked.add(paper_id)
        return seen


def match(ids: Iterable[PaperId], papers: Iterable[Paper]) -> dict[PaperId, Paper | None]:
    """Give each id its paper: the version it names, or the newest of those that came."""
    by_number: dict[str, dict[int, Paper]] = {}
    for paper in papers:
        by_number.setdefault(paper.id.number, {})[paper.id.version or 1] = paper
    found: dict[PaperId, Paper | None] = {}
    for i in ids:
        versions = by_number.get(i.number, {})
        found[i] = versions.get(i.version or max(versions, default=0))
    return found


def _without_malformed(ids: list[PaperId], summary: str) -> dict[PaperId, Paper | None]:
    """An error entry names the id that the API does not like: that paper does not exist, the rest wait."""
    named = re.search(r"for (\S+)", summary)
    wrong = [i for i in ids if named and str(i) == named[1]]
    if not wrong and len(ids) > 1:
        raise ArxivUnavailable("malformed")
    return dict.fromkeys(wrong or ids)


class _ErrorEntry(Exception):
    """The API answered with its error entry."""


class _ApiAdapter(GatedAdapter):
    """Look at the feed before the `arxiv` library does, which reads half a feed without a word."""

    def send(self, request: requests.PreparedRequest, **options: Any) -> requests.Response:  # type: ignore[override]
        """Send one request. Raises `_ErrorEntry`, `ArxivUnavailable("malformed")`."""
        from lxml import etree

        response = super().send(request, **options)
        if response.is_redirect:
            return response
        try:
            feed = etree.fromstring(
                response.content, etree.XMLParser(resolve_entities=False, no_network=True)
            )
        except etree.XMLSyntaxError as error:
            if response.status_code != requests.codes.OK:
                return response  # the library reports the status
            raise ArxivUnavailable("malformed") from error
        atom = "{http://www.w3.org/2005/Atom}"
        if feed.tag != f"{atom}feed":
            raise ArxivUnavailable("malformed")
        entry = feed.find(f"{atom}entry")
        if entry is not None and "/api/errors" in (entry.findtext(f"{atom}id") or ""):
            raise _ErrorEntry(entry.findtext(f"{atom}summary") or "")
        return response


def _query(url: str, adapter: _ApiAdapter, ids: list[PaperId]) -> list[Paper]:
    import arxiv

    client = arxiv.Client(page_size=len(ids), delay_seconds=0, num_retries=0)
    client.query_url_format = url + "?{}"
    client._session.mount("http://", adapter)
    client._session.mount("https://", adapter)
    search = arxiv.Search(id_list=[str(i) for i in ids], max_results=len(ids))
    try:
        return [to_paper(result) for result in client.results(search)]
    except arxiv.HTTPError as error:
        raise ArxivUnavailable(f"status {error.status}") from error
    except (arxiv.ArxivError, requests.exceptions.RequestException) as error:
        raise ArxivUnavailable("malformed") from error
    finally:
        client._session.close()


def to_paper(result: object) -> Paper:
    """Read an entry of the `arxiv` library."""
    import arxiv

    assert isinstance(result, arxiv.Result)
    try:
        paper_id = PaperId.parse(result.entry_id)
    except NotAPaperId as error:
        raise ArxivUnavailable("malformed") from error
    # The API lists ACM and MSC classes among the categories: I.2.7, 68T50.
    others = [c for c in result.categories if c != result.primary_category and _CATEGORY.fullmatch(c)]
    return Paper(
        id=PaperId(paper_id.number, paper_id.version or 1),
        title=to_text(result.title),
        source_title=" ".join(result.title.split()),
        authors=tuple(to_text(author.name) for author in result.authors),
        abstract=to_text(result.summary),
        categories=tuple(filter(None, (result.primary_category, *others))),
        published=result.published,
        updated=result.updated,
        comment=to_text(result.comment) if result.comment else None,
        journal_ref=to_text(result.journal_ref) if result.journal_ref else None,
        doi=result.doi or None,
    )
