"""Finding and claiming what is due among a thousand subscriptions and among a million."""

from __future__ import annotations

import asyncio
import json
import tempfile
from itertools import islice
from pathlib import Path
from statistics import median
from time import perf_counter

from benchmarks.rows import Bound, Row
from bot.store.client import Store
from bot.store.subscriptions import Claim, Subscriptions

_FEW, _MANY = 1_000, 1_000_000
_DUE = 100
_ROUNDS = 60
_NOW = 1_795_000_000.0
_DAY = 86_400.0
_LEASE = 300.0
_AT_ONCE = 500
_TOPICS = (
    "RAG",
    "LLM agents",
    '"machine translation"',
    "cat:cs.CV diffusion",
    "quantum error correction",
    "检索增强生成",
)
_DATA = json.dumps(["09:00|Asia/Shanghai|01234", "zh-Hans", 10, "gist"], separators=(",", ":"))


def measure() -> list[Row]:
    """Return both times, their ratio, and what a subscription weighs."""
    return asyncio.run(_measure())


async def _measure() -> list[Row]:
    with tempfile.TemporaryDirectory(prefix="pw-due-") as folder:
        # One server each, side by side: what another process does to the machine it does to both.
        stores = [Store.embedded_in(Path(folder, name)) for name in ("few", "many")]
        try:
            sides = [_Side(store) for store in stores]
            weight = 0.0
            for side, count in zip(sides, (_FEW, _MANY), strict=True):
                weight = await side.fill(count)
            for turn in range(_ROUNDS):
                for side in sides if turn % 2 else sides[::-1]:
                    await side.run()
        finally:
            for store in stores:
                await store.close_all()
    few, many = (median(side.took[_ROUNDS // 10 :]) for side in sides)
    return [
        Row(f"claim {_DUE} of {_FEW:,}", few, "ms"),
        Row(f"claim {_DUE} of {_MANY:,}", many, "ms"),
        Row(f"of {_MANY:,} : of {_FEW:,}", many / few, "×", Bound("at most", 1.5)),
        Row("a subscription in Redis", weight, "bytes", Bound("at most", 350)),
    ]


class _Side:
    def __init__(self, store: Store) -> None:
        self._store = store
        self._subscriptions = Subscriptions(store)
        self._now = _NOW
        self.took: list[float] = []

    async def fill(self, count: int) -> float:
        """Keep subscriptions, as many due each second as will be claimed; return what one weighs."""
        before = await self._bytes()
        calls = (self._keep(number, count) for number in range(count))
        while some := list(islice(calls, _AT_ONCE)):
            await asyncio.gather(*some)
        return (await self._bytes() - before) / count

    async def _keep(self, number: int, count: int) -> None:
        # All over the day, whatever their number; three to a chat.
        due = _NOW + (number * 7919 % count) * _DAY / count
        chat = f"telegram:-100{1_000_000_000 + number // 3}"
        assert await self._subscriptions.add(chat, _TOPICS[number % len(_TOPICS)], _DATA, due, limit=20)

    async def run(self) -> None:
        """Let time pass until enough are due, claim them, note how long that took, and settle them."""
        rank = await self._store.execute_command("ZRANGE", "pw:due", _DUE - 1, _DUE - 1, "WITHSCORES")
        first = rank[0]
        self._now = max(self._now, float(first[1] if isinstance(first, list | tuple) else rank[1]))
        begun = perf_counter()
        claims = await self._subscriptions.claim(self._now, _LEASE, _DUE)
        self.took.append((perf_counter() - begun) * 1000)
        assert len(claims) == _DUE
        await asyncio.gather(*map(self._settle, claims))

    async def _settle(self, claim: Claim) -> None:
        assert claim.subscription.due is not None
        assert await self._subscriptions.settle(claim, claim.subscription.due + _DAY)

    async def _bytes(self) -> int:
        return int((await self._store.info("memory"))["used_memory"])
