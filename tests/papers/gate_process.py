"""A process of its own that goes through the gate: `python -m tests.papers.gate_process WHAT URL GAP LEASE GONE N`.

`turns` asks N times at once and says when each turn began and ended, by the machine's monotonic clock;
`hold` takes a turn and keeps it, `wait` asks for one; both stay until they are killed.
"""

from __future__ import annotations

import asyncio
import sys
import time

from bot.papers.gate import Answered
from bot.store.client import Store
from bot.store.gate import RedisGate


def say(*words: object) -> None:
    sys.stdout.write(" ".join(map(str, words)) + "\n")
    sys.stdout.flush()


async def one_turn(gate: RedisGate) -> None:
    turn = await gate.enter(patience=60)
    began = time.monotonic()
    await asyncio.sleep(0.005)
    ended = time.monotonic()
    await turn.leave(Answered())
    say(began, ended)


async def main(what: str, gate: RedisGate, times: int) -> None:
    if what == "turns":
        await asyncio.gather(*(one_turn(gate) for _ in range(times)))
    elif what == "hold":
        await gate.enter()
        say("held")
        await asyncio.Event().wait()
    else:
        await gate.enter(patience=600)


if __name__ == "__main__":
    what, url, gap, lease, gone, times = sys.argv[1:]
    gate = RedisGate(Store.at(url), gap=float(gap), lease=int(lease), gone=int(gone))
    asyncio.run(main(what, gate, int(times)))
