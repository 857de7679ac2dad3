"""A process that works off what is due, and notes what it did: `python -m … <redis> <clock> <name> <seconds>`."""

from __future__ import annotations

import asyncio
import sys

from bot.editions.work import Work
from bot.store.client import Store
from bot.store.subscriptions import Claim, Subscriptions


class Slow:
    """Takes its time, and settles each claim with one line in a list."""

    def __init__(self, store: Store, name: str, seconds: float) -> None:
        self._store = store
        self._subscriptions = Subscriptions(store)
        self._name = name
        self._seconds = seconds

    async def prepare(self, claim: Claim) -> None:
        await self._store.execute_command("RPUSH", "began", f"{self._name} {claim.subscription.chat}")
        await asyncio.sleep(self._seconds)
        done = [("RPUSH", "done", f"{self._name} {claim.subscription.chat} {claim.subscription.wanted}")]
        await self._subscriptions.settle(claim, 9e9, also=done)


async def main(url: str, clock: float, name: str, seconds: float) -> None:
    store = Store.at(url)
    slow = Slow(store, name, seconds)
    work = Work(
        slow, Subscriptions(store), url, claim=1.5, tick=0.1, redelivery=1.0, clock=lambda: _now(clock)
    )
    await work.run()


def _now(began: float) -> float:
    return began + asyncio.get_running_loop().time()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], float(sys.argv[2]), sys.argv[3], float(sys.argv[4])))
