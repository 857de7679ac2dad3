"""Subscriptions, and the order in which they fall due, over all processes.

    pw:sub:<id>         chat, place, paused, wanted and data, a line each
    pw:subs:<chat>      hash: place and what is wanted → id
    pw:due              sorted set: id → Unix time of the next run
    pw:waiting          sorted set: id → the release that it has seen; it is due when there is a later one
    pw:release          hash: how many releases there were, the Unix time of the last
    pw:claimed          sorted set: id → Unix time at which the claim ends
    pw:claims           hash: id → the claim's token, what it was due, the release at that time
    pw:paused           set of ids

An id is in exactly one of due, waiting, claimed and paused. Times are the caller's: instants of a zone's wall
clock are compared with one clock alone, and it is the process's.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from bot.store.client import Command, Store

LONGEST_LEASE = 3600.0  # seconds; a claim that ends later is void: a clock has jumped
_REMEMBERED = 120  # seconds for which a command that a lost connection repeats is known again
_TRIES = 5  # ids that are drawn before we believe that something else is wrong
_ALPHABET = "abcdefghijkmnpqrstuvwxyz23456789"  # nothing that reads like something else
_SHORT = 24  # bytes of what is wanted; beyond, its digest stands for it

_COMMON = """
local call = redis.call
local function drop(id) -- from wherever it stands
  call('ZREM', 'pw:due', id); call('ZREM', 'pw:waiting', id); call('ZREM', 'pw:claimed', id)
  call('HDEL', 'pw:claims', id); call('SREM', 'pw:paused', id)
end
local function release() return call('HGET', 'pw:release', 'number') or '0' end
local function plan(id, due, seen) -- without a due time it waits for a release that it has not seen
  if due == '' then call('ZADD', 'pw:waiting', seen, id) else call('ZADD', 'pw:due', due, id) end
end
local function lines(record)
  return string.match(record, '^([^\\n]*)\\n([^\\n]*)\\n([^\\n]*)\\n([^\\n]*)\\n(.*)$')
end
"""
# ARGV: id, chat, place, field, wanted, data, due, limit
_ADD = """
local index = 'pw:subs:' .. ARGV[2]
local record = ARGV[2] .. '\\n' .. ARGV[3] .. '\\n\\n' .. ARGV[5] .. '\\n' .. ARGV[6]
local id = call('HGET', index, ARGV[4])
if not id then
  if call('HLEN', index) >= tonumber(ARGV[8]) then return {'full'} end
  if call('EXISTS', 'pw:sub:' .. ARGV[1]) == 1 then return {'taken'} end
  id = ARGV[1]
  call('HSET', index, ARGV[4], id)
end
call('SET', 'pw:sub:' .. id, record)
drop(id)
plan(id, ARGV[7], release())
return {'kept', id}
"""
# ARGV: id, data as it was read, new data, now, whether its schedule is another, due
_CHANGE = """
local record = call('GET', 'pw:sub:' .. ARGV[1])
if not record then return 0 end
local chat, place, paused, wanted, data = lines(record)
if data ~= ARGV[2] then return 0 end
call('SET', 'pw:sub:' .. ARGV[1], table.concat({chat, place, paused, wanted, ARGV[3]}, '\\n'))
local claim = call('HGET', 'pw:claims', ARGV[1])
if claim then -- what is under way is of the old data: it is due once more, at once
  drop(ARGV[1])
  plan(ARGV[1], string.match(claim, ' (%S+) '), '')
  return 1
end
if paused ~= '' or ARGV[5] == '0' then return 1 end
local due, seen = call('ZSCORE', 'pw:due', ARGV[1]), call('ZSCORE', 'pw:waiting', ARGV[1])
local owed = due and tonumber(due) <= tonumber(ARGV[4]) or seen and tonumber(seen) < tonumber(release())
if not owed then
  drop(ARGV[1])
  plan(ARGV[1], ARGV[6], release())
end
return 1
"""
# ARGV: id, chat; an empty chat asks nothing of the subscription
_REMOVE = """
local record = call('GET', 'pw:sub:' .. ARGV[1])
if not record then return 0 end
local chat = lines(record)
if ARGV[2] ~= '' and ARGV[2] ~= chat then return 0 end
local index = call('HGETALL', 'pw:subs:' .. chat)
for i = 1, #index, 2 do
  if index[i + 1] == ARGV[1] then call('HDEL', 'pw:subs:' .. chat, index[i]) end
end
call('DEL', 'pw:sub:' .. ARGV[1])
drop(ARGV[1])
return 1
"""
_REMOVE_ALL = """
local ids = call('HVALS', 'pw:subs:' .. ARGV[1])
for _, id in ipairs(ids) do call('DEL', 'pw:sub:' .. id); drop(id) end
call('DEL', 'pw:subs:' .. ARGV[1])
return #ids
"""
_OF = """
local found = {}
for _, id in ipairs(call('HVALS', 'pw:subs:' .. ARGV[1])) do
  local record = call('GET', 'pw:sub:' .. id)
  if record then
    local claim = call('HGET', 'pw:claims', id)
    local due = claim and string.match(claim, ' (%S+) ') or call('ZSCORE', 'pw:due', id) or ''
    found[#found + 1] = {id, record, due}
  end
end
return found
"""
# ARGV: now, lease, most, token, longest lease, how long to remember
_CLAIM = """
local now, most = tonumber(ARGV[1]), tonumber(ARGV[3])
local mine = 'pw:claim:' .. ARGV[4]
local ids, known = call('LRANGE', mine, 0, -1), {}
if #ids == 0 then
  local ends, number = now + tonumber(ARGV[2]), release()
  local function take(id, due)
    if not known[id] and #ids < most then
      known[id] = true
      ids[#ids + 1] = id
      call('ZADD', 'pw:claimed', ends, id)
      call('HSET', 'pw:claims', id, ARGV[4] .. ' ' .. due .. ' ' .. number)
    end
  end
  local function again(ended)
    for _, id in ipairs(ended) do
      local due = string.match(call('HGET', 'pw:claims', id) or '', ' (%S+) %S+$')
      take(id, due or ARGV[1])
    end
  end
  again(call('ZRANGEBYSCORE', 'pw:claimed', '-inf', now, 'LIMIT', 0, most))
  again(call('ZRANGEBYSCORE', 'pw:claimed', '(' .. (now + tonumber(ARGV[5])), '+inf', 'LIMIT', 0, most))
  local due = call('ZRANGEBYSCORE', 'pw:due', '-inf', now, 'WITHSCORES', 'LIMIT', 0, most - #ids)
  for i = 1, #due, 2 do take(due[i], due[i + 1]) end
  if #due > 0 then call('ZREMRANGEBYRANK', 'pw:due', 0, #due / 2 - 1) end
  local released = call('HGET', 'pw:release', 'time')
  for _, id in ipairs(call('ZRANGEBYSCORE', 'pw:waiting', '-inf', '(' .. number, 'LIMIT', 0, most - #ids)) do
    take(id, released)
    call('ZREM', 'pw:waiting', id)
  end
  if #ids > 0 then
    call('RPUSH', mine, unpack(ids))
    call('EXPIRE', mine, ARGV[6])
  end
end
local found = {}
for _, id in ipairs(ids) do
  local token, due = string.match(call('HGET', 'pw:claims', id) or '', '^(%S+) (%S+)')
  local record = call('GET', 'pw:sub:' .. id)
  if not record then drop(id)
  elseif token == ARGV[4] then found[#found + 1] = {id, record, due} end
end
return found
"""
# ARGV: id, token, now, lease
_RENEW = """
local token = string.match(call('HGET', 'pw:claims', ARGV[1]) or '', '^%S+')
if token ~= ARGV[2] then return 0 end
call('ZADD', 'pw:claimed', ARGV[3] + ARGV[4], ARGV[1])
return 1
"""
# ARGV: id, token, due, whether there is new data, data, how long to remember, then commands: a count, its words
_SETTLE = """
local mark = 'pw:settled:' .. ARGV[2] .. ':' .. ARGV[1]
local token, seen = string.match(call('HGET', 'pw:claims', ARGV[1]) or '', '^(%S+) %S+ (%S+)$')
if token ~= ARGV[2] then return call('EXISTS', mark) end
drop(ARGV[1])
plan(ARGV[1], ARGV[3], seen) -- a release while it was being worked on makes it due at once
if ARGV[4] == '1' then
  local chat, place, paused, wanted = lines(call('GET', 'pw:sub:' .. ARGV[1]))
  call('SET', 'pw:sub:' .. ARGV[1], table.concat({chat, place, paused, wanted, ARGV[5]}, '\\n'))
end
call('SET', mark, 1, 'EX', ARGV[6])
local at = 7
while at <= #ARGV do
  local words = tonumber(ARGV[at])
  call(unpack(ARGV, at + 1, at + words))
  at = at + words + 1
end
return 1
"""
# ARGV: id, reason
_PAUSE = """
local record = call('GET', 'pw:sub:' .. ARGV[1])
if not record then return 0 end
local chat, place, _, wanted, data = lines(record)
call('SET', 'pw:sub:' .. ARGV[1], table.concat({chat, place, ARGV[2], wanted, data}, '\\n'))
drop(ARGV[1])
call('SADD', 'pw:paused', ARGV[1])
return 1
"""
# ARGV: id, due
_RESUME = """
local record = call('GET', 'pw:sub:' .. ARGV[1])
if not record then return 0 end
local chat, place, paused, wanted, data = lines(record)
if paused == '' then return 1 end
call('SET', 'pw:sub:' .. ARGV[1], table.concat({chat, place, '', wanted, data}, '\\n'))
drop(ARGV[1])
plan(ARGV[1], ARGV[2], release())
return 1
"""
# ARGV: old chat, new chat; what the new one follows already stays as it is there
_MOVE = """
local old, new = 'pw:subs:' .. ARGV[1], 'pw:subs:' .. ARGV[2]
if old == new then return 0 end
local index, moved = call('HGETALL', old), 0
for i = 1, #index, 2 do
  local field, id = index[i], index[i + 1]
  local record = call('GET', 'pw:sub:' .. id)
  if not record or call('HEXISTS', new, field) == 1 then
    call('DEL', 'pw:sub:' .. id)
    drop(id)
  else
    call('SET', 'pw:sub:' .. id, ARGV[2] .. string.sub(record, string.find(record, '\\n', 1, true), -1))
    call('HSET', new, field, id)
    moved = moved + 1
  end
end
call('DEL', old)
return moved
"""
# ARGV: now
_RELEASE = """
call('HSET', 'pw:release', 'time', ARGV[1])
return call('HINCRBY', 'pw:release', 'number', 1)
"""


@dataclass(frozen=True, slots=True)
class Subscription:
    """What a chat wants, and where in it (`place`, such as a thread). `data` is the caller's own.

    `paused` is the reason, None while it runs; `due` the next run, None where no clock decides it.
    """

    id: str
    chat: str
    place: str
    wanted: str
    data: str
    paused: str | None = None
    due: float | None = None


@dataclass(frozen=True, slots=True)
class Added:
    """The subscription's id, and whether it is new or one that was there has been changed."""

    id: str
    new: bool


@dataclass(frozen=True, slots=True)
class Claim:
    """The right to work on a subscription that fell due at `subscription.due`."""

    subscription: Subscription
    token: str


class Subscriptions:
    """The subscriptions of all chats."""

    def __init__(self, store: Store) -> None:
        self._store = store

        def script(source: str) -> Any:
            return store.script(_COMMON + source)

        self._add, self._remove, self._remove_all = script(_ADD), script(_REMOVE), script(_REMOVE_ALL)
        self._change = script(_CHANGE)
        self._of, self._claim, self._renew = script(_OF), script(_CLAIM), script(_RENEW)
        self._settle, self._pause, self._resume = script(_SETTLE), script(_PAUSE), script(_RESUME)
        self._move, self._release = script(_MOVE), script(_RELEASE)

    async def add(
        self, chat: str, wanted: str, data: str, next_run: float | None, *, limit: int, place: str = ""
    ) -> Added | None:
        """Keep the subscription; what this place of the chat follows already is changed, and runs again.

        None if the chat has `limit` of them. A claim on it that is under way is lost.
        """
        for text in (chat, place, wanted):
            if "\n" in text:
                raise ValueError(text)
        for _ in range(_TRIES):
            drawn = "".join(secrets.choice(_ALPHABET) for _ in range(8))
            said = await self._add(
                args=[drawn, chat, place, _field(place, wanted), wanted, data, _due(next_run), limit]
            )
            if said[0] == "full":
                return None
            if said[0] == "kept":
                return Added(said[1], said[1] == drawn)
        raise RuntimeError("no id is free")

    async def change(
        self,
        subscription: Subscription,
        data: str,
        now: float,
        *,
        rescheduled: bool = False,
        next_run: float | None = None,
    ) -> bool:
        """Give it new data; False if it is gone, or has other data by now than the caller has read.

        A claim that is under way is lost, and what it was about is due again at once. What is due already stays
        due; otherwise, if it is `rescheduled`, it is due at the next run as in `add`.
        """
        args = [subscription.id, subscription.data, data, now, int(rescheduled), _due(next_run)]
        return bool(await self._change(args=args))

    async def get(self, subscription: str) -> Subscription | None:
        """Return the subscription without its due time; None if it is no more."""
        record = await self._store.text(f"pw:sub:{subscription}")
        return _read(subscription, record) if record is not None else None

    async def of(self, chat: str) -> list[Subscription]:
        """Return what the chat follows, in the order of what is wanted, in one round trip."""
        found = [_read(*row) for row in await self._of(args=[chat])]
        return sorted(found, key=lambda one: (one.place, one.wanted.casefold()))

    async def remove(self, subscription: str, *, chat: str = "") -> bool:
        """Forget the subscription; False if it is no more, or another chat's than `chat`."""
        return bool(await self._remove(args=[subscription, chat]))

    async def remove_all(self, chat: str) -> int:
        """Forget all of a chat's; return how many they were."""
        return int(await self._remove_all(args=[chat]))

    async def claim(self, now: float, lease: float, most: int) -> list[Claim]:
        """Take at most `most` that are due, which nobody else gets before `now` + `lease`.

        Those come first whose earlier claim ran out, or would last longer than any may.
        """
        if not 0 < lease <= LONGEST_LEASE:
            raise ValueError(lease)
        token = secrets.token_hex(6)
        rows = await self._claim(args=[now, lease, min(most, 1000), token, LONGEST_LEASE, _REMEMBERED])
        return [Claim(_read(*row), token) for row in rows]

    async def renew(self, claim: Claim, now: float, lease: float) -> bool:
        """Keep the claim until `now` + `lease`; False if it is lost, or the subscription changed or removed."""
        return bool(await self._renew(args=[claim.subscription.id, claim.token, now, lease]))

    async def settle(
        self,
        claim: Claim,
        next_run: float | None,
        *,
        data: str | None = None,
        also: Sequence[Command] = (),
    ) -> bool:
        """End the claim with the next run, new data and other commands, all or nothing of it.

        False if the claim is lost, and then nothing was done. Without a next run it waits for a release,
        and is due at once if one came since it was claimed.
        """
        flat = [word for command in also for word in (len(command), *command)]
        new = [int(data is not None), data or ""]
        args = [claim.subscription.id, claim.token, _due(next_run), *new, _REMEMBERED, *flat]
        return bool(await self._settle(args=args))

    async def pause(self, subscription: str, reason: str) -> bool:
        """Let it fall due no more; False if it is gone. A claim on it is lost."""
        return bool(await self._pause(args=[subscription, reason.replace("\n", " ") or "paused"]))

    async def resume(self, subscription: str, next_run: float | None) -> bool:
        """Let a paused one fall due again, and leave others as they are; False if it is gone."""
        return bool(await self._resume(args=[subscription, _due(next_run)]))

    async def move(self, old: str, new: str) -> int:
        """Make the old chat's subscriptions the new one's, because it has a new name; return how many moved.

        What both follow stays as the new one has it. The chat's limit does not apply. Claims go on.
        """
        return int(await self._move(args=[old, new]))

    async def release(self, now: float) -> None:
        """Make everything due that waits for no clock. What is claimed at the moment is due again after it."""
        await self._release(args=[f"{now:.3f}"])

    async def count(self, chat: str | None = None) -> int:
        """Return how many the chat has, or all chats."""
        if chat is not None:
            return int(await self._store.execute_command("HLEN", f"pw:subs:{chat}"))
        total = 0
        for command, key in (
            ("ZCARD", "due"),
            ("ZCARD", "waiting"),
            ("ZCARD", "claimed"),
            ("SCARD", "paused"),
        ):
            total += int(await self._store.execute_command(command, f"pw:{key}"))
        return total


def _field(place: str, wanted: str) -> str:
    """Return what tells the subscriptions of a chat apart: case and blanks do not."""
    plain = " ".join(wanted.casefold().split())
    if len(plain.encode()) > _SHORT:  # long fields would cost each chat a hash table of its own
        plain = "#" + hashlib.blake2s(plain.encode(), digest_size=12).hexdigest()
    return f"{place}\n{plain}" if place else plain


def _due(next_run: float | None) -> str:
    return "" if next_run is None else f"{next_run:.3f}".rstrip("0").rstrip(".")


def _read(name: str, record: str, due: str = "") -> Subscription:
    chat, place, paused, wanted, data = record.split("\n", 4)
    return Subscription(name, chat, place, wanted, data, paused or None, float(due) if due else None)
