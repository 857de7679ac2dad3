"""A process that starts on data of schema 1 and knows schema 3: `python -m … <redis> <name> <lease> [<how>]`.

It `waits` for a line before it begins; in the middle of the first step it `dies`, or `stops` until it gets a line.
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import Callable

from bot.store.client import Script, Store
from bot.store.schema import Schema

RECORDS = 200
_SECOND = """
local old = redis.call('GET', KEYS[1])
if not string.find(old, '^second ') then redis.call('SET', KEYS[1], 'second ' .. old) end
redis.call('INCR', 'writes:' .. ARGV[1])
"""
_THIRD = "redis.call('SADD', 'third', ARGV[1])"


async def main(url: str, name: str, lease: str, how: str = "") -> None:
    async def second(store: Store, script: Callable[[str], Script]) -> None:
        await store.execute_command("RPUSH", "began", name)
        write = script(_SECOND)
        for number in range(RECORDS):
            if number == RECORDS // 2 and how == "dies":
                os.kill(os.getpid(), signal.SIGKILL)
            if number == RECORDS // 2 and how == "stops":
                _stop()
            await write(keys=[f"record:{number}"], args=[name])

    async def third(store: Store, script: Callable[[str], Script]) -> None:
        await script(_THIRD)(args=[name])

    store = Store.at(url)
    if how == "waits":
        await store.ping()
        _stop()
    await Schema(store, [second, third], lease=float(lease)).migrate()
    _say("ready")
    await store.close_all()


def _stop() -> None:
    """Do nothing at all until there is a line: no lease is renewed."""
    _say("stopped")
    sys.stdin.readline()


def _say(what: str) -> None:
    sys.stdout.write(f"{what}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
