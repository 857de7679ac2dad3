"""What a platform has received and not yet answered, in Redis: a crash between the two loses nothing."""

from __future__ import annotations

import secrets
from collections.abc import Sequence

from bot.store.client import Store

MOST_TIMES = 10  # runs that are given what the runs before them left
_SEEN = 86_400  # seconds for which the same key is known again

_PUT = """
if not redis.call('SET', KEYS[1] .. ':seen:' .. ARGV[1], ARGV[4], 'NX', 'EX', ARGV[3]) then
  -- A command that a lost connection made us repeat is the same putting, not a second one.
  if redis.call('GET', KEYS[1] .. ':seen:' .. ARGV[1]) == ARGV[4] then return 1 end
  return 0
end
redis.call('HSET', KEYS[1], ARGV[1], ARGV[2])
redis.call('RPUSH', KEYS[1] .. ':order', ARGV[1])
return 1
"""
_DONE = """
redis.call('HDEL', KEYS[1], ARGV[1]); redis.call('HDEL', KEYS[1] .. ':handed', ARGV[1])
redis.call('LREM', KEYS[1] .. ':order', 0, ARGV[1])
return 1
"""
# Not for ever: what ends the process each time it is worked on must not do so for good.
_LEFT = """
local found = {}
for _, key in ipairs(redis.call('LRANGE', KEYS[1] .. ':order', 0, -1)) do
  local payload = redis.call('HGET', KEYS[1], key)
  local times, by = string.match(redis.call('HGET', KEYS[1] .. ':handed', key) or '0 ', '^(%d+) (.*)$')
  times = tonumber(times) or 1
  -- A command that a lost connection made us repeat hands out the same, not once more.
  if by ~= ARGV[1] then times = times + 1 end
  if payload and times <= tonumber(ARGV[2]) then
    redis.call('HSET', KEYS[1] .. ':handed', key, times .. ' ' .. ARGV[1])
    found[#found + 1] = key
    found[#found + 1] = payload
  else
    redis.call('HDEL', KEYS[1], key); redis.call('HDEL', KEYS[1] .. ':handed', key)
    redis.call('LREM', KEYS[1] .. ':order', 0, key)
  end
end
return found
"""


class RedisInbox:
    """The inbox of one account on one platform."""

    def __init__(self, store: Store, name: str) -> None:
        """`name` tells accounts apart; it is not a secret."""
        self._key = f"pw:inbox:{name}"
        self._put = store.script(_PUT)
        self._done = store.script(_DONE)
        self._left = store.script(_LEFT)

    async def put(self, key: str, payload: str) -> bool:
        """Keep what came in; False if this key was put before, answered or not, within the last day."""
        return bool(await self._put(keys=[self._key], args=[key, payload, _SEEN, secrets.token_hex(8)]))

    async def done(self, key: str) -> None:
        """Forget the payload: it was answered."""
        await self._done(keys=[self._key], args=[key])

    async def left(self) -> Sequence[tuple[str, str]]:
        """Return what earlier runs left unanswered, oldest first; each is handed out to `MOST_TIMES` runs at most."""
        flat = list(await self._left(keys=[self._key], args=[secrets.token_hex(8), MOST_TIMES]))
        return list(zip(flat[::2], flat[1::2], strict=True))
