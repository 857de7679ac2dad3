"""Searches of the arXiv: one request answers everybody who asks the same within the hour."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Literal

from bot.papers.api import ArxivApi
from bot.papers.ids import PaperId
from bot.papers.paper import Paper
from bot.store.cache import Cache
from bot.store.client import Store
from bot.store.flight import SingleFlight
from bot.store.papers import PaperRecords
from bot.topics.query import Query

_BELIEVED = 3600  # seconds
_MOST = 100


class Searches:
    """Search the arXiv, and remember for an hour what was found."""

    def __init__(
        self,
        *,
        api: ArxivApi,
        records: PaperRecords,
        store: Store,
        cache: Cache,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._api = api
        self._records = records
        self._cache = cache
        self._clock = clock
        self._flights: SingleFlight[list[str]] = SingleFlight(store)

    async def find(self, query: Query, sort: Literal["relevance", "submittedDate"]) -> Sequence[Paper]:
        """Return at most a hundred papers. Raises `ArxivUnavailable`, `ArxivClosed`, `StoreUnavailable`."""
        key = f"pw:search:{sort}:{query.key}"

        async def kept() -> list[str] | None:
            (text,) = await self._cache.get(key)
            return json.loads(text) if text else None

        async def ask() -> list[str]:
            found = await self._api.search(query.to_arxiv(), most=_MOST, sort=sort)
            now = self._clock()
            # Nobody announced these: they stay as long as a paper that somebody looked up.
            await asyncio.gather(
                *(self._records.put_fetched(paper.id.unversioned, paper, None, now) for paper in found.papers)
            )
            ids = [str(paper.id) for paper in found.papers]
            await self._cache.shelve(key, json.dumps(ids), _BELIEVED)
            return ids

        ids = await kept()
        if ids is None:
            ids = await self._flights.run(key, kept, ask)
        records = await self._records.get_many([PaperId.parse(paper_id) for paper_id in ids])
        return [known.paper for known in records.values() if known]
