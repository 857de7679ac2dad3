"""The library: every paper is fetched once, everything about it is written once, however many ask."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import lru_cache

from bot.errors import ArxivUnavailable, CeilingReached, ModelMissing, ModelUnavailable, PaperNotFound
from bot.language import Language
from bot.papers.api import ArxivApi
from bot.papers.ids import PaperId
from bot.papers.paper import Paper
from bot.store.cache import Cache
from bot.store.client import Store
from bot.store.flight import SingleFlight
from bot.store.quotas import Payer, Quotas
from bot.writing.tasks.brief import BriefTask
from bot.writing.writer import ExtractiveWriter, Writer
from bot.writing.written import Written

_FRESH = timedelta(days=1)  # after it, a newer version is looked for
_UNSHOWN = 7 * 86_400  # seconds that metadata stays which nobody has been shown
_ABSENT = 600  # seconds that "there is no such paper" is believed
_RECENT = 200  # papers offered for completion
_DECODED = 128  # papers whose record was parsed of late: it is read each time, and parsed when it has changed
_AT_HAND = 256  # texts

Find = Callable[[], Awaitable[Written | None]]
Write = Callable[[], Awaitable[Written]]
Purse = Callable[[], Awaitable[Payer]]  # who pays, found out only where there is something to pay


@dataclass(frozen=True, slots=True)
class Known:
    """A paper as we know it, and since when.

    `newest` is the newest version's number where that is known. `checked` is when the arXiv last said so;
    `unreachable` means that it should have been asked again and did not answer.
    """

    paper: Paper
    checked: datetime
    newest: int | None = None
    shown: bool = False
    unreachable: bool = False

    def to_json(self) -> str:
        """Return what `from_json` reads."""
        head = json.dumps({"checked": self.checked.isoformat(), "shown": self.shown})
        return f'{head[:-1]}, "paper": {self.paper.to_json()}}}'

    @classmethod
    def from_json(cls, text: str) -> Known:
        """Return the record that `to_json` wrote."""
        data = json.loads(text)
        return cls(
            Paper.from_data(data["paper"]), datetime.fromisoformat(data["checked"]), shown=data["shown"]
        )


def _utc_now() -> datetime:
    return datetime.now(UTC)


class Library:
    """Papers and what was written about them."""

    def __init__(
        self,
        *,
        api: ArxivApi,
        cache: Cache,
        store: Store,
        writer: Writer | None,
        quotas: Quotas,
        clock: Callable[[], datetime] = _utc_now,
    ) -> None:
        """`writer` is None where no model is set: then sentences are extracted, under a label of their own."""
        self._api = api
        self._cache = cache
        self._store = store
        self._model = writer
        self._quotas = quotas
        self._extractive = ExtractiveWriter()
        self._clock = clock
        self._papers: SingleFlight[Known] = SingleFlight(store)
        self._texts: SingleFlight[Written] = SingleFlight(store)
        self._known_from = lru_cache(_DECODED)(Known.from_json)
        self._at_hand: dict[str, Written] = {}

    @property
    def has_model(self) -> bool:
        return self._model is not None

    async def close(self, patience: float = 0.0) -> None:
        """Let what is being written finish for `patience` seconds, then leave it to other processes."""
        await self._texts.close(patience)
        await self._papers.close(patience=0)
        await self._api.close()

    async def paper(self, paper_id: PaperId) -> Known:
        """Return the paper, fetched at most once a day however many ask.

        Raises `PaperNotFound`, `ArxivUnavailable`, `ArxivClosed`, `StoreUnavailable`.
        """
        kept = await self._find(paper_id)
        if kept is not None and (paper_id.version or self._is_fresh(kept)):
            return kept

        async def find() -> Known | None:
            found = await self._find(paper_id)
            return found if found and (paper_id.version or self._is_fresh(found)) else None

        try:
            return await self._papers.run(f"paper:{paper_id}", find, lambda: self._fetch(paper_id))
        except ArxivUnavailable:
            if kept is None:
                raise
            return replace(kept, unreachable=True)

    async def shown(self, known: Known) -> None:
        """Keep the paper for good: somebody has been shown it."""
        if known.shown:
            return
        record = replace(known, shown=True)
        await self._cache.keep(_paper_key(known.paper.id), record.to_json())
        if known.newest == known.paper.id.version:
            await self._cache.keep(_paper_key(known.paper.id.unversioned), record.to_json())
        entry = f"{known.paper.id.number}\t{known.paper.title}"
        await self._store.zadd("pw:recent", {entry: self._clock().timestamp()})
        await self._store.zremrangebyrank("pw:recent", 0, -_RECENT - 1)

    async def brief(self, known: Known, language: Language, payer: Purse) -> Written:
        """Return the brief in `language`, writing it once however many ask; extracted if there is no model.

        Raises `CeilingReached`, `ModelUnavailable`, `ModelUnusable`, `StoreUnavailable`.
        """
        if self._model is None:
            return await self.extract(known, language)
        return await self._written(known, language, self._model, payer)

    async def translation(self, known: Known, language: Language, payer: Purse) -> Written:
        """Return a brief that holds the translated title and abstract. Raises `ModelMissing` too."""
        if self._model is None:
            raise ModelMissing("translation")
        return await self._written(known, language, self._model, payer)

    async def extract(self, known: Known, language: Language) -> Written:
        """Return sentences of the paper's own, which cost nothing."""
        return await self._written(known, language, self._extractive, None)

    async def recent(self, prefix: str) -> Sequence[tuple[str, str]]:
        """Return (id, title) of papers shown of late whose id or title holds `prefix`, newest first."""
        wanted = prefix.strip().casefold()
        entries = await self._store.execute_command("ZREVRANGE", "pw:recent", 0, -1)
        pairs = (str(entry).split("\t", 1) for entry in entries)
        return [(number, title) for number, title in pairs if wanted in f"{number} {title}".casefold()][:25]

    async def _written(
        self, known: Known, language: Language, writer: Writer, purse: Purse | None
    ) -> Written:
        paper = known.paper
        key = f"pw:text:{paper.id}:{BriefTask.name}:{writer.revision}:{language}:{writer.name}"

        async def find() -> Written | None:
            # A key fixes its text for good, so what has been read needs no second look.
            if key not in self._at_hand:
                (text,) = await self._cache.get(key)
                if not text:
                    return None
                if len(self._at_hand) >= _AT_HAND:
                    self._at_hand.clear()
                self._at_hand[key] = Written.from_json(text)
            return self._at_hand[key]

        async def write() -> Written:
            drafted = await writer.brief(paper, language)
            written = Written(
                paper=paper.id,
                task=BriefTask.name,
                revision=writer.revision,
                language=language,
                writer=drafted.writer,
                read="abstract",
                written_at=self._clock(),
                brief=drafted.brief,
                usage=drafted.usage,
            )
            await self._cache.keep(key, written.to_json())
            await self.shown(known)
            return written

        if found := await find():
            return found
        if purse is None:
            return await self._texts.run(key, find, write)
        return await self._paid(key, find, write, purse)

    async def _paid(self, key: str, find: Find, write: Write, purse: Purse) -> Written:
        """Have one of those who ask for `key` pay for writing it; whoever joins a call pays nothing."""
        while True:
            paying = False

            async def pay_and_write() -> Written:
                nonlocal paying
                paying = True
                payer = await purse()
                await self._quotas.reserve(payer)
                try:
                    written = await write()
                except ModelUnavailable:  # nothing came, nothing is owed
                    await self._quotas.add(payer, -1)
                    raise
                await self._quotas.add(payer, written.usage.calls - 1)
                return written

            try:
                return await self._texts.run(key, find, pay_and_write)
            except CeilingReached:
                if paying:
                    raise
                # The ceiling was somebody else's: now it is our turn to pay.

    def _is_fresh(self, known: Known) -> bool:
        # A date in the future is a clock that jumped, not a fresh answer.
        return abs(self._clock() - known.checked) < _FRESH

    async def _find(self, paper_id: PaperId) -> Known | None:
        """Return what is kept of a paper. Raises `PaperNotFound` if its absence is what is kept."""
        if paper_id.version is None:
            (text,) = await self._cache.get(_paper_key(paper_id))
            if text == "":
                raise PaperNotFound(str(paper_id))
            if not text:
                return None
            known = self._known_from(text)
            return replace(known, newest=known.paper.id.version)
        text, newest = await self._cache.get(_paper_key(paper_id), _paper_key(paper_id.unversioned))
        latest = self._known_from(newest) if newest else None
        if text == "":
            raise PaperNotFound(str(paper_id))
        if not text:
            return (
                replace(latest, newest=paper_id.version) if latest and latest.paper.id == paper_id else None
            )
        return replace(self._known_from(text), newest=latest.paper.id.version if latest else None)

    async def _fetch(self, paper_id: PaperId) -> Known:
        # Asked together with one version, the newest costs nothing and tells whether there is a newer one.
        found = await self._api.papers(dict.fromkeys((paper_id, paper_id.unversioned)))
        paper, newest = found[paper_id], found[paper_id.unversioned]
        (kept,) = await self._cache.get(_paper_key(paper_id))
        if paper is None:
            if kept:  # papers do not vanish from the arXiv: this is an answer in disguise
                raise ArxivUnavailable("malformed")
            await self._cache.shelve(_paper_key(paper_id), "", _ABSENT)
            raise PaperNotFound(str(paper_id))
        newer = newest if newest and (newest.id.version or 0) > (paper.id.version or 0) else None
        # A single entry for both questions leaves open which of the two it answers.
        latest = newer.id.version if newer else None if paper_id.version else paper.id.version
        known = Known(paper, self._clock(), newest=latest)
        (pinned,) = await self._cache.get(_paper_key(paper.id))
        if pinned and self._known_from(pinned).shown:
            known = replace(known, shown=True)
        if kept and self._known_from(kept).shown:  # what was shown of this paper has a long life
            await self._cache.keep(_paper_key(paper_id), known.to_json())
        else:
            await self._cache.shelve(_paper_key(paper_id), known.to_json(), _UNSHOWN)
        if newer:
            record = replace(known, paper=newer, shown=False)
            await self._cache.shelve(_paper_key(newer.id.unversioned), record.to_json(), _UNSHOWN)
        return known


def _paper_key(paper_id: PaperId) -> str:
    return f"pw:paper:{paper_id}"
