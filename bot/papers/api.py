"""The arXiv's query API: papers by id, look-ups that wait together merged into one request.

https://info.arxiv.org/help/api/user-manual.html
"""

from __future__ import annotations

import asyncio
import logging
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from bot.errors import ArxivUnavailable, PaperNotFound
from bot.papers.gate import Gate, Turn
from bot.papers.ids import PaperId
from bot.papers.paper import Paper

log = logging.getLogger(__name__)

_MOST = 250  # ids in one request: some 3 kB of address
_TRIES = 3
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
        # `requests` and `arxiv` take a fifth of the time that a cached answer does: only who asks loads them.
        from bot.papers.query import ErrorEntry, QueryAdapter, query
        from bot.papers.transport import in_thread

        adapter = QueryAdapter(self._gate, turn, asyncio.get_running_loop(), background=background)
        try:
            answer = await in_thread(lambda: query(self._url, adapter, ids))
        except ErrorEntry as error:
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
