"""What each day's papers were filed under: worked out once for all who follow the same."""

from __future__ import annotations

import hashlib
import json
import time
from asyncio import Lock
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, TypeVar

from bot import __version__
from bot.editions.apart import data_of, file_apart, match_of
from bot.editions.days import Day, Papers
from bot.editions.shared import Shared
from bot.papers.ids import PaperId
from bot.papers.paper import Paper
from bot.papers.threads import in_thread
from bot.store.cache import Cache
from bot.store.client import Store
from bot.store.flight import SingleFlight
from bot.topics.catalogue import Catalogue
from bot.topics.index import Index
from bot.topics.matching import Filer, Match, Reason
from bot.topics.ranking import rank
from bot.topics.wanted import Wanted
from bot.topics.weights import WEIGHTS

_LIFE = 35 * 86_400  # seconds; the papers of a day that nobody was shown live as long
_PARTLY = 3600  # seconds that a filing lasts which had to leave papers out

_INDEXED = 60.0  # seconds for which the index of a day, some 30 MB, is kept for further queries

Load = Callable[[Sequence[PaperId]], Awaitable[Papers]]

_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class Filed:
    """A paper that fits what is wanted, by its id without version."""

    number: str
    score: float
    reason: Reason


@dataclass(frozen=True, slots=True)
class Shelves:
    """The topics of a day's papers, best first, by the id without version; papers without any are left out.

    `missing` counts the papers that could not be looked at.
    """

    matches: Mapping[str, tuple[Match, ...]]
    missing: int = 0


class Filing:
    """Files a day's papers under the catalogue and under queries, and remembers the outcome on the shelf."""

    def __init__(self, store: Store, catalogue: Callable[[], Catalogue]) -> None:
        self._shelf = Cache(store, keep_days=1)
        self._catalogue = catalogue
        self._flights: SingleFlight[str] = SingleFlight(store)
        self._indices: Shared[tuple[Papers, Index]] = Shared(1, _INDEXED, time.monotonic)
        self._at_work = Lock()  # filing takes a core for a second: one after the other

    async def knows(self, known: Day) -> bool:
        """Whether the day is filed under the catalogue."""
        (text,) = await self._shelf.get(self._key(known, "catalogue"))
        return bool(text)

    async def topics(self, known: Day, load: Load) -> Shelves:
        """Return what every paper of the day was filed under. Raises what `load` does."""

        async def make() -> tuple[str, bool]:
            loaded = await load(known.ids)
            filed = await self._filed(loaded.papers)
            matches = {
                paper.id.number: [data_of(match) for match in found]
                for paper, found in zip(loaded.papers, filed, strict=True)
                if found
            }
            return _written({"missing": loaded.missing, "matches": matches}), not loaded.missing

        data = json.loads(await self._remembered(self._key(known, "catalogue"), make))
        matches = {number: tuple(map(match_of, found)) for number, found in data["matches"].items()}
        return Shelves(matches, data["missing"])

    async def ranked(self, known: Day, wanted: Wanted, load: Load) -> list[Filed]:
        """Return the papers of the day that fit, the best first. Raises what `load` does."""

        async def fitting() -> tuple[Papers, Sequence[Match | None]]:
            if (topic := wanted.topic) is None:
                loaded, index = await self._indexed(known, load)
                query = wanted.query
                return loaded, await self._work(lambda: Filer(self._catalogue()).follow(index, query))
            shelves = await self.topics(known, load)
            mine = {
                number: match
                for number, found in shelves.matches.items()
                for match in found
                if match.topic == topic.id
            }
            loaded = await load([paper_id for paper_id in known.ids if paper_id.number in mine])
            papers = Papers(loaded.papers, loaded.missing + shelves.missing)
            return papers, [mine[paper.id.number] for paper in loaded.papers]

        async def make() -> tuple[str, bool]:
            loaded, matches = await fitting()
            places = await self._work(lambda: rank(loaded.papers, matches))
            rows = []
            for place in places:
                match = matches[place.position]
                assert match
                rows.append([loaded.papers[place.position].id.number, *data_of(match)[1:]])
            return _written(rows), not loaded.missing

        what = f"topic:{wanted.key}" if wanted.topic else f"query:{wanted.key}"
        rows = json.loads(await self._remembered(self._key(known, what), make))
        return [Filed(number, score, Reason(tuple(words), near)) for number, score, words, near in rows]

    async def _indexed(self, known: Day, load: Load) -> tuple[Papers, Index]:
        """Return the day's papers and their index, made once for all queries of the minute."""

        async def make() -> tuple[Papers, Index]:
            loaded = await load(known.ids)
            return loaded, await self._work(lambda: Index(loaded.papers))

        found = await self._indices.get(known.mark, make)
        if found[0].missing:  # another may load more
            self._indices.forget(known.mark)
        return found

    async def of(self, papers: Sequence[Paper], wanted: Wanted) -> Sequence[Match | None]:
        """Return how each of some papers fits what is wanted, None for those that do not; nothing is kept."""

        if wanted.topic is None:
            return await self._work(lambda: Filer(self._catalogue()).follow(papers, wanted.query))
        topic = wanted.topic.id
        filed = await self._filed(papers)
        return [next((match for match in found if match.topic == topic), None) for found in filed]

    async def _filed(self, papers: Sequence[Paper]) -> list[tuple[Match, ...]]:
        async with self._at_work:
            return await file_apart(papers)

    async def _work(self, work: Callable[[], _T]) -> _T:
        async with self._at_work:
            return await in_thread(work)

    async def _remembered(self, key: str, make: Callable[[], Awaitable[tuple[str, bool]]]) -> str:
        async def find() -> str | None:
            (text,) = await self._shelf.get(key)
            return text

        async def put() -> str:
            text, whole = await make()
            await self._shelf.shelve(key, text, _LIFE if whole else _PARTLY)
            return text

        return await find() or await self._flights.run(key, find, put)

    def _key(self, known: Day, what: str) -> str:
        return f"pw:filed:{known.day}:{_digest(known.mark, self._revision, what)}"

    @cached_property
    def _revision(self) -> str:
        """Another catalogue or other weights file anew; that happens with a new release only."""
        return repr((__version__, list(self._catalogue()), WEIGHTS))


def _digest(*parts: str) -> str:
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:24]


def _written(data: Any) -> str:
    return json.dumps(data, ensure_ascii=False, separators=(",", ":"))
