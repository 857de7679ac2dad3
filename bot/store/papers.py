"""Papers on record: `pw:paper:<id>`, by version and, for the newest that we know of, without one.

What somebody was shown is kept as long as texts are. What was announced stays a month, so that the pages and
lists of late editions need no look-up; the rest a week. Both only within the budget of the shelf.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import IntEnum
from functools import lru_cache
from typing import TypeVar

from bot.errors import PaperNotFound
from bot.papers.ids import PaperId
from bot.papers.paper import Paper
from bot.store.cache import Cache

_UNSHOWN = 7 * 86_400  # seconds that metadata stays which nobody has been shown
_ANNOUNCED = 30 * 86_400  # and that of papers that were announced
_ABSENT = 600  # seconds that "there is no such paper" is believed
_DECODED = 128  # papers whose record was parsed of late: it is read each time, and parsed when it has changed
_AT_ONCE = 200  # papers a round trip

_T = TypeVar("_T")


class Life(IntEnum):
    """How long a record stays; that of a key never becomes shorter."""

    UNSHOWN = 0
    ANNOUNCED = 1
    LONG = 2


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
    life: Life = Life.UNSHOWN

    @property
    def complete(self) -> bool:
        """Whether more is known than a feed says, which leaves out comments and dates."""
        return _complete(self.paper)

    def to_json(self) -> str:
        """Return what `from_json` reads."""
        head = json.dumps(
            {"checked": self.checked.isoformat(), "shown": self.shown, "life": self.life.value},
        )
        return f'{head[:-1]}, "paper": {self.paper.to_json()}}}'

    @classmethod
    def from_json(cls, text: str) -> Known:
        """Return the record that `to_json` wrote."""
        data = json.loads(text)
        shown = data["shown"]
        return cls(
            Paper.from_data(data["paper"]),
            datetime.fromisoformat(data["checked"]),
            shown=shown,
            life=Life(data.get("life", Life.LONG if shown else Life.UNSHOWN)),
        )


class PaperRecords:
    """The one place that knows how papers are kept."""

    def __init__(self, cache: Cache) -> None:
        self._cache = cache
        self._known_from = lru_cache(_DECODED)(Known.from_json)

    async def get(self, paper_id: PaperId) -> Known | None:
        """Return what is kept of a paper. Raises `PaperNotFound` if its absence is what is kept."""
        texts = await self._texts(_keys(paper_id))
        if texts.get(_key(paper_id)) == "":
            raise PaperNotFound(str(paper_id))
        return self._known(paper_id, texts)

    async def get_many(self, ids: Iterable[PaperId]) -> dict[PaperId, Known]:
        """Return what is kept of each paper, in the order asked for; those that are not known are left out."""
        found: dict[PaperId, Known] = {}
        for some in _in_parts(list(dict.fromkeys(ids))):
            texts = await self._texts([key for paper_id in some for key in _keys(paper_id)])
            for paper_id in some:
                if known := self._known(paper_id, texts):
                    found[paper_id] = known
        return found

    async def shown(self, known: Known) -> None:
        """Keep the paper for good: somebody has been shown it."""
        if known.shown:
            return
        record = replace(known, shown=True, life=Life.LONG)
        await self._put(_key(known.paper.id), record)
        if known.newest == known.paper.id.version:
            await self._put(_key(known.paper.id.unversioned), record)

    async def put_absent(self, paper_id: PaperId) -> None:
        """Remember for a while that there is no such paper."""
        await self._cache.shelve(_key(paper_id), "", _ABSENT)

    async def put_fetched(self, asked: PaperId, paper: Paper, newest: Paper | None, at: datetime) -> Known:
        """Put on record what the arXiv said of `asked`, and of the paper's newest version if it was asked."""
        every = (asked, paper.id, paper.id.unversioned)
        texts = await self._texts([_key(paper_id) for paper_id in every])
        kept, pinned, latest = (self._at(paper_id, texts) for paper_id in every)
        newer = newest if newest and (newest.id.version or 0) > (paper.id.version or 0) else None
        for other in (latest, pinned):
            if other and other.paper.id == paper.id:
                paper = _merged(other.paper, paper)
        shown = pinned is not None and pinned.shown
        known = Known(
            paper,
            at,
            # A single entry for both questions leaves open which of the two it answers.
            newest=newer.id.version if newer else None if asked.version else paper.id.version,
            shown=shown,
            life=max(kept.life if kept else Life.UNSHOWN, Life.LONG if shown else Life.UNSHOWN),
        )
        if not asked.version:
            await self._displace(latest, paper.id)
        await self._put(_key(asked), known)
        if asked.version and latest and latest.paper.id == paper.id and not newer:
            record = replace(known, life=max(known.life, latest.life))
            await self._put(_key(paper.id.unversioned), record)
        if newer:
            life = latest.life if latest else Life.UNSHOWN
            if latest and latest.paper.id == newer.id:
                newer = _merged(latest.paper, newer)
            record = replace(known, paper=newer, shown=False, life=life)
            await self._put(_key(newer.id.unversioned), record)
        return known

    async def put_licence(self, paper_id: PaperId, licence: str) -> None:
        """Note the licence of the version that the id names, wherever that version is on record.

        Empty stands for "asked, and none is named": it is known that nothing is known.
        """
        texts = await self._texts(_keys(paper_id))
        for key in _keys(paper_id):
            known = self._known_from(text) if (text := texts.get(key)) else None
            if known and known.paper.id == paper_id and known.paper.licence != licence:
                await self._put(key, replace(known, paper=replace(known.paper, licence=licence)))

    async def put_announced(self, papers: Iterable[Paper], at: datetime) -> None:
        """Put announced papers on record for a month, beside what is known better or was shown already.

        Of one version nothing is lost that was known before. An older version gives way to a newer one, but
        stays to be had under its own id.
        """
        for some in _in_parts(list({paper.id: paper for paper in papers}.values())):
            texts = await self._texts([key for paper in some for key in _keys(paper.id)])
            await asyncio.gather(*(self._announce(paper, at, texts) for paper in some))

    async def _announce(self, paper: Paper, at: datetime, texts: Mapping[str, str | None]) -> None:
        pinned, latest = self._at(paper.id, texts), self._at(paper.id.unversioned, texts)
        same = [known for known in (pinned, latest) if known and known.paper.id == paper.id]
        for known in same:
            paper = _merged(known.paper, paper)
        record = Known(paper, at, shown=any(known.shown for known in same), life=Life.ANNOUNCED)
        if pinned:
            await self._put(_key(paper.id), replace(record, life=max(record.life, pinned.life)))
        if latest is None or (latest.paper.id.version or 0) <= (paper.id.version or 0):
            await self._displace(latest, paper.id)
            life = max(record.life, latest.life if latest else record.life)
            await self._put(_key(paper.id.unversioned), replace(record, life=life))
        elif not pinned:
            await self._put(_key(paper.id), record)

    async def _displace(self, latest: Known | None, newer: PaperId) -> None:
        """Move an announced version that a newer one is about to overwrite to its own key."""
        if latest is None or latest.paper.id == newer or latest.life is not Life.ANNOUNCED:
            return
        key = _key(latest.paper.id)
        if not (await self._texts([key]))[key]:
            await self._put(key, latest)

    async def _put(self, key: str, known: Known) -> None:
        if known.life is Life.LONG:
            await self._cache.keep(key, known.to_json())
        else:
            seconds = _ANNOUNCED if known.life is Life.ANNOUNCED else _UNSHOWN
            await self._cache.shelve(key, known.to_json(), seconds)

    async def _texts(self, keys: Iterable[str]) -> dict[str, str | None]:
        every = list(dict.fromkeys(keys))
        return dict(zip(every, await self._cache.get(*every), strict=True)) if every else {}

    def _known(self, paper_id: PaperId, texts: Mapping[str, str | None]) -> Known | None:
        latest = self._at(paper_id.unversioned, texts)
        if paper_id.version is None:
            return replace(latest, newest=latest.paper.id.version) if latest else None
        if pinned := self._at(paper_id, texts):
            return replace(pinned, newest=latest.paper.id.version if latest else None)
        # The newest version is kept once, without its number.
        return replace(latest, newest=paper_id.version) if latest and latest.paper.id == paper_id else None

    def _at(self, paper_id: PaperId, texts: Mapping[str, str | None]) -> Known | None:
        text = texts.get(_key(paper_id))
        return self._known_from(text) if text else None


def _merged(kept: Paper, come: Paper) -> Paper:
    """Join two accounts of one version: what a feed does not say is no news, and the API says no licence."""
    if _complete(come):
        return replace(come, licence=come.licence or kept.licence)
    if _complete(kept):
        return replace(
            kept,
            licence=come.licence or kept.licence,
            journal_ref=kept.journal_ref or come.journal_ref,
            doi=kept.doi or come.doi,
        )
    return replace(
        come,
        comment=come.comment or kept.comment,
        journal_ref=come.journal_ref or kept.journal_ref,
        doi=come.doi or kept.doi,
        licence=come.licence or kept.licence,
    )


def _complete(paper: Paper) -> bool:
    return paper.published is not None


def _keys(paper_id: PaperId) -> tuple[str, ...]:
    return tuple(dict.fromkeys((_key(paper_id), _key(paper_id.unversioned))))


def _key(paper_id: PaperId) -> str:
    return f"pw:paper:{paper_id}"


def _in_parts(items: Sequence[_T]) -> Iterator[Sequence[_T]]:
    return (items[start : start + _AT_ONCE] for start in range(0, len(items), _AT_ONCE))
