"""The library: every paper is fetched once, everything about it is written once, however many ask."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from bot.errors import ArxivUnavailable, ModelMissing, PaperNotFound
from bot.language import Language
from bot.logs import about
from bot.papers.api import ArxivApi
from bot.papers.ids import PaperId
from bot.papers.paper import Paper
from bot.store.cache import Cache
from bot.store.client import Store
from bot.store.flight import SingleFlight
from bot.store.papers import Known, PaperRecords
from bot.writing.tasks.brief import Brief, BriefTask
from bot.writing.texts import Purse, Texts, key_of
from bot.writing.writer import ExtractiveWriter, Writer
from bot.writing.written import Unread, Written

__all__ = ["Known", "Library", "Purse"]

_FRESH = timedelta(days=1)  # after it, a newer version is looked for
_RECENT = 200  # papers offered for completion


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
        texts: Texts,
        clock: Callable[[], datetime] = _utc_now,
    ) -> None:
        """`writer` is None where no model is set: then sentences are extracted, under a label of their own."""
        self._api = api
        self._records = PaperRecords(cache)
        self._store = store
        self._model = writer
        self._extractive = ExtractiveWriter()
        self._clock = clock
        self._papers: SingleFlight[Known] = SingleFlight(store)
        self._texts = texts

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
        kept = await self._records.get(paper_id)
        if kept is not None and self._suffices(kept, paper_id):
            return kept

        async def find() -> Known | None:
            found = await self._records.get(paper_id)
            return found if found and self._suffices(found, paper_id) else None

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
        await self._records.shown(known)
        entry = f"{known.paper.id.number}\t{known.paper.title}"
        await self._store.zadd("pw:recent", {entry: self._clock().timestamp()})
        await self._store.zremrangebyrank("pw:recent", 0, -_RECENT - 1)

    async def brief(self, known: Known, language: Language, payer: Purse) -> Written[Brief]:
        """Return the brief in `language`, writing it once however many ask; extracted if there is no model.

        Raises `CeilingReached`, `ModelUnavailable`, `ModelUnusable`, `StoreUnavailable`.
        """
        if self._model is None:
            return await self.extract(known, language)
        return await self._written(known, language, self._model, payer)

    async def translation(self, known: Known, language: Language, payer: Purse) -> Written[Brief]:
        """Return a brief that holds the translated title and abstract. Raises `ModelMissing` too."""
        if self._model is None:
            raise ModelMissing("translation")
        return await self._written(known, language, self._model, payer)

    async def extract(self, known: Known, language: Language) -> Written[Brief]:
        """Return sentences of the paper's own, which cost nothing."""
        return await self._written(known, language, self._extractive, None)

    async def written(self, papers: Sequence[Paper], language: Language) -> list[Written[Brief] | None]:
        """Return the brief of each paper that is already there, None for the others; nothing is written."""
        writer = self._model or self._extractive
        keys = [_text_key(paper, language, writer) for paper in papers]
        return await self._texts.get_many(keys, Brief)

    async def texts_about(self, paper: PaperId) -> list[Written[Unread]]:
        """Return how every text about any version of the paper came about, the newest first."""
        return await self._texts.about(paper)

    async def recent(self, prefix: str) -> Sequence[tuple[str, str]]:
        """Return (id, title) of papers shown of late whose id or title holds `prefix`, newest first."""
        wanted = prefix.strip().casefold()
        entries = await self._store.execute_command("ZREVRANGE", "pw:recent", 0, -1)
        pairs = (str(entry).split("\t", 1) for entry in entries)
        return [(number, title) for number, title in pairs if wanted in f"{number} {title}".casefold()][:25]

    async def _written(
        self, known: Known, language: Language, writer: Writer, purse: Purse | None
    ) -> Written[Brief]:
        paper = known.paper
        key = _text_key(paper, language, writer)

        async def write() -> Written[Brief]:
            drafted = await writer.brief(paper, language)
            written = Written(
                paper=paper.id,
                task=BriefTask.name,
                revision=writer.revision,
                language=language,
                writer=drafted.writer,
                read="abstract",
                written_at=self._clock(),
                content=drafted.brief,
                usage=drafted.usage,
                flaws=drafted.flaws,
                notes=drafted.notes,
            )
            await self.shown(known)
            return written

        with about(paper=paper.id):
            return await self._texts.once(key, Brief, write, purse)

    def _suffices(self, known: Known, paper_id: PaperId) -> bool:
        # What only a feed has told lacks the venue. A date in the future is a clock that jumped, not a fresh answer.
        return known.complete and (
            paper_id.version is not None or abs(self._clock() - known.checked) < _FRESH
        )

    async def _fetch(self, paper_id: PaperId) -> Known:
        # Asked together with one version, the newest costs nothing and tells whether there is a newer one.
        found = await self._api.papers(dict.fromkeys((paper_id, paper_id.unversioned)))
        paper = found[paper_id]
        if paper is not None:
            return await self._records.put_fetched(
                paper_id, paper, found[paper_id.unversioned], self._clock()
            )
        if await self._records.get(paper_id):  # papers do not vanish from the arXiv: an answer in disguise
            raise ArxivUnavailable("malformed")
        await self._records.put_absent(paper_id)
        raise PaperNotFound(str(paper_id))


def _text_key(paper: Paper, language: Language, writer: Writer) -> str:
    return key_of(str(paper.id), BriefTask.name, writer.revision, language, writer.name)
