"""Many people who ask at once: `… crowd <paper>…`, one person for each; begins when told to."""

from __future__ import annotations

import asyncio
import json
import sys

from benchmarks.workers.asking import ask
from bot.app import running
from bot.settings import load


async def main(papers: list[str]) -> None:
    """Say that we are ready, wait for a line, ask for everything at once, say how many were answered."""
    async with running(load()) as app:
        print(json.dumps("ready"), flush=True)
        await asyncio.to_thread(sys.stdin.readline)
        await asyncio.gather(*(ask(app.dispatcher, paper, n) for n, paper in enumerate(papers)))
        print(json.dumps(len(papers)), flush=True)


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1:]))
