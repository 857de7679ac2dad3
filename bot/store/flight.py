"""Single flight: work is done once however many ask for it, in however many processes."""

from __future__ import annotations

import asyncio
import logging
import secrets
from collections.abc import Awaitable, Callable
from typing import Generic, TypeVar

from bot.errors import PaperwireError, from_json, to_json
from bot.store.client import Store

log = logging.getLogger(__name__)

T = TypeVar("T")

_LEASE = 10_000  # ms; how long after a holder's death another one begins
_LONGEST = 60_000  # ms; a lease beyond it is void: a clock has jumped
_FAILED = 3_000  # ms; how long a failure stays for those who were waiting for it

_CLAIM = """
local held = redis.call('GET', KEYS[1])
local left = redis.call('PTTL', KEYS[1])
if held and held:sub(1, 7) ~= 'failed:' and left >= 0 and left <= tonumber(ARGV[3]) then return held end
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
return ARGV[1]
"""
_RENEW = """
if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('PEXPIRE', KEYS[1], ARGV[2]) end
return 0
"""
_LEAVE = """
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
if ARGV[2] == '' then return redis.call('DEL', KEYS[1]) end
redis.call('SET', KEYS[1], 'failed:' .. ARGV[1] .. ':' .. ARGV[2], 'PX', ARGV[3])
return 1
"""


class SingleFlight(Generic[T]):
    """Let one of many askers do the work, under a lease in Redis that lives while its holder does.

    The work outlives the cancellation of whoever asked first. A failure reaches all who wait at the time;
    who asks later tries anew. If the holder's process dies, one of those waiting takes over.
    """

    def __init__(self, store: Store, *, lease: int = _LEASE) -> None:
        """`lease` in milliseconds is for tests of dying holders."""
        self._store = store
        self._lease = lease
        self._claim = store.script(_CLAIM)
        self._renew = store.script(_RENEW)
        self._leave = store.script(_LEAVE)
        self._here: dict[str, asyncio.Task[T]] = {}

    async def run(
        self, key: str, find: Callable[[], Awaitable[T | None]], make: Callable[[], Awaitable[T]]
    ) -> T:
        """Return what `find` finds, after one `make` by one of all who ask for `key`.

        `make` must put what it made where `find` looks. Raises what `make` raised.
        """
        task = self._here.get(key)
        if task is None:
            task = asyncio.create_task(self._fly(key, find, make), name=f"flight {key}")
            self._here[key] = task
            task.add_done_callback(lambda done: self._landed(key, done))
        return await asyncio.shield(task)

    async def close(self, patience: float) -> None:
        """Let what is under way finish for `patience` seconds, then give it up to other processes."""
        tasks = list(self._here.values())
        if not tasks:
            return
        _, late = await asyncio.wait(tasks, timeout=patience)
        for task in late:
            task.cancel()
        await asyncio.gather(*late, return_exceptions=True)

    def _landed(self, key: str, task: asyncio.Task[T]) -> None:
        self._here.pop(key, None)
        if not task.cancelled():
            task.exception()  # seen, even if everybody who asked has left

    async def _fly(
        self, key: str, find: Callable[[], Awaitable[T | None]], make: Callable[[], Awaitable[T]]
    ) -> T:
        lease, token = f"pw:flight:{key}", secrets.token_hex(8)
        while True:
            if (found := await find()) is not None:
                return found
            holder = await self._claim(keys=[lease], args=[token, self._lease, _LONGEST])
            if holder == token:
                return await self._lead(lease, token, find, make)
            await self._wait(lease, holder)

    async def _lead(
        self,
        lease: str,
        token: str,
        find: Callable[[], Awaitable[T | None]],
        make: Callable[[], Awaitable[T]],
    ) -> T:
        failure = ""
        renewing = asyncio.create_task(self._keep(lease, token))
        try:
            # Somebody may have finished between our look and our claim.
            return found if (found := await find()) is not None else await make()
        except PaperwireError as error:
            failure = to_json(error)
            raise
        finally:
            renewing.cancel()
            try:
                await asyncio.shield(self._leave(keys=[lease], args=[token, failure, _FAILED]))
            except PaperwireError:
                log.warning("could not give back the lease %s; it ends by itself", lease)

    async def _keep(self, lease: str, token: str) -> None:
        while True:
            await asyncio.sleep(self._lease / 3000)
            try:
                await self._renew(keys=[lease], args=[token, self._lease])
            except PaperwireError as error:
                log.warning("could not renew the lease %s: %s", lease, error)

    async def _wait(self, lease: str, holder: str) -> None:
        """Return when the holder has left; raise its failure if it failed."""
        pause = 0.02
        while True:
            state = await self._store.text(lease)
            if state and state.startswith(f"failed:{holder}:"):
                raise from_json(state.split(":", 2)[2])
            if state != holder:
                return
            await asyncio.sleep(pause)
            pause = min(pause * 1.5, 0.25)
