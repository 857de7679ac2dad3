"""Texts that are written once, however many ask for them, in however many processes."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any, Generic, cast

from bot.errors import CeilingReached, ModelFailure
from bot.language import Language
from bot.papers.ids import PaperId
from bot.store.cache import Cache
from bot.store.client import Store
from bot.store.flight import SingleFlight
from bot.store.quotas import Payer, Quotas, Spent
from bot.writing.usage import Usage
from bot.writing.writer import EXTRACTIVE
from bot.writing.written import C, Unread, Written

_AT_HAND = 256  # texts

_ENLISTED = """
local found = {}
for _, entry in ipairs(redis.call('ZREVRANGE', KEYS[1], 0, -1)) do
  if redis.call('EXISTS', string.match(entry, '\\n(.*)$')) == 1 then found[#found + 1] = entry end
end
return found
"""

Write = Callable[[], Awaitable[Written[C]]]
Purse = Callable[[], Awaitable[Payer]]  # who pays, found out only where there is something to pay


def key_of(about: str, task: str, revision: int, language: Language, writer: str) -> str:
    """Return the key of a text: the same for the same question, however it is asked."""
    return f"pw:text:{about}:{task}:{revision}:{language}:{writer}"


@dataclass(frozen=True, slots=True)
class Kept(Generic[C]):
    """What is kept about a paper in one language, and the languages in which anything is."""

    written: Written[C] | None
    languages: tuple[Language, ...]


class Texts:
    """What was written, and whatever has to be written now."""

    def __init__(self, cache: Cache, store: Store, quotas: Quotas) -> None:
        self._cache = cache
        self._store = store
        self._quotas = quotas
        self._flights: SingleFlight[Written[Any]] = SingleFlight(store)
        self._enlisted = store.script(_ENLISTED)
        self._at_hand: dict[str, Written[Any]] = {}
        self.hits = 0  # texts that were there when they were asked for
        self.misses = 0

    async def close(self, patience: float = 0.0) -> None:
        """Let what is being written finish for `patience` seconds, then leave it to other processes."""
        await self._flights.close(patience)

    async def get(self, key: str, content: type[C]) -> Written[C] | None:
        """Return the text under `key`, None if it is not written yet."""
        # A key fixes its text for good, so what has been read needs no second look.
        if key not in self._at_hand:
            (text,) = await self._cache.get(key)
            if not text:
                return None
            if len(self._at_hand) >= _AT_HAND:
                self._at_hand.clear()
            self._at_hand[key] = Written.from_json(text, content)
        return cast("Written[C]", self._at_hand[key])

    async def get_many(self, keys: Sequence[str], content: type[C]) -> list[Written[C] | None]:
        """Return the text under each key in one round trip, None for those that are not written."""
        texts = await self._cache.get(*keys) if keys else ()
        return [Written.from_json(text, content) if text else None for text in texts]

    async def about(self, paper: PaperId) -> list[Written[Unread]]:
        """Return how everything came about that is kept about any version of a paper, the newest first."""
        keys = await self._store.execute_command("ZREVRANGE", _about(paper), 0, -1)
        found = await self.get_many([str(key) for key in keys], Unread)
        return [written for written in found if written]

    async def enlist(self, name: str, key: str, said: str, at: float) -> None:
        """Put the text under `key`, written at `at`, on the list of that name; `said` tells what it is.

        It stands there for as long as the text is kept, which may be a moment later.
        """
        entries = f"pw:texts:{name}"
        await self._store.zadd(entries, {f"{said}\n{key}": at})
        await self._store.zremrangebyscore(entries, "-inf", at - self._cache.keep_seconds)
        await self._store.expire(entries, self._cache.keep_seconds)

    async def enlisted(self, name: str) -> list[tuple[str, str]]:
        """Return what the texts of a list are, each with its key, as far as they are still kept."""
        found = await self._enlisted(keys=[f"pw:texts:{name}"])
        return [(said, key) for said, _, key in (entry.partition("\n") for entry in found)]

    async def kept(
        self, papers: Sequence[PaperId], task: str, language: Language, content: type[C]
    ) -> list[Kept[C]]:
        """Return for each paper what a task last wrote about that version, whoever wrote it, in two round trips.

        What a model wrote goes before what was extracted, however old it is.
        """
        lists = await asyncio.gather(
            *(self._store.execute_command("ZREVRANGE", _about(paper), 0, -1) for paper in papers)
        )
        chosen: list[str | None] = []
        tongues: list[tuple[Language, ...]] = []
        for paper, keys in zip(papers, lists, strict=True):
            parts = {str(key): str(key).removeprefix("pw:text:").split(":", 4) for key in keys}
            mine = {key: said for key, said in parts.items() if said[:2] == [str(paper), task]}
            tongues.append(tuple(dict.fromkeys(Language(said[3]) for said in mine.values())))
            ours = [key for key, said in mine.items() if said[3] == language.tag]
            ours.sort(key=lambda key: mine[key][4] == EXTRACTIVE)
            chosen.append(ours[0] if ours else None)
        texts = await self.get_many([key for key in chosen if key], content)
        found = dict(zip(filter(None, chosen), texts, strict=True))
        return [Kept(found.get(key or ""), languages) for key, languages in zip(chosen, tongues, strict=True)]

    async def once(self, key: str, content: type[C], write: Write[C], purse: Purse | None) -> Written[C]:
        """Return the text under `key`, after one `write` by one of all who ask for it, and keep it for long.

        One of those who ask pays, out of `purse` (None: it costs nothing); whoever joins a call pays nothing.
        Raises `CeilingReached`, `StoreUnavailable`, and what `write` raises.
        """

        async def find() -> Written[C] | None:
            return await self.get(key, content)

        async def make() -> Written[C]:
            written = await write()
            await self._cache.keep(key, written.to_json())
            if written.paper:
                await self._store.zadd(_about(written.paper), {key: written.written_at.timestamp()})
                await self._store.expire(_about(written.paper), self._cache.keep_seconds)
            return written

        if found := await find():
            self.hits += 1
            return found
        self.misses += 1
        if purse is None:
            return cast("Written[C]", await self._flights.run(key, find, make))
        while True:
            paying = False

            async def pay() -> Written[C]:
                nonlocal paying
                paying = True
                return await self._paid(make, purse)

            try:
                return cast("Written[C]", await self._flights.run(key, find, pay))
            except CeilingReached:
                if paying:
                    raise
                # The ceiling was somebody else's: now it is our turn to pay.

    async def _paid(self, make: Write[C], purse: Purse) -> Written[C]:
        payer = await purse()
        await self._quotas.reserve(payer)
        try:
            written = await make()
        except ModelFailure as error:
            # What cannot be used is owed all the same; where nothing was answered, nothing is.
            cost = error.cost if isinstance(error.cost, Usage) else Usage()
            await self._quotas.spend(payer, _spent(cost))
            raise
        await self._quotas.spend(payer, _spent(written.usage))
        return written


def _spent(usage: Usage) -> Spent:
    return Spent(
        usage.calls,
        usage.prompt_tokens,
        usage.completion_tokens,
        usage.cached_tokens,
        usage.retries,
        usage.money,
    )


def _about(paper: PaperId) -> str:
    return f"pw:texts:{paper.number}"
