"""What is done to the outbox in Redis, each all or nothing of it, in Lua.

    pw:out:row:<key>        hash: a delivery, how far it is, and who has taken it until when
    pw:out:queue:<address>  list of the keys that are not finished, in order
    pw:out:ready:<platform> sorted set: address → Unix time from which something may be sent there
    pw:out:held:<platform>  there while the platform takes nothing from us at all
    pw:out:unsent:<subscription>  list of the keys of those that failed because their chat was lost, or it was paused
    pw:out:count:<day>      hash: how many deliveries had their turn, were sent, failed, uncertain on a day (UTC)
    pw:content:<digest>     the messages of an edition, stored once for all who get the same

Every script may be carried out twice, because the store repeats what a lost connection interrupted; what a try came to
is noted only if the row still stands at that part and that attempt.
"""

from __future__ import annotations

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
TAKEN = (
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
TAKE = (
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
BEGIN = """
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
SENT = """
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
BACK = """
if as_tried() then
  call('HSET', row, 'not_before', ARGV[8], 'resent', ARGV[10])
  if ARGV[9] == '1' then call('HSET', row, 'state', 'sending') else call('HDEL', row, 'state') end
end
leave()
return 0
"""
# and ARGV: state, reason, whether the chat is lost, and the rest of the queue with it, whether the part is in doubt;
# returns whether it was ours to end
FINISH = """
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
LEAVE = "leave(); return 0"
# ARGV: subscription, now, how long a delivery may wait; what went out of it in part goes on from there
REVIVE = (
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
HOLD = (
    _COMMON
    + """
local key, was = 'pw:out:held:' .. ARGV[1], held(ARGV[1], ARGV[3])
if not was or call('PTTL', key) < ARGV[2] * 1000 then call('SET', key, 1, 'PX', math.ceil(ARGV[2] * 1000)) end
return was and 0 or 1
"""
)
# ARGV: old address, new address, now; what waits there goes behind what waits at the new one
MOVE = (
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
RUN = """
local at = 1
while at <= #ARGV do
  redis.call(unpack(ARGV, at + 1, at + ARGV[at]))
  at = at + ARGV[at] + 1
end
return 1
"""
