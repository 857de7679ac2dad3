"""What each chat has chosen."""

from __future__ import annotations

from bot.language import Language
from bot.store.client import Store

# ARGV: old chat, new chat
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


class ChatLanguages:
    """The language of each chat, by the chat's key."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def get(self, chat: str) -> Language | None:
        """Return the chat's language, None if it has chosen none."""
        tag = await self._store.text(f"pw:language:{chat}")
        return Language(tag) if tag else None

    async def set(self, chat: str, language: Language) -> None:
        """Remember the language for good."""
        await self._store.set(f"pw:language:{chat}", language.tag)


class Migration:
    """Everything that is kept under a chat's key follows it to a new one."""

    def __init__(self, store: Store) -> None:
        self._move = store.script(_MOVE)

    async def move(self, old: str, new: str) -> None:
        """Give what is kept of `old` to `new`, whose own language goes before. Safe to repeat."""
        await self._move(args=[old, new])
