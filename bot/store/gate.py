"""The gate to the arXiv over all processes, by Redis's own time."""

from __future__ import annotations

import asyncio
import logging
import math
import secrets
import time
from collections.abc import Awaitable
from typing import Any

from bot.errors import ArxivClosed, ArxivUnavailable, PaperwireError, StoreUnavailable
from bot.papers.gate import (
    BACKGROUND_SHARE,
    FIRST_PAUSE,
    GAP,
    LONGEST_ASKED,
    LONGEST_PAUSE,
    Answered,
    Refused,
    Silent,
    Throttled,
    Turn,
    Verdict,
)
from bot.store.client import Store

log = logging.getLogger(__name__)

_LEASE = 10_000  # ms; a dead holder's turn ends after it
_HELD = 180.0  # seconds; no request may take so long, so whoever holds on has forgotten to let go
_GONE = 3_000  # ms; who has not asked again for so long waits no more
_LONGEST = int(max(LONGEST_PAUSE, LONGEST_ASKED) * 1000)  # ms
_CLOSED, _GRANTED = -1, 0

# One hash for the gate, one list of waiting tokens for each class, one hash of when each was last heard of.
# Times beyond their longest are void: a clock has jumped. Every script is safe to repeat, because the client
# sends again what a lost connection interrupted.
_NOW = """
local t = redis.call('TIME')
local now = t[1] * 1000 + math.floor(t[2] / 1000)
"""
# Returns {what, milliseconds until asking again}.
_ENTER = (
    _NOW
    + """
local gate, people, background, heard = KEYS[1], KEYS[2], KEYS[3], KEYS[4]
local token, kind, lease, gone = ARGV[1], ARGV[2], tonumber(ARGV[3]), tonumber(ARGV[4])
local longest, share = tonumber(ARGV[5]), tonumber(ARGV[6])
local mine = kind == 'people' and people or background
local function forget(queue, who) redis.call('ZREM', queue, who); redis.call('HDEL', heard, who) end
if redis.call('HEXISTS', gate, 'closed') == 1 then forget(mine, token); return {-1, 0} end
if redis.call('HGET', gate, 'holder') == token then
  redis.call('HSET', gate, 'until', now + lease)
  return {0, 0}
end
if not redis.call('ZSCORE', mine, token) then
  redis.call('ZADD', mine, redis.call('HINCRBY', gate, 'arrivals', 1), token)
end
redis.call('HSET', heard, token, now)
local function first(queue)
  while true do
    local who = redis.call('ZRANGE', queue, 0, 0)[1]
    if not who then return nil end
    local silent = now - tonumber(redis.call('HGET', heard, who) or 0)
    if silent >= 0 and silent <= gone then return who end
    forget(queue, who)
  end
end
local held = tonumber(redis.call('HGET', gate, 'until') or 0) - now
if held > 0 and held <= lease then return {1, 100} end
local pause = tonumber(redis.call('HGET', gate, 'next') or 0) - now
if pause > 0 and pause <= longest then return {2, pause} end
local turn, other = first(people), first(background)
local served = tonumber(redis.call('HGET', gate, 'served') or 0)
if other and (not turn or served % share == share - 1) then turn = other end
if turn ~= token then return {1, 50} end
forget(mine, token)
redis.call('HSET', gate, 'holder', token, 'until', now + lease)
redis.call('HINCRBY', gate, 'served', 1)
return {0, 0}
"""
)
_RENEW = (
    _NOW
    + """
if redis.call('HGET', KEYS[1], 'holder') ~= ARGV[1] then return 0 end
redis.call('HSET', KEYS[1], 'until', now + ARGV[2])
return 1
"""
)
_LEAVE = (
    _NOW
    + """
local gate, token, verdict, gap, asked = KEYS[1], ARGV[1], ARGV[2], tonumber(ARGV[3]), tonumber(ARGV[4])
local first, longest, void = tonumber(ARGV[5]), tonumber(ARGV[6]), tonumber(ARGV[7])
if redis.call('HGET', gate, 'left') == token then return 0 end
redis.call('HSET', gate, 'left', token)
local pause = gap
if verdict == 'throttled' then
  local strikes = redis.call('HINCRBY', gate, 'strikes', 1)
  pause = math.max(gap, math.min(first * 2 ^ (strikes - 1), longest), asked)
elseif verdict == 'refused' then
  redis.call('HSET', gate, 'closed', now)
elseif verdict == 'answered' then
  redis.call('HDEL', gate, 'strikes')
end
if redis.call('HGET', gate, 'holder') == token then redis.call('HDEL', gate, 'holder', 'until') end
-- Who lost the turn and comes late must not shorten a pause that another has earned since.
local set = tonumber(redis.call('HGET', gate, 'next') or 0)
if set - now > void then set = 0 end
redis.call('HSET', gate, 'next', string.format('%.0f', math.max(set, now + pause)))
return pause
"""
)
# Whoever gives up between being granted the turn and hearing of it has asked the arXiv nothing.
_FORGET = """
redis.call('ZREM', KEYS[2], ARGV[1]); redis.call('ZREM', KEYS[3], ARGV[1]); redis.call('HDEL', KEYS[4], ARGV[1])
if redis.call('HGET', KEYS[1], 'holder') == ARGV[1] then redis.call('HDEL', KEYS[1], 'holder', 'until') end
return 1
"""
_REOPEN = (
    _NOW
    + """
redis.call('HDEL', KEYS[1], 'closed', 'strikes')
redis.call('HSET', KEYS[1], 'next', now + ARGV[1])
return 1
"""
)
_KEYS = ["pw:gate", "pw:gate:people", "pw:gate:background", "pw:gate:heard"]


class RedisGate:
    """One request at a time and one every `gap` seconds, whoever makes them."""

    def __init__(self, store: Store, *, gap: float = GAP, lease: int = _LEASE, gone: int = _GONE) -> None:
        """`gap` in seconds, `lease` and `gone` in milliseconds are for tests; the arXiv's terms say 3 s."""
        self._store = store
        self._gap = gap
        self._lease = lease
        self._gone = gone
        self._unsaid: dict[str, Verdict] = {}
        self.turns = 0  # that this process has had
        self.waited = 0.0  # seconds for them

    async def enter(self, *, background: bool = False, patience: float = 60.0) -> Turn:
        """Return when it is our turn. Raises `ArxivUnavailable("busy")`, `ArxivClosed`, `StoreUnavailable`."""
        token = secrets.token_hex(8)
        kind = "background" if background else "people"
        args = (token, kind, self._lease, self._gone, _LONGEST, BACKGROUND_SHARE)
        begun = time.monotonic()
        deadline = begun + patience
        asking: asyncio.Future[list[int]] | None = None
        try:
            while True:
                await self._say_unsaid()
                # Shielded, because a question that is cut off half-way may still be answered: see `_step_back`.
                asking = asyncio.ensure_future(self._run(_ENTER, *args))
                what, wait = await asyncio.shield(asking)
                if what == _GRANTED:
                    self.turns += 1
                    self.waited += time.monotonic() - begun
                    return _RedisTurn(self, token)
                if what == _CLOSED:
                    raise ArxivClosed
                left = deadline - time.monotonic()
                if wait / 1000 > left:
                    raise ArxivUnavailable("busy", wait / 1000)
                # Ask again well before being taken for gone.
                await asyncio.sleep(min(wait, self._gone / 3) / 1000)
        except StoreUnavailable:
            raise  # nobody could be told that we step back
        except BaseException:
            await asyncio.shield(self._step_back(token, asking))
            raise

    async def reopen(self) -> None:
        """Open a gate that a refusal closed, and forget the pause, but not the gap."""
        self._unsaid.clear()
        await self._run(_REOPEN, int(self._gap * 1000))

    async def is_closed(self) -> bool:
        """Return whether a refusal has closed the gate."""
        return bool(await self._store.execute_command("HEXISTS", "pw:gate", "closed"))

    async def leave(self, token: str, verdict: Verdict) -> None:
        """Give a turn back; what Redis cannot be told now, it is told before anyone enters again."""
        self._unsaid[token] = verdict
        try:
            await self._say_unsaid()
        except StoreUnavailable as error:
            log.warning("could not give back the turn at the gate: %s", error)

    async def renew(self, token: str) -> None:
        """Hold a turn for another lease."""
        await self._run(_RENEW, token, self._lease)

    async def _run(self, script: str, *arguments: str | int) -> Any:
        # Not by the script's digest: a server that restarts forgets those.
        return await self._store.execute_command("EVAL", script, len(_KEYS), *_KEYS, *arguments)

    async def _say_unsaid(self) -> None:
        for token, verdict in list(self._unsaid.items()):
            said, asked = _words(verdict)
            pauses = [int(seconds * 1000) for seconds in (self._gap, asked, FIRST_PAUSE, LONGEST_PAUSE)]
            await self._run(_LEAVE, token, said, *pauses, _LONGEST)
            self._unsaid.pop(token, None)

    async def _step_back(self, token: str, asking: Awaitable[object] | None) -> None:
        try:
            if asking:
                await asyncio.gather(asking, return_exceptions=True)
            await self._run(_FORGET, token)
        except PaperwireError:
            log.debug("could not leave the queue at the gate; silence will do it")


def _words(verdict: Verdict) -> tuple[str, float]:
    match verdict:
        case Answered():
            return "answered", 0.0
        case Silent():
            return "silent", 0.0
        case Throttled(seconds):
            return "throttled", min(seconds or 0.0, LONGEST_ASKED)
        case Refused():
            return "refused", 0.0


class _RedisTurn:
    def __init__(self, gate: RedisGate, token: str) -> None:
        self._gate = gate
        self._token = token
        self._renewing = asyncio.create_task(self._keep(), name="turn at the gate")

    async def leave(self, verdict: Verdict) -> None:
        self._renewing.cancel()
        await self._gate.leave(self._token, verdict)

    async def _keep(self) -> None:
        pause = self._gate._lease / 3000
        for _ in range(math.ceil(_HELD / pause)):
            await asyncio.sleep(pause)
            try:
                await self._gate.renew(self._token)
            except PaperwireError as error:
                log.warning("could not renew the turn at the gate: %s", error)
