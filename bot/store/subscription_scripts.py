"""What is done to subscriptions in Redis, each all or nothing of it, in Lua behind `COMMON`.

    pw:sub:<id>         chat, place, paused, wanted and data, a line each
    pw:subs:<chat>      hash: place and what is wanted → id
    pw:due              sorted set: id → Unix time of the next run
    pw:waiting          sorted set: id → the release that it has seen; it is due when there is a later one
    pw:release          hash: how many releases there were, the Unix time of the last
    pw:claimed          sorted set: id → Unix time at which the claim ends
    pw:claims           hash: id → the claim's token, what it was due, the release at that time
    pw:claim:<token>    list of the ids that a claim took, for some minutes: a repeat gets the same
    pw:settled:<token>:<id>  there for some minutes once a claim is settled, so that a repeat knows
    pw:paused           set of ids

An id is in exactly one of due, waiting, claimed and paused. Every script may be carried out twice, because the store
repeats what a lost connection interrupted.
"""

from __future__ import annotations

COMMON = """
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
ADD = """
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
CHANGE = """
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
REMOVE = """
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
REMOVE_ALL = """
local ids = call('HVALS', 'pw:subs:' .. ARGV[1])
for _, id in ipairs(ids) do call('DEL', 'pw:sub:' .. id); drop(id) end
call('DEL', 'pw:subs:' .. ARGV[1])
return #ids
"""
OF = """
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
CLAIM = """
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
RENEW = """
local token = string.match(call('HGET', 'pw:claims', ARGV[1]) or '', '^%S+')
if token ~= ARGV[2] then return 0 end
call('ZADD', 'pw:claimed', ARGV[3] + ARGV[4], ARGV[1])
return 1
"""
# ARGV: id, token, due, whether there is new data, data, how long to remember, then commands: a count, its words
SETTLE = """
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
PAUSE = """
local record = call('GET', 'pw:sub:' .. ARGV[1])
if not record then return 0 end
local chat, place, _, wanted, data = lines(record)
call('SET', 'pw:sub:' .. ARGV[1], table.concat({chat, place, ARGV[2], wanted, data}, '\\n'))
drop(ARGV[1])
call('SADD', 'pw:paused', ARGV[1])
return 1
"""
# ARGV: id, due
RESUME = """
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
MOVE = """
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
RELEASE = """
call('HSET', 'pw:release', 'time', ARGV[1])
return call('HINCRBY', 'pw:release', 'number', 1)
"""
