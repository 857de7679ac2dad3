"""The outbox: what is to be sent, in what order, and what became of it.

    pw:out:row:<key>        hash: a delivery, how far it is, and who has taken it until when
    pw:out:queue:<address>  list of the keys that are not finished, in order
    pw:out:ready:<platform> sorted set: address → Unix time from which something may be sent there
    pw:out:held:<platform>  there while the platform takes nothing from us at all
    pw:out:unsent:<subscription>  list of the keys of those that failed because their chat was lost, or it was paused
    pw:out:count:<day>      hash: how many deliveries had their turn, were sent, failed, uncertain on a day (UTC)
    pw:content:<digest>     the messages of an edition, stored once for all who get the same

Times are the caller's, but leases run by Redis's clock. What would last longer than any may is void: a clock
has jumped. Every step may be carried out twice, because the store repeats what a lost connection interrupted;
what a try came to is noted only if the row still stands at that part and that attempt.
"""

from __future__ import annotations

import hashlib
import json
import secrets
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from bot.store.client import Command, Store

LEASE = 60.0  # seconds; sending a part must end in less than half of it
LONGEST_WAIT = 3600.0  # seconds from now at which a part is tried again, at the latest
_FINISHED = 14 * 86_400  # seconds that a finished delivery is remembered
_KEPT = 40 * 86_400  # seconds that a delivery may wait, and its messages with it
_TEXTS = 32  # editions whose messages are at hand, as they go to many chats one after the other

_COMMON = """
local call = redis.call
local function field(row, name) return call('HGET', row, name) or '' end
local function number(row, name) return tonumber(call('HGET', row, name) or 0) or 0 end
local function platform(address) return string.match(address, '^[^:]+') end
local function ready(address) return 'pw:out:ready:' .. platform(address) end
local function clock() local now = call('TIME'); return now[1] * 1000 + math.floor(now[2] / 1000) end
local function ended(row) local state = field(row, 'state'); return state ~= '' and state ~= 'sending' end
local function held(name, longest)
  local left = call('PTTL', 'pw:out:held:' .. name)
  return left > 0 and left <= tonumber(longest) * 1000
end
local function line_up(address, now) -- when the first in the queue may be sent
  local first = call('LINDEX', 'pw:out:queue:' .. address, 0)
  if not first then call('ZREM', ready(address), address); return end
  call('ZADD', ready(address), math.max(tonumber(now), number('pw:out:row:' .. first, 'not_before')), address)
end
"""
# What follows a delivery that was taken. ARGV: key, token, at, attempt, now, day, how long to remember
_TAKEN = (
    _COMMON
    + """
local row, token, at, attempt, now = 'pw:out:row:' .. ARGV[1], ARGV[2], ARGV[3], ARGV[4], ARGV[5]
local address = field(row, 'address')
if address == '' then return 0 end
local function mine() return field(row, 'token') == token end
local function as_tried() -- nobody else has tried since, and nothing is known of it yet
  return not ended(row) and number(row, 'at') == tonumber(at) and number(row, 'attempt') == tonumber(attempt)
end
local function leave()
  if not mine() then return end
  call('HDEL', row, 'token', 'until')
  line_up(address, now)
end
local function finish(key, state, reason, unsent)
  local row = 'pw:out:row:' .. key
  if ended(row) then return end
  if unsent and field(row, 'subscription') ~= '' then
    local list = 'pw:out:unsent:' .. field(row, 'subscription')
    call('RPUSH', list, key)
    call('EXPIRE', list, ARGV[7])
  end
  call('HSET', row, 'state', state, 'ended', now)
  if reason ~= '' then call('HSET', row, 'reason', reason) end
  call('HDEL', row, 'token', 'until', 'not_before', 'begun', 'resent')
  call('EXPIRE', row, ARGV[7])
  call('LREM', 'pw:out:queue:' .. address, 0, key)
  local count = 'pw:out:count:' .. ARGV[6]
  call('HINCRBY', count, state, 1)
  call('EXPIRE', count, ARGV[7])
  line_up(address, now)
end
"""
)
# ARGV: platform, token, now, lease, longest wait, most, day, how long to remember, then addresses that are not wanted
_TAKE = (
    _COMMON
    + """
local name, now, lease, longest = ARGV[1], tonumber(ARGV[3]), tonumber(ARGV[4]), tonumber(ARGV[5])
local most, busy, taken = tonumber(ARGV[6]), {}, {}
if held(name, longest) then return taken end
for i = 9, #ARGV do busy[ARGV[i]] = true end
local count = 'pw:out:count:' .. ARGV[7]
local function first(address) -- what the queue begins with, without what has ended or waited too long
  local queue = 'pw:out:queue:' .. address
  while true do
    local key = call('LINDEX', queue, 0)
    if not key then return end
    local row = 'pw:out:row:' .. key
    if call('EXISTS', row) == 1 and not ended(row) then return key, row end
    call('LPOP', queue)
  end
end
local function take(address)
  if busy[address] or #taken >= most then return end
  local key, row = first(address)
  if not key then call('ZREM', ready(address), address); return end
  local left = (number(row, 'until') - clock()) / 1000
  local wait = number(row, 'not_before') - now
  if left > 0 and left <= 2 * lease then wait = left
  elseif wait <= 0 or wait > longest then
    call('HSET', row, 'token', ARGV[2], 'until', clock() + lease * 1000)
    if call('HSETNX', row, 'due', now) == 1 then
      call('HINCRBY', count, 'planned', 1)
      call('EXPIRE', count, ARGV[8])
    end
    taken[#taken + 1] = {key, call('HGETALL', row)}
    wait = lease -- should its taker die
  end
  call('ZADD', ready(address), now + wait, address)
end
local set, few = 'pw:out:ready:' .. name, most + #ARGV - 8
for _, address in ipairs(call('ZRANGEBYSCORE', set, '-inf', now, 'LIMIT', 0, few)) do take(address) end
for _, address in ipairs(call('ZRANGEBYSCORE', set, '(' .. now + longest, '+inf', 'LIMIT', 0, few)) do
  take(address)
end
return taken
"""
)
# and ARGV: next attempt, resent, begun, lease, address, longest wait
_BEGIN = """
if not mine() then return 0 end
local here = number(row, 'at') == tonumber(at)
-- Begun by this very command, which was repeated: to refuse now would leave a doubt that there is not.
if here and number(row, 'attempt') == tonumber(ARGV[8]) then return 1 end
if not here or address ~= ARGV[12] or held(platform(address), ARGV[13]) then leave(); return 0 end
local subscription = field(row, 'subscription')
if subscription ~= '' and call('EXISTS', 'pw:sub:' .. subscription) == 0 then
  finish(ARGV[1], 'failed', 'the subscription has ended')
  return 0
end
if subscription ~= '' and call('SISMEMBER', 'pw:paused', subscription) == 1 then
  finish(ARGV[1], 'failed', 'the subscription is paused', field(row, 'state') == '')
  return 0
end
call('HSET', row, 'state', 'sending', 'attempt', ARGV[8], 'resent', ARGV[9], 'begun', ARGV[10],
  'until', clock() + ARGV[11] * 1000)
call('ZADD', ready(address), now + ARGV[11], address)
return 1
"""
# and ARGV: message id
_SENT = """
if ended(row) then return 0 end
if number(row, 'at') == tonumber(at) then
  local ids = field(row, 'ids')
  call('HSET', row, 'at', at + 1, 'ids', ids == '' and ARGV[8] or ids .. ' ' .. ARGV[8], 'attempt', 0)
  call('HDEL', row, 'state', 'resent', 'not_before')
end
if number(row, 'at') >= number(row, 'parts') then finish(ARGV[1], 'sent', '') else leave() end
return 0
"""
# and ARGV: not before, whether it may have gone out, resent
_BACK = """
if as_tried() then
  call('HSET', row, 'not_before', ARGV[8], 'resent', ARGV[10])
  if ARGV[9] == '1' then call('HSET', row, 'state', 'sending') else call('HDEL', row, 'state') end
end
leave()
return 0
"""
# and ARGV: state, reason, whether the chat is lost, and the rest of the queue with it, whether the part is in doubt;
# returns whether it was ours to end
_FINISH = """
if ended(row) then -- perhaps by this very command, which was repeated
  return field(row, 'state') == ARGV[8] and field(row, 'reason') == ARGV[9] and 1 or 0
end
if not as_tried() then leave(); return 0 end
local lost = ARGV[10] == '1'
finish(ARGV[1], ARGV[8], ARGV[9], lost and ARGV[11] == '0')
if lost then
  for _, key in ipairs(call('LRANGE', 'pw:out:queue:' .. address, 0, -1)) do
    finish(key, ARGV[8], ARGV[9], field('pw:out:row:' .. key, 'state') == '')
  end
end
return 1
"""
_LEAVE = "leave(); return 0"
# ARGV: subscription, now, how long a delivery may wait; what went out of it in part goes on from there
_REVIVE = (
    _COMMON
    + """
local list, revived = 'pw:out:unsent:' .. ARGV[1], 0
for _, key in ipairs(call('LRANGE', list, 0, -1)) do
  local row = 'pw:out:row:' .. key
  if field(row, 'state') == 'failed' then
    local address = field(row, 'address')
    call('HDEL', row, 'state', 'ended', 'reason', 'attempt')
    call('EXPIRE', row, ARGV[3])
    call('EXPIRE', 'pw:content:' .. field(row, 'content'), ARGV[3])
    call('RPUSH', 'pw:out:queue:' .. address, key)
    line_up(address, ARGV[2])
    revived = revived + 1
  end
end
call('DEL', list)
return revived
"""
)
# ARGV: platform, seconds, longest wait; never shortens. Returns whether nothing held it before
_HOLD = (
    _COMMON
    + """
local key, was = 'pw:out:held:' .. ARGV[1], held(ARGV[1], ARGV[3])
if not was or call('PTTL', key) < ARGV[2] * 1000 then call('SET', key, 1, 'PX', math.ceil(ARGV[2] * 1000)) end
return was and 0 or 1
"""
)
# ARGV: old address, new address, now; what waits there goes behind what waits at the new one
_MOVE = (
    _COMMON
    + """
if ARGV[1] == ARGV[2] then return 0 end
local keys = call('LRANGE', 'pw:out:queue:' .. ARGV[1], 0, -1)
for _, key in ipairs(keys) do
  if call('EXISTS', 'pw:out:row:' .. key) == 1 then
    call('HSET', 'pw:out:row:' .. key, 'address', ARGV[2])
    call('RPUSH', 'pw:out:queue:' .. ARGV[2], key)
  end
end
call('DEL', 'pw:out:queue:' .. ARGV[1])
line_up(ARGV[1], ARGV[3])
line_up(ARGV[2], ARGV[3])
return #keys
"""
)
# ARGV: commands: a count, its words
_RUN = """
local at = 1
while at <= #ARGV do
  redis.call(unpack(ARGV, at + 1, at + ARGV[at]))
  at = at + ARGV[at] + 1
end
return 1
"""


class State(StrEnum):
    """How a delivery ended."""

    SENT = "sent"
    FAILED = "failed"
    UNCERTAIN = "uncertain"


@dataclass(frozen=True, slots=True)
class Delivery:
    """The first unfinished delivery of an address, taken under a lease.

    Part number `at` of `parts` is next. If `doubtful`, it may have gone out at an earlier try, the first of
    which was at `begun`; `resent` counts the repeats after that. `attempt` counts all tries. `ids` are those of
    the messages that the parts before it became.
    """

    key: str
    address: str
    content: str
    parts: int
    at: int
    attempt: int
    doubtful: bool
    resent: int
    begun: float
    token: str
    ids: tuple[str, ...] = ()


class Outbox:
    """Deliveries by address: one at a time there, its parts in order."""

    def __init__(self, store: Store, *, lease: float = LEASE) -> None:
        """`lease` is for how long, in seconds, a part is in one pair of hands; the same for all processes."""
        self.lease = lease
        self._store = store
        self._texts: dict[str, tuple[str, ...]] = {}
        self._take, self._hold, self._move = store.script(_TAKE), store.script(_HOLD), store.script(_MOVE)
        self._begin, self._sent = store.script(_TAKEN + _BEGIN), store.script(_TAKEN + _SENT)
        self._back, self._finish = store.script(_TAKEN + _BACK), store.script(_TAKEN + _FINISH)
        self._leave, self._run = store.script(_TAKEN + _LEAVE), store.script(_RUN)
        self._revive = store.script(_REVIVE)

    async def freeze(self, messages: Sequence[str]) -> str:
        """Keep the messages of an edition, once however many get the same; return their name."""
        text = json.dumps(messages, ensure_ascii=False, separators=(",", ":"))
        digest = hashlib.sha256(text.encode()).hexdigest()[:24]
        await self._store.set(f"pw:content:{digest}", text, ex=_KEPT)
        return digest

    async def messages(self, content: str) -> tuple[str, ...]:
        """Return what `freeze` kept; nothing if it is gone."""
        found = self._texts.pop(content, None)
        if found is None:
            text = await self._store.text(f"pw:content:{content}")
            found = tuple(json.loads(text)) if text else ()
        if found:
            self._texts[content] = found
            while len(self._texts) > _TEXTS:
                del self._texts[next(iter(self._texts))]
        return found

    def planned(
        self, key: str, address: str, content: str, parts: int, *, subscription: str = "", now: float
    ) -> list[Command]:
        """Return the commands that put a delivery in line, to be run together with whatever plans it.

        A delivery that is or was in line under this key stays as it is. Without a subscription nothing can
        call it off.
        """
        row = f"pw:out:row:{key}"
        fields: dict[str, str | int] = {
            "address": address,
            "content": content,
            "parts": parts,
            "subscription": subscription,
        }
        return [
            *(("HSETNX", row, name, value) for name, value in fields.items()),
            ("EXPIRE", row, _KEPT),
            ("EXPIRE", f"pw:content:{content}", _KEPT),
            # Once more is no harm: what has ended is passed over.
            ("RPUSH", f"pw:out:queue:{address}", key),
            ("ZADD", f"pw:out:ready:{_platform(address)}", "NX", now, address),
        ]

    async def plan(
        self, key: str, address: str, content: str, parts: int, *, subscription: str = "", now: float
    ) -> None:
        """Put a delivery in line by itself, as `planned` would."""
        commands = self.planned(key, address, content, parts, subscription=subscription, now=now)
        await self._run(args=[word for command in commands for word in (len(command), *command)])

    async def known(self, key: str) -> bool:
        """Whether there is or was such a delivery."""
        return bool(await self._store.exists(f"pw:out:row:{key}"))

    async def take(self, platform: str, now: float, most: int, *, but: Iterable[str] = ()) -> list[Delivery]:
        """Take the first delivery of each of `most` addresses, those that wait longest, `but` those given."""
        token = secrets.token_hex(8)
        told = [platform, token, now, self.lease, LONGEST_WAIT, most, _day(now), _FINISHED]
        found = await self._take(args=[*told, *but])
        return [_delivery(str(key), flat, token) for key, flat in found]

    async def begin(self, delivery: Delivery, now: float) -> Delivery | None:
        """Note that the next part is about to be sent; None if it must not be.

        That is if another has the delivery or all of the platform is held, and then it waits, or if the
        subscription has ended, and so has the delivery.
        """
        begun = begun_at(delivery, now)
        told: list[str | float] = [
            begun.attempt,
            begun.resent,
            begun.begun,
            self.lease,
            delivery.address,
            LONGEST_WAIT,
        ]
        return begun if await self._step(self._begin, delivery, now, *told) else None

    async def sent(self, delivery: Delivery, message: str, now: float) -> None:
        """Note that the part went out, whoever has the delivery now; the last part finishes it."""
        await self._step(self._sent, delivery, now, message)

    async def put_back(self, delivery: Delivery, now: float, not_before: float) -> None:
        """Let the part, which this try did surely not send, wait until `not_before`."""
        before = delivery.resent - delivery.doubtful
        await self._wait(delivery, now, not_before, delivery.doubtful, before)

    async def put_off(self, delivery: Delivery, now: float, not_before: float) -> None:
        """Let a part that was taken and not begun wait until `not_before`."""
        await self._wait(delivery, now, not_before, delivery.doubtful, delivery.resent)

    async def doubt(self, delivery: Delivery, now: float, not_before: float) -> None:
        """Let the part, which may have gone out, wait until `not_before`."""
        await self._wait(delivery, now, not_before, True, delivery.resent)

    async def _wait(
        self, delivery: Delivery, now: float, not_before: float, doubtful: bool, resent: int
    ) -> None:
        until = min(not_before, now + LONGEST_WAIT)
        await self._step(self._back, delivery, now, until, int(doubtful), resent)

    async def finish(
        self, delivery: Delivery, state: State, now: float, reason: str, *, with_rest: bool = False
    ) -> bool:
        """Note how the delivery ended; False if it is not ours to say.

        `with_rest`: the chat is lost, and so all that waits behind it has ended too; `revive` brings it back.
        """
        told = [state.value, reason[:200], int(with_rest), int(delivery.doubtful)]
        return await self._step(self._finish, delivery, now, *told)

    async def revive(self, subscription: str, now: float) -> int:
        """Put in line again what ended unsent as its chat was lost or the subscription paused; return how many.

        That is remembered for two weeks. A part that may have gone out is not among it.
        """
        return int(await self._revive(args=[subscription, now, _KEPT]))

    async def leave(self, delivery: Delivery, now: float) -> None:
        """Let others have a delivery that was taken and not begun."""
        await self._step(self._leave, delivery, now)

    async def _step(self, script: Any, delivery: Delivery, now: float, *more: str | float) -> bool:
        at = [delivery.key, delivery.token, delivery.at, delivery.attempt, now, _day(now), _FINISHED]
        return bool(await script(args=[*at, *more]))

    async def hold(self, platform: str, seconds: float) -> bool:
        """Hand nothing of the platform out for so long; return whether nothing held it before."""
        seconds = min(max(seconds, 0.001), LONGEST_WAIT)
        return bool(await self._hold(args=[platform, seconds, LONGEST_WAIT]))

    async def move(self, old: str, new: str, now: float) -> int:
        """Deliver to `new` what waits for `old`; return how many. A part on its way there is let arrive."""
        return int(await self._move(args=[old, new, now]))

    async def waiting(self, platform: str) -> int:
        """Return at how many addresses something waits or is on its way."""
        return int(await self._store.execute_command("ZCARD", f"pw:out:ready:{platform}"))

    async def counts(self, now: float) -> dict[str, int]:
        """Return how many deliveries had their first turn today, as `planned`, were sent, failed, uncertain."""
        found = await self._store.execute_command("HGETALL", f"pw:out:count:{_day(now)}")
        return {name: int(found.get(name, 0)) for name in ("planned", *(state.value for state in State))}


def begun_at(delivery: Delivery, now: float) -> Delivery:
    """Return the delivery with one more try at its part."""
    begun = delivery.begun if delivery.doubtful else now
    repeats = delivery.resent + delivery.doubtful
    return replace(delivery, attempt=delivery.attempt + 1, resent=repeats, begun=begun)


def _platform(address: str) -> str:
    return address.partition(":")[0]


def _day(now: float) -> str:
    return datetime.fromtimestamp(now, UTC).date().isoformat()


def _delivery(key: str, flat: Sequence[object], token: str) -> Delivery:
    row = dict(zip(map(str, flat[::2]), map(str, flat[1::2]), strict=True))
    return Delivery(
        key=key,
        address=row["address"],
        content=row["content"],
        parts=int(row["parts"]),
        at=int(row.get("at", 0)),
        attempt=int(row.get("attempt", 0)),
        doubtful="state" in row,
        resent=int(row.get("resent", 0)),
        begun=float(row.get("begun", 0)),
        token=token,
        ids=tuple(row.get("ids", "").split()),
    )
