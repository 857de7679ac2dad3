"""What is kept: texts and the papers they are about for long, the rest for a while and within a budget."""

from __future__ import annotations

from collections.abc import Sequence

from bot.store.client import Store

_DAY = 86_400

# The shelf's bookkeeping: a sorted set of keys by expiry, their sizes, and the sum. What has expired is
# struck off first; then what would expire soonest goes until the rest fits.
_SHELVE = """
local shelf, sizes, sum = 'pw:shelf', 'pw:shelf:sizes', 'pw:shelf:bytes'
local time = redis.call('TIME')
local now = tonumber(time[1])
local function off(key)
  local size = tonumber(redis.call('HGET', sizes, key) or 0)
  redis.call('ZREM', shelf, key); redis.call('HDEL', sizes, key); redis.call('DECRBY', sum, size)
end
for _, key in ipairs(redis.call('ZRANGEBYSCORE', shelf, '-inf', now, 'LIMIT', 0, 200)) do off(key) end
if redis.call('ZSCORE', shelf, KEYS[1]) then off(KEYS[1]) end
local size = #KEYS[1] + #ARGV[1]
redis.call('SET', KEYS[1], ARGV[1], 'EX', ARGV[2])
redis.call('ZADD', shelf, now + tonumber(ARGV[2]), KEYS[1])
redis.call('HSET', sizes, KEYS[1], size)
local total = redis.call('INCRBY', sum, size)
while total > tonumber(ARGV[3]) do
  local first = redis.call('ZRANGE', shelf, 0, 0)[1]
  if not first then break end
  redis.call('DEL', first); off(first)
  total = tonumber(redis.call('GET', sum))
end
return total
"""
_KEEP = """
if redis.call('ZREM', 'pw:shelf', KEYS[1]) == 1 then
  redis.call('DECRBY', 'pw:shelf:bytes', tonumber(redis.call('HGET', 'pw:shelf:sizes', KEYS[1]) or 0))
  redis.call('HDEL', 'pw:shelf:sizes', KEYS[1])
end
redis.call('SET', KEYS[1], ARGV[1], 'EX', ARGV[2])
return 1
"""


class Cache:
    """Values by key, as text. `keep` is for what was shown, `shelve` for what can be fetched again."""

    def __init__(self, store: Store, *, keep_days: int, shelf_bytes: int = 64 * 1024 * 1024) -> None:
        self._store = store
        self.keep_seconds = keep_days * _DAY
        self._shelf_bytes = shelf_bytes
        self._shelve = store.script(_SHELVE)
        self._keep = store.script(_KEEP)

    async def get(self, *keys: str) -> Sequence[str | None]:
        """Return the values of `keys` in one round trip, None for each that is not there."""
        if len(keys) == 1:
            return (await self._store.text(keys[0]),)
        return await self._store.texts(keys)

    async def keep(self, key: str, value: str) -> None:
        """Keep `value` for `KEEP_DAYS`. Raises `StoreUnavailable`, and then nothing was kept."""
        await self._keep(keys=[key], args=[value, self.keep_seconds])

    async def shelve(self, key: str, value: str, seconds: int) -> None:
        """Keep `value` for `seconds` at most, within the byte budget of all that is shelved."""
        await self._shelve(keys=[key], args=[value, seconds, self._shelf_bytes])

    async def shelved_bytes(self) -> int:
        """Return how much of the budget is in use."""
        return int(await self._store.text("pw:shelf:bytes") or 0)
