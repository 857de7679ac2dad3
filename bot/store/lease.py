"""A right that one process has at a time, such as receiving for one bot token."""

from __future__ import annotations

import asyncio
import logging
import secrets
import time
from collections.abc import Callable, Coroutine
from typing import Any

from bot.errors import PaperwireError
from bot.store.client import Store

log = logging.getLogger(__name__)

_LENGTH = 6.0  # seconds until another takes over from one that died
_LONGEST = 60_000  # ms; a lease beyond it is void: a clock has jumped

_TAKE = """
local held = redis.call('GET', KEYS[1])
local left = redis.call('PTTL', KEYS[1])
if held and held ~= ARGV[1] and left >= 0 and left <= tonumber(ARGV[3]) then return 0 end
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
return 1
"""
_GIVE_BACK = """
if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('DEL', KEYS[1]) end
return 0
"""


class Lease:
    """Hold `name` while working; stand by while another process holds it."""

    def __init__(
        self, store: Store, name: str, *, length: float = _LENGTH, level: int = logging.WARNING
    ) -> None:
        """`level` is that of the log line which says that another process holds it."""
        self._key = f"pw:lease:{name}"
        self._name = name
        self._length = length
        self._level = level
        self._token = secrets.token_hex(8)
        self._take = store.script(_TAKE)
        self._give_back = store.script(_GIVE_BACK)

    async def hold(self, work: Callable[[], Coroutine[Any, Any, None]]) -> None:
        """Run `work` whenever the lease is ours, until it returns; it is cancelled when the lease is lost."""
        standing_by = False
        while True:
            if not await self._taken():
                if not standing_by:
                    log.log(self._level, "another copy serves %s; this one stands by", self._name)
                    standing_by = True
                await asyncio.sleep(self._length / 6)
                continue
            standing_by = False
            if await self._worked(work):
                return
            log.warning("lost %s to another copy, or the store to an outage; standing by", self._name)

    async def _worked(self, work: Callable[[], Coroutine[Any, Any, None]]) -> bool:
        """Return whether the work came to its end while the lease was ours."""
        task = asyncio.create_task(work(), name=f"under {self._key}")
        keeping = asyncio.create_task(self._keep())
        try:
            await asyncio.wait({task, keeping}, return_when=asyncio.FIRST_COMPLETED)
            if task.done():
                task.result()
                return True
            return False
        finally:
            for one in (task, keeping):
                one.cancel()
            await asyncio.gather(task, keeping, return_exceptions=True)
            try:
                await asyncio.shield(self._give_back(keys=[self._key], args=[self._token]))
            except PaperwireError:
                log.info("could not give %s back; it ends by itself", self._name)

    async def _taken(self) -> bool:
        try:
            return bool(
                await self._take(keys=[self._key], args=[self._token, int(self._length * 1000), _LONGEST])
            )
        except PaperwireError as error:
            log.warning("cannot ask for %s: %s", self._name, error)
            return False

    async def _keep(self) -> None:
        """Return when the lease is no longer ours."""
        until = time.monotonic() + self._length
        while time.monotonic() < until:
            await asyncio.sleep(self._length / 3)
            asked = time.monotonic()
            try:
                if not await self._take(
                    keys=[self._key], args=[self._token, int(self._length * 1000), _LONGEST]
                ):
                    return
                until = asked + self._length
            except PaperwireError as error:
                log.warning("cannot renew %s: %s", self._name, error)
