"""Time `/summarize` of a paper that is kept against a bare GET of its text: `… cached <paper> <rounds> <calls>`."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Awaitable, Callable
from time import perf_counter_ns

from redis.asyncio import Redis

from benchmarks.workers.asking import ask
from bot.app import running
from bot.settings import load

_WARM = 200


async def main(paper: str, rounds: int, calls: int) -> dict[str, list[float]]:
    """Return the microseconds that each call took on either side, the sides taking turns by the round."""
    async with running(load()) as app:
        await ask(app.dispatcher, paper, 0)
        # The same connections with the same settings, without our class around them.
        bare = Redis(connection_pool=app.store.connection_pool)
        (key,) = [key async for key in bare.scan_iter("pw:text:*")]
        took: dict[str, list[float]] = {"get": [], "dispatch": []}

        async def get() -> None:
            assert await bare.get(key)

        async def dispatch() -> None:
            await ask(app.dispatcher, paper, 0)

        await _time(get, _WARM)
        await _time(dispatch, _WARM)
        for _ in range(rounds):
            took["get"] += await _time(get, calls)
            took["dispatch"] += await _time(dispatch, calls)
        return took


async def _time(call: Callable[[], Awaitable[None]], times: int) -> list[float]:
    took = []
    for _ in range(times):
        begun = perf_counter_ns()
        await call()
        took.append((perf_counter_ns() - begun) / 1000)
    return took


if __name__ == "__main__":
    print(json.dumps(asyncio.run(main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3])))))
