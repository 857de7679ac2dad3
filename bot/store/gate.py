"""The gate to the arXiv over all processes, by Redis's own time."""

from __future__ import annotations

import asyncio
import logging
import secrets
import time

from bot.errors import ArxivClosed, ArxivUnavailable, PaperwireError
from bot.papers.gate import FIRST_PAUSE, GAP, LONGEST_ASKED, LONGEST_PAUSE, Refused, Throttled, Turn, Verdict
from bot.store.client import Store

log = logging.getLogger(__name__)

_LEASE = 10_000  # ms; a dead holder's turn ends after it
_GONE = 3_000  # ms; who has not asked again for so long waits no more
_CLOSED, _GRANTED = -1, 0

# One hash for the gate, one list of waiting tokens for each class, one hash of when each was last heard of.
# Times beyond their longest are void: a clock has jumped. Returns {what, milliseconds until asking again}.
_ENTER = """
local gate, people, background, heard = KEYS[1], KEYS[2], KEYS[3], KEYS[4]
local token, kind, lease, gone, longest = ARGV[1], ARGV[2], tonumber(ARGV[3]), tonumber(ARGV[4]), tonumber(ARGV[5])
local t = redis.call('TIME')
local now = t[1] * 1000 + math.floor(t[2] / 1000)
local mine = kind == 'people' and people or background
local function forget(queue, who) redis.call('ZREM', queue, who); redis.call('HDEL', heard, who) end
if redis.call('HEXISTS', gate, 'closed') == 1 then forget(mine, token); return {-1, 0} end
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
if other and (not turn or served % 4 == 3) then turn = other end
if turn ~= token then return {1, 50} end
forget(mine, token)
redis.call('HSET', gate, 'holder', token, 'until', now + lease)
redis.call('HINCRBY', gate, 'served', 1)
return {0, 0}
"""
_RENEW = """
if redis.call('HGET', KEYS[1], 'holder') ~= ARGV[1] then return 0 end
local t = redis.call('TIME')
redis.call('HSET', KEYS[1], 'until', t[1] * 1000 + math.floor(t[2] / 1000) + ARGV[2])
return 1
"""
_LEAVE = """
local gate, token, verdict, gap, asked = KEYS[1], ARGV[1], ARGV[2], tonumber(ARGV[3]), tonumber(ARGV[4])
local t = redis.call('TIME')
local now = t[1] * 1000 + math.floor(t[2] / 1000)
local pause = gap
if verdict == 'throttled' then
  local strikes = redis.call('HINCRBY', gate, 'strikes', 1)
  pause = math.max(gap, math.min(tonumber(ARGV[5]) * 2 ^ (strikes - 1), tonumber(ARGV[6])), asked)
elseif verdict == 'refused' then
  redis.call('HSET', gate, 'closed', now)
else
  redis.call('HDEL', gate, 'strikes')
end
if redis.call('HGET', gate, 'holder') == token then redis.call('HDEL', gate, 'holder', 'until') end
redis.call('HSET', gate, 'next', string.format('%.0f', now + pause))
return pause
"""
_FORGET = """
redis.call('ZREM', KEYS[1], ARGV[1]); redis.call('ZREM', KEYS[2], ARGV[1]); redis.call('HDEL', KEYS[3], ARGV[1])
return 1
"""
_KEYS = ["pw:gate", "pw:gate:people", "pw:gate:background", "pw:gate:heard"]


class RedisGate:
    """One request at a time and one every `gap` seconds, whoever makes them."""

    def __init__(self, store: Store, *, gap: float = GAP, lease: int = _LEASE) -> None:
        """`gap` in seconds and `lease` in milliseconds are for tests; the arXiv's terms say 3 s."""
        self._store = store
        self._gap = gap
        self._lease = lease
        self._enter = store.register_script(_ENTER)
        self._renew = store.register_script(_RENEW)
        self._leave = store.register_script(_LEAVE)
        self._forget = store.register_script(_FORGET)

    async def enter(self, *, background: bool = False, patience: float = 60.0) -> Turn:
        """Return when it is our turn. Raises `ArxivUnavailable("busy")`, `ArxivClosed`."""
        token = secrets.token_hex(8)
        kind = "background" if background else "people"
        longest = int(max(LONGEST_PAUSE, LONGEST_ASKED) * 1000)
        deadline = time.monotonic() + patience
        try:
            while True:
                what, wait = await self._enter(keys=_KEYS, args=[token, kind, self._lease, _GONE, longest])
                if what == _GRANTED:
                    return _RedisTurn(self, token)
                if what == _CLOSED:
                    raise ArxivClosed
                left = deadline - time.monotonic()
                if wait / 1000 > left:
                    raise ArxivUnavailable("busy", wait / 1000)
                # Ask again well before being taken for gone.
                await asyncio.sleep(min(wait, _GONE / 3) / 1000)
        except BaseException:
            await asyncio.shield(self._step_back(token))
            raise

    async def reopen(self) -> None:
        """Open a gate that a refusal closed, and forget the pause."""
        await self._store.execute_command("HDEL", "pw:gate", "closed", "strikes", "next")

    async def is_closed(self) -> bool:
        """Return whether a refusal has closed the gate."""
        return bool(await self._store.execute_command("HEXISTS", "pw:gate", "closed"))

    async def _step_back(self, token: str) -> None:
        try:
            await self._forget(keys=_KEYS[1:], args=[token])
        except PaperwireError:
            log.debug("could not leave the queue at the gate; silence will do it")


class _RedisTurn:
    def __init__(self, gate: RedisGate, token: str) -> None:
        self._gate = gate
        self._token = token
        self._renewing = asyncio.create_task(self._keep())

    async def leave(self, verdict: Verdict) -> None:
        self._renewing.cancel()
        asked, said = 0.0, "answered"
        match verdict:
            case Throttled(seconds):
                said, asked = "throttled", min(seconds or 0.0, LONGEST_ASKED)
            case Refused():
                said = "refused"
        pauses = [int(FIRST_PAUSE * 1000), int(LONGEST_PAUSE * 1000)]
        gap = int(self._gate._gap * 1000)
        await self._gate._leave(keys=_KEYS[:1], args=[self._token, said, gap, int(asked * 1000), *pauses])

    async def _keep(self) -> None:
        while True:
            await asyncio.sleep(self._gate._lease / 3000)
            try:
                await self._gate._renew(keys=_KEYS[:1], args=[self._token, self._gate._lease])
            except PaperwireError as error:
                log.warning("could not renew the turn at the gate: %s", error)
