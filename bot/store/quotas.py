"""Daily ceilings of model calls: the owner's key is the owner's."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, cast

from bot.errors import CeilingReached
from bot.store.client import Store

Whose = Literal["person", "chat", "bot"]

# All or nothing: a call that one counter refuses is counted by none. The day is Redis's own, in UTC.
_RESERVE = """
local day = math.floor(redis.call('TIME')[1] / 86400)
for i, counter in ipairs(KEYS) do
  local used = tonumber(redis.call('GET', counter .. ':' .. day) or 0)
  if used >= tonumber(ARGV[i]) then return {i, (day + 1) * 86400} end
end
for _, counter in ipairs(KEYS) do
  redis.call('INCR', counter .. ':' .. day)
  redis.call('EXPIRE', counter .. ':' .. day, 172800)
end
return {0, 0}
"""
_ADD = """
local day = math.floor(redis.call('TIME')[1] / 86400)
for _, counter in ipairs(KEYS) do
  if redis.call('INCRBY', counter .. ':' .. day, ARGV[1]) < 0 then redis.call('SET', counter .. ':' .. day, 0) end
  redis.call('EXPIRE', counter .. ':' .. day, 172800)
end
return 1
"""
_SPEND = """
local key = 'pw:spent:' .. math.floor(redis.call('TIME')[1] / 86400)
for i, name in ipairs({'calls', 'prompt', 'completion'}) do redis.call('HINCRBY', key, name, ARGV[i]) end
redis.call('EXPIRE', key, 172800)
return 1
"""
_SPENT = "return redis.call('HMGET', 'pw:spent:' .. math.floor(redis.call('TIME')[1] / 86400), unpack(ARGV))"


@dataclass(frozen=True, slots=True)
class Spent:
    """What the models did today, in UTC: calls, and tokens as their servers count them."""

    calls: int = 0
    prompt_tokens: int = 0
    completion_tokens: int = 0


@dataclass(frozen=True, slots=True)
class Payer:
    """On whose account a model is called; an exempt one only counts towards the bot's ceiling."""

    chat: str
    person: str
    exempt: bool = False


@dataclass(frozen=True, slots=True)
class Ceilings:
    """Model calls a day, in UTC."""

    person: int
    chat: int
    bot: int


class Quotas:
    """Counters for a person, a chat and the bot, over all processes."""

    def __init__(self, store: Store, ceilings: Ceilings) -> None:
        self._ceilings = ceilings
        self._reserve = store.script(_RESERVE)
        self._add = store.script(_ADD)
        self._spend = store.script(_SPEND)
        self._spent = store.script(_SPENT)

    async def reserve(self, payer: Payer) -> None:
        """Count one model call. Raises `CeilingReached`, and then nothing was counted."""
        whose, keys = self._counters(payer)
        limits = [getattr(self._ceilings, name) for name in whose]
        refused, opens = await self._reserve(keys=keys, args=limits)
        if refused:
            raise CeilingReached(whose[refused - 1], float(opens))

    async def add(self, payer: Payer, calls: int) -> None:
        """Count calls that were made beyond the one reserved; -1 takes that one back."""
        if calls:
            await self._add(keys=self._counters(payer)[1], args=[calls])

    async def spend(self, spent: Spent) -> None:
        """Add to what was spent today."""
        await self._spend(args=[spent.calls, spent.prompt_tokens, spent.completion_tokens])

    async def today(self) -> Spent:
        """Return what was spent today."""
        found = await self._spent(args=["calls", "prompt", "completion"])
        return Spent(*(int(number or 0) for number in found))

    def _counters(self, payer: Payer) -> tuple[Sequence[Whose], list[str]]:
        whose = cast("Sequence[Whose]", ("bot",) if payer.exempt else ("person", "chat", "bot"))
        names = {"person": f"person:{payer.person}", "chat": f"chat:{payer.chat}", "bot": "bot"}
        return whose, [f"pw:calls:{names[name]}" for name in whose]
