"""All that is remembered of one chat, to be seen, to be forgotten, and to follow it to a new name."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from dataclasses import dataclass

from bot.store.client import Store

# By the chat's key alone, and by its key and something more.
_KEYS = ("language", "chosen", "shown", "muted", "taste", "lost")
_FAMILIES = ("ended", "followup")
# ARGV: old chat, new chat. Each of the keys moves as its kind needs it.
_MOVE = """
local call = redis.call
if ARGV[1] == ARGV[2] then return 0 end
local function names(kind) return 'pw:' .. kind .. ':' .. ARGV[1], 'pw:' .. kind .. ':' .. ARGV[2] end
local old, new
for _, kind in ipairs({'language', 'chosen'}) do
  old, new = names(kind)
  if call('EXISTS', old) == 1 and call('RENAMENX', old, new) == 0 then call('DEL', old) end
end
old, new = names('shown')
if call('EXISTS', old) == 1 then
  local life = math.max(call('PTTL', old), call('PTTL', new))
  call('ZUNIONSTORE', new, 2, old, new, 'AGGREGATE', 'MAX')
  if life > 0 then call('PEXPIRE', new, life) end
  call('DEL', old)
end
old, new = names('muted')
if call('EXISTS', old) == 1 then call('SUNIONSTORE', new, old, new); call('DEL', old) end
old, new = names('taste')
if call('EXISTS', old) == 1 then
  local life = math.max(call('PTTL', old), call('PTTL', new))
  local votes = call('HGETALL', old)
  for i = 1, #votes, 2 do
    local there = call('HGET', new, votes[i])
    local at = tonumber(string.match(votes[i + 1], '^%d+'))
    if not there or tonumber(string.match(there, '^%d+')) < at then call('HSET', new, votes[i], votes[i + 1]) end
  end
  if life > 0 then call('PEXPIRE', new, life) end
  call('DEL', old)
end
old, new = names('lost')
if call('EXISTS', old) == 1 then call('RENAME', old, new) end
if call('SREM', 'pw:allowed', ARGV[1]) == 1 then call('SADD', 'pw:allowed', ARGV[2]) end
return 1
"""


@dataclass(frozen=True, slots=True)
class Remembered:
    """How much of each kind there is. `choices` are its language and its settings."""

    subscriptions: int
    choices: int
    shown: int
    muted: int
    votes: int
    ended: int
    followups: int


class ChatMemory:
    """What is kept under a chat's key, besides its subscriptions, which have a keeper of their own."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._move = store.script(_MOVE)

    async def of(self, chat: str) -> Remembered:
        """Return how much is remembered of the chat."""
        ask = self._store.execute_command
        return Remembered(
            subscriptions=int(await ask("HLEN", f"pw:subs:{chat}")),
            choices=int(await ask("EXISTS", f"pw:language:{chat}", f"pw:chosen:{chat}")),
            shown=int(await ask("ZCARD", f"pw:shown:{chat}")),
            muted=int(await ask("SCARD", f"pw:muted:{chat}")),
            votes=int(await ask("HLEN", f"pw:taste:{chat}")),
            ended=len([key async for key in self._family("ended", chat)]),
            followups=len([key async for key in self._family("followup", chat)]),
        )

    async def forget(self, chat: str) -> None:
        """Delete it all. Safe to repeat."""
        keys = [f"pw:{name}:{chat}" for name in _KEYS]
        keys += [key for family in _FAMILIES async for key in self._family(family, chat)]
        await self._store.delete(*keys)

    async def move(self, old: str, new: str) -> None:
        """Give what is kept of `old` to `new`, whose own choices go before. Safe to repeat.

        What is kept for some days alone stays, and ends by itself.
        """
        await self._move(args=[old, new])

    async def _family(self, family: str, chat: str) -> AsyncIterator[str]:
        literal = re.sub(r"([*?\[\]\\^-])", r"\\\1", chat)
        async for key in self._store.scan_iter(match=f"pw:{family}:{literal}:*", count=1000):
            yield str(key)
