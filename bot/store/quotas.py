"""What models may be asked for in a day, and what they cost: the owner's key is the owner's."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, get_args

from bot.errors import CeilingReached
from bot.store.client import Store

Whose = Literal["person", "chat", "bot"]
Group = Literal["person", "chat"]

# Every account is a hash a day, in Redis's own days, which are UTC's. `counted` and `owed` are calls and money
# that ceilings look at; the other fields are what was spent, also by those who are exempt.
#
# All or nothing: a call that one account refuses is counted by none. ARGV: ceilings of calls, then of money.
_RESERVE = """
local day = math.floor(redis.call('TIME')[1] / 86400)
for i, account in ipairs(KEYS) do
  local key = account .. ':' .. day
  local counted = tonumber(redis.call('HGET', key, 'counted') or 0)
  local owed = tonumber(redis.call('HGET', key, 'owed') or 0)
  local most = tonumber(ARGV[#KEYS + i])
  if counted >= tonumber(ARGV[i]) then return {i, (day + 1) * 86400, 'calls'} end
  if most > 0 and owed >= most then return {i, (day + 1) * 86400, 'money'} end
end
for _, account in ipairs(KEYS) do
  redis.call('HINCRBY', account .. ':' .. day, 'counted', 1)
  redis.call('EXPIRE', account .. ':' .. day, 172800)
end
return {0, 0, ''}
"""
# KEYS: the account of the bot, the chat, the person; two indexes. ARGV: whether the latter two are exempt,
# their names, calls beyond the one reserved, then the fields.
_SPEND = """
local day = math.floor(redis.call('TIME')[1] / 86400)
local names = {'calls', 'prompt_tokens', 'completion_tokens', 'cached_tokens', 'retries', 'money'}
local money = ARGV[10]
for i = 1, 3 do
  local key = KEYS[i] .. ':' .. day
  for at, name in ipairs(names) do redis.call('HINCRBYFLOAT', key, name, ARGV[4 + at]) end
  if i == 1 or ARGV[1] == '0' then
    if redis.call('HINCRBY', key, 'counted', ARGV[4]) < 0 then redis.call('HSET', key, 'counted', 0) end
    redis.call('HINCRBYFLOAT', key, 'owed', money)
  end
  redis.call('EXPIRE', key, 172800)
end
-- Where nothing has a price, those who used most tokens come first.
local weight = money + (ARGV[6] + ARGV[7]) / 1e12
for i = 1, 2 do
  redis.call('ZINCRBY', KEYS[3 + i] .. ':' .. day, weight, ARGV[1 + i])
  redis.call('EXPIRE', KEYS[3 + i] .. ':' .. day, 172800)
end
return 1
"""
_TODAY = """
local day = math.floor(redis.call('TIME')[1] / 86400)
return redis.call('HMGET', KEYS[1] .. ':' .. day, unpack(ARGV))
"""
_MOST = """
local day = math.floor(redis.call('TIME')[1] / 86400)
return redis.call('ZREVRANGE', KEYS[1] .. ':' .. day, 0, ARGV[1] - 1)
"""


@dataclass(frozen=True, slots=True)
class Spent:
    """What models did in a day: calls, tokens as their servers count them, money by the price table.

    `cached_tokens` are among `prompt_tokens`; `retries` are requests that failed on the way.
    """

    calls: int = 0
    prompt_tokens: int = 0
    completion_tokens: int = 0
    cached_tokens: int = 0
    retries: int = 0
    money: float = 0.0


@dataclass(frozen=True, slots=True)
class Payer:
    """On whose account a model is called; an exempt one only counts towards the bot's ceilings."""

    chat: str
    person: str
    exempt: bool = False


@dataclass(frozen=True, slots=True)
class Ceilings:
    """What a day may bring, in UTC: model calls, and money, where 0 is no ceiling."""

    person: int
    chat: int
    bot: int
    person_money: float = 0.0
    chat_money: float = 0.0
    bot_money: float = 0.0


class Quotas:
    """Accounts of persons, chats and the bot, over all processes.

    What a call costs is known after it: money may overshoot its ceiling by what the calls cost that were
    under way when it was reached.
    """

    def __init__(self, store: Store, ceilings: Ceilings) -> None:
        self._ceilings = ceilings
        self._reserve = store.script(_RESERVE)
        self._spend = store.script(_SPEND)
        self._today = store.script(_TODAY)
        self._most = store.script(_MOST)

    async def reserve(self, payer: Payer) -> None:
        """Count one model call. Raises `CeilingReached`, and then nothing was counted."""
        whose = _counting(payer)
        calls = [getattr(self._ceilings, name) for name in whose]
        money = [getattr(self._ceilings, f"{name}_money") for name in whose]
        refused, opens, what = await self._reserve(keys=_accounts(payer, whose), args=[*calls, *money])
        if refused:
            raise CeilingReached(whose[refused - 1], float(opens), what)

    async def spend(self, payer: Payer, spent: Spent) -> None:
        """Settle the call that was reserved by what it came to, which may be more calls than one, or none."""
        await self._spend(
            keys=[*_accounts(payer, ("bot", "chat", "person")), _index("chat"), _index("person")],
            args=[
                int(payer.exempt),
                payer.chat,
                payer.person,
                spent.calls - 1,
                spent.calls,
                spent.prompt_tokens,
                spent.completion_tokens,
                spent.cached_tokens,
                spent.retries,
                f"{spent.money:.9f}",
            ],
        )

    async def today(self, whose: Whose = "bot", name: str = "") -> Spent:
        """Return what was spent today by the bot, or by the chat or person of that name, exempt or not."""
        found = await self._today(keys=[_account(whose, name)], args=list(Spent.__slots__))
        numbers = {name: float(number or 0) for name, number in zip(Spent.__slots__, found, strict=True)}
        money = numbers.pop("money")
        return Spent(**{name: int(number) for name, number in numbers.items()}, money=money)

    async def most(self, group: Group, count: int) -> list[tuple[str, Spent]]:
        """Return those who spent most today with what they spent, the most expensive first."""
        names = await self._most(keys=[_index(group)], args=[count])
        return [(name, await self.today(group, name)) for name in names]


def _counting(payer: Payer) -> Sequence[Whose]:
    return ("bot",) if payer.exempt else get_args(Whose)


def _accounts(payer: Payer, whose: Sequence[Whose]) -> list[str]:
    names = {"person": payer.person, "chat": payer.chat, "bot": ""}
    return [_account(one, names[one]) for one in whose]


def _account(whose: Whose, name: str) -> str:
    return f"pw:spent:{whose}:{name}" if name else f"pw:spent:{whose}"


def _index(group: Group) -> str:
    return f"pw:spenders:{group}"
