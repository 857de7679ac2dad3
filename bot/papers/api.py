"""The arXiv's query API: papers by id, look-ups that wait together merged into one request.

https://info.arxiv.org/help/api/user-manual.html
"""

from __future__ import annotations

import asyncio
import logging
import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from bot.errors import ArxivUnavailable, PaperNotFound
from bot.papers.gate import Gate, Silent, Turn
from bot.papers.ids import PaperId
from bot.papers.limits import Limits
from bot.papers.paper import Paper

if TYPE_CHECKING:
    from bot.papers.query import QueryAdapter

log = logging.getLogger(__name__)

Sort = Literal["submittedDate", "relevance"]

_MOST = 250  # ids in one request: some 3 kB of address
_LARGEST_PAGE, _LAST_RESULT = 2000, 30_000  # of a search: the API gives no more at once, and none beyond
_TRIES = 3
_PATIENCE = 60.0  # seconds that a person waits for the gate


@dataclass(frozen=True, slots=True)
class Found:
    """A page of a search: `papers` of the `total` that fit."""

    total: int
    papers: tuple[Paper, ...]


@dataclass(slots=True)
class _Wanted:
    future: asyncio.Future[Paper | None]
    background: bool
    until: float  # by the loop's clock; after it nothing is tried again
    tries: int = 0
    missed: bool = False  # it was asked for once, and the page that came held nothing at all


class ArxivApi:
    """Look papers up. Ids that are asked for while the gate is shut travel in one request."""

    def __init__(
        self, gate: Gate, url: str, *, patience: float = _PATIENCE, limits: Limits | None = None
    ) -> None:
        """`patience` is how many seconds a look-up may wait at the gate."""
        self._gate = gate
        self._url = url
        self._patience = patience
        self._limits = limits or Limits()
        self._wanted: dict[PaperId, _Wanted] = {}
        self._person_came = asyncio.Event()
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
        waiting = {paper_id: self._want(paper_id, background) for paper_id in ids}
        if waiting and (self._working is None or self._working.done()):
            self._working = asyncio.create_task(self._work(), name="arxiv look-ups")
        # A future is shared by all who ask for its id: one who leaves must not cancel it for the rest.
        results = await asyncio.gather(*map(asyncio.shield, waiting.values()), return_exceptions=True)
        found: dict[PaperId, Paper | None] = {}
        for paper_id, result in zip(waiting, results, strict=True):
            if isinstance(result, BaseException):
                raise result
            found[paper_id] = result
        return found

    async def search(
        self,
        query: str,
        *,
        start: int = 0,
        most: int = 100,
        sort: Sort = "submittedDate",
        background: bool = False,
    ) -> Found:
        """Return the papers from `start` on that fit a query in the arXiv's own language, newest or best first.

        Raises `ArxivUnavailable`: "malformed" if the arXiv cannot read the query; and `ArxivClosed`.
        """
        # `requests` and `arxiv` take a fifth of the time that a cached answer does: only who asks loads them.
        from bot.papers.query import ErrorEntry

        most = min(most, _LARGEST_PAGE, _LAST_RESULT - start)
        if most <= 0:
            return Found(0, ())
        until = asyncio.get_running_loop().time() + self._patience
        empty = False
        for left in reversed(range(_TRIES)):
            try:
                found = await self._search(query, start, most, sort, background)
            except ErrorEntry as error:
                log.warning("the arXiv cannot read the query %r: %s", query, error)
                raise ArxivUnavailable("malformed") from error
            except ArxivUnavailable as error:
                if error.reason == "busy" or not left or asyncio.get_running_loop().time() >= until:
                    raise
                log.warning("a search is asked again: %s", error)
                continue
            # Throttling can look like "no results": that is believed the second time.
            if found.papers or found.total or empty:
                return found
            empty = True
        raise ArxivUnavailable("throttled")

    async def _search(self, query: str, start: int, most: int, sort: Sort, background: bool) -> Found:
        from bot.papers.query import search
        from bot.papers.threads import in_thread

        turn = await self._gate.enter(background=background, patience=self._patience)
        adapter = self._adapter(turn, background=background)
        adapter.start = start
        try:
            total, papers = await in_thread(lambda: search(self._url, adapter, query, most, sort))
        finally:
            await adapter.give_back()
        return Found(total, tuple(papers))

    def _adapter(self, turn: Turn, *, background: bool) -> QueryAdapter:
        from bot.papers.query import QueryAdapter

        loop = asyncio.get_running_loop()
        return QueryAdapter(
            self._gate, turn, loop, background=background, patience=self._patience, limits=self._limits
        )

    async def close(self) -> None:
        """Give up what is waiting: whoever asked for it gets `ArxivUnavailable`."""
        if self._working:
            self._working.cancel()
            await asyncio.gather(self._working, return_exceptions=True)

    def _want(self, paper_id: PaperId, background: bool) -> asyncio.Future[Paper | None]:
        wanted = self._wanted.get(paper_id)
        if wanted is None:
            loop = asyncio.get_running_loop()
            wanted = _Wanted(loop.create_future(), background, loop.time() + self._patience)
            self._wanted[paper_id] = wanted
        wanted.background &= background
        if not background:
            self._person_came.set()
        return wanted.future

    async def _work(self) -> None:
        try:
            while self._wanted:
                await self._look_up()
        finally:
            self._fail(self._wanted, ArxivUnavailable("unreachable"))  # only `close` leaves any

    async def _look_up(self) -> None:
        batch: dict[PaperId, _Wanted] = {}
        try:
            turn = await self._enter()
            # Only now is it settled who travels together: all who came while the gate was shut, people first.
            batch = dict(sorted(self._wanted.items(), key=lambda item: item[1].background)[:_MOST])
            self._settle(batch, await self._fetch(batch, turn))
        except ArxivUnavailable as error:
            self._put_off(batch or self._wanted, error)
        except Exception as error:
            self._fail(batch or self._wanted, error)

    async def _enter(self) -> Turn:
        """Wait at the gate, and among the people there as soon as a person is among those who ask."""
        self._person_came.clear()
        if any(not wanted.background for wanted in self._wanted.values()):
            return await self._gate.enter(patience=self._patience)
        entering = asyncio.ensure_future(self._gate.enter(background=True, patience=self._patience))
        coming = asyncio.ensure_future(self._person_came.wait())
        try:
            await asyncio.wait((entering, coming), return_when=asyncio.FIRST_COMPLETED)
        except asyncio.CancelledError:
            if turn := await _stepped_back(entering):
                await turn.leave(Silent())
            raise
        finally:
            coming.cancel()
        if entering.done():
            return entering.result()
        return await _stepped_back(entering) or await self._gate.enter(patience=self._patience)

    def _settle(self, batch: dict[PaperId, _Wanted], found: dict[PaperId, Paper | None]) -> None:
        for paper_id, paper in found.items():
            del self._wanted[paper_id]
            batch[paper_id].future.set_result(paper)

    def _put_off(self, batch: dict[PaperId, _Wanted], error: ArxivUnavailable) -> None:
        """Leave for the next turn what may still be had, fail what has been tried often or long enough."""
        worn = {}
        now = asyncio.get_running_loop().time()
        for paper_id, wanted in batch.items():
            wanted.tries += 1
            if error.reason == "busy" or wanted.tries >= _TRIES or now >= wanted.until:
                worn[paper_id] = wanted
        log.warning("%d look-ups put off, %d given up: %s", len(batch) - len(worn), len(worn), error)
        self._fail(worn, error)

    def _fail(self, batch: dict[PaperId, _Wanted], error: Exception) -> None:
        for paper_id, wanted in list(batch.items()):
            del self._wanted[paper_id]
            wanted.future.set_exception(error)
            wanted.future.exception()  # whoever asked may have left

    async def _fetch(self, batch: dict[PaperId, _Wanted], turn: Turn) -> dict[PaperId, Paper | None]:
        """Ask once. An id that is not in the result is to be asked for again."""
        from bot.papers.query import ErrorEntry, query
        from bot.papers.threads import in_thread

        ids = list(batch)
        adapter = self._adapter(turn, background=all(wanted.background for wanted in batch.values()))
        try:
            answer = await in_thread(lambda: query(self._url, adapter, ids))
        except ErrorEntry as error:
            return _without_malformed(ids, str(error))
        finally:
            await adapter.give_back()
        found = match(ids, answer)
        # What is missing may be throttling in disguise, or a question that merged badly: it is believed
        # the second time, when those that came are no longer asked for beside it.
        doubted = [i for i, paper in found.items() if paper is None and not batch[i].missed]
        for paper_id in doubted:
            batch[paper_id].missed = True
            del found[paper_id]
        return found


async def _stepped_back(entering: asyncio.Future[Turn]) -> Turn | None:
    """Stop waiting at the gate; return the turn that came all the same."""
    entering.cancel()
    await asyncio.gather(entering, return_exceptions=True)
    return None if entering.cancelled() or entering.exception() else entering.result()


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
    named = {word.rstrip(".") for word in re.findall(r"[\w./-]+", summary)}
    wrong = [i for i in ids if str(i) in named]
    if not wrong:
        raise ArxivUnavailable("malformed")
    return dict.fromkeys(wrong)
