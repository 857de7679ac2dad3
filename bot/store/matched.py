"""What matched in an edition and was not all shown, for the button under it."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from datetime import date

from bot.papers.ids import PaperId
from bot.store.client import Store

_KEPT = 400 * 86_400  # seconds


@dataclass(frozen=True, slots=True)
class Matches:
    """All papers of an edition on what is `wanted`, the best first, and its days from `first` to `last`."""

    wanted: str
    first: date
    last: date
    papers: tuple[PaperId, ...]

    @property
    def name(self) -> str:
        """A name of thirteen characters, the same for the same papers."""
        return f"#{hashlib.sha256(self.packed().encode()).hexdigest()[:12]}"

    def packed(self) -> str:
        """Return what they are kept as."""
        papers = " ".join(map(str, self.papers))
        return json.dumps([self.wanted, self.first.isoformat(), self.last.isoformat(), papers])


class Matched:
    """Matches by their name, for as long as texts are kept."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def keep(self, matches: Matches) -> str:
        """Keep them, and return their name."""
        name = matches.name
        await self._store.set(_key(name), matches.packed(), ex=_KEPT)
        return name

    async def find(self, name: str) -> Matches | None:
        """Return what has this name, None if nothing has, or not any more."""
        packed = await self._store.text(_key(name))
        if packed is None:
            return None
        wanted, first, last, papers = json.loads(packed)
        ids = tuple(map(PaperId.parse, papers.split()))
        return Matches(wanted, date.fromisoformat(first), date.fromisoformat(last), ids)


def _key(name: str) -> str:
    return f"pw:matched:{name.removeprefix('#')}"
