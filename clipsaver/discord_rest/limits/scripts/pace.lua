-- The pace of the whole token, and the line of those who only wait for it.
--
-- P:sent   the latest requests by the time of their sending
-- P:line   waiting tickets by turn and by the order in which they came
-- P:due    the same by the time at which they were told to come again
-- P:lanes           lane -> mark, id and lease of its request that is on its way
-- P:waits:PLACE     tickets that wait for a lane, in their order
-- P:tickets         id -> who waits, for what, since when and until when
-- P:wake:WORKER     stream of the ids of tickets whose lane has become free

local LATE_S = 0.015 -- who comes later than told has lost the place in line that others count with
local GRAIN_S = 0.001 -- who would have to wait for less goes at once, and counts as if it had waited
local TURN = 2 ^ 45 -- more than the tickets of one token will ever be
local LEASE_S = 10 -- a permit whose worker has been silent for so long is given back
local SWEEP_S = 60
local LOOK_AGAIN_S = 2 -- who waits for a lane is woken; but the one who was woken may have died
local WAKE_KEPT_S = 60

local slot_s = 1 / call.rate
local catch_up_s = math.max(2 * slot_s, 0.02) -- how late a slot may be used
local most = math.ceil(call.rate) + 1
-- No more than `most` are sent in this time, so no more than Discord allows arrive in a second.
local span_s = most * slot_s + call.margin

local function order_of(ticket)
  if ticket.seq == 0 then
    token.seq = token.seq + 1
    ticket.seq = token.seq
  end
  return ticket.turn * TURN + ticket.seq
end

local function forget_overdue()
  for _, id in ipairs(redis.call('ZRANGEBYSCORE', P .. ':due', '-inf', now - LATE_S)) do
    redis.call('ZREM', P .. ':line', id)
    redis.call('ZREM', P .. ':due', id)
  end
end

-- When the request with so many before it may be sent.
local function slot_after(before)
  local free = math.max(token.slot, now - catch_up_s) + before * slot_s
  free = math.max(free, token.last + (before + 1) * slot_s / 2)
  if before < most then
    local at = most - 1 - before
    local entry = redis.call('ZREVRANGE', P .. ':sent', at, at, 'WITHSCORES')
    if entry[2] then free = math.max(free, tonumber(entry[2]) + span_s) end
  end
  return free
end

local function leave_line(id)
  redis.call('ZREM', P .. ':line', id)
  redis.call('ZREM', P .. ':due', id)
end

-- When this ticket may go, behind those before it; it may go if that is not in the future.
local function line_up(ticket)
  forget_overdue()
  local line = P .. ':line'
  if redis.call('EXISTS', line) == 0 then
    local at = slot_after(0)
    if at <= now + GRAIN_S then return at end
  end
  redis.call('ZADD', line, order_of(ticket), ticket.id)
  local at = slot_after(redis.call('ZRANK', line, ticket.id))
  redis.call('ZADD', P .. ':due', at, ticket.id)
  redis.call('EXPIRE', line, 60)
  redis.call('EXPIRE', P .. ':due', 60)
  return at
end

local function take_slot(id, at)
  token.slot = math.max(token.slot, now - catch_up_s) + slot_s
  token.last = math.max(at, now)
  redis.call('ZADD', P .. ':sent', token.last, id)
  redis.call('ZREMRANGEBYSCORE', P .. ':sent', '-inf', now - span_s)
  redis.call('EXPIRE', P .. ':sent', math.ceil(span_s) + 10)
end

local function give_slot_back(id)
  if redis.call('ZREM', P .. ':sent', id) == 1 then token.slot = token.slot - slot_s end
end

local function ticket_of(id)
  local packed = redis.call('HGET', P .. ':tickets', id)
  if not packed then return nil end
  local worker, request, turn, since, why, until_s = unpack(cmsgpack.unpack(packed))
  return {worker = worker, request = request, turn = turn, since = since, why = why, until_s = until_s}
end

local function keep_ticket(ticket, why, until_s)
  redis.call('HSET', P .. ':tickets', ticket.id, cmsgpack.pack(
    {call.worker, ticket.request, ticket.turn, ticket.since, why, until_s}))
  redis.call('EXPIRE', P .. ':tickets', 600)
end

-- Where requests wait for each other: in their channel; those of a route that may have several on
-- their way at once, in its guild. A place has a lane for each.
local function place_of(it)
  if (it.at_once or 1) == 1 then return it.major end
  return it.route .. ' ' .. it.major
end

local function waits_key(place) return P .. ':waits:' .. place end

-- The first of those who wait for a lane and still live: who does not come again has died.
local function first_waiting(place, most)
  local waits, found = waits_key(place), {}
  while #found < most do
    local next = redis.call('ZRANGE', waits, #found, #found, 'WITHSCORES')
    if not next[1] then break end
    local ticket = ticket_of(next[1])
    if ticket and ticket.until_s + 1 > now then
      found[#found + 1] = {id = next[1], order = tonumber(next[2]), ticket = ticket}
    else
      redis.call('ZREM', waits, next[1])
      redis.call('HDEL', P .. ':tickets', next[1])
    end
  end
  return found
end

-- The request that has a lane: its mark, its id and the end of its lease.
local function lane_of(name)
  local packed = redis.call('HGET', P .. ':lanes', name)
  if not packed then return nil end
  local mark, id, until_s = unpack(cmsgpack.unpack(packed))
  if until_s > now then return mark, id, until_s end
end

-- The lanes of a request's place: how many are taken and until when at least, one that is free, and
-- the request's own.
local function lanes_of(it)
  local place, found = place_of(it), {taken = 0}
  for at = 1, it.at_once or 1 do
    local name = at == 1 and place or place .. ' ' .. at
    local mark, id, until_s = lane_of(name)
    if not id then
      found.free = found.free or name
    else
      found.taken = found.taken + 1
      found.until_s = math.min(found.until_s or until_s, until_s)
      if id == it.id then found.own, found.mark = name, mark end
    end
  end
  return found
end

local function keep_lane(name, mark, id)
  redis.call('HSET', P .. ':lanes', name, cmsgpack.pack({mark, id, now + LEASE_S}))
  redis.call('EXPIRE', P .. ':lanes', 600)
end

-- Until its answer is there, a request counts as sent just now; where others may follow meanwhile, as
-- sent when its lease ends, so that none of them is taken for a later one.
local function counts_at(it)
  return (it.at_once or 1) == 1 and now or now + LEASE_S
end

-- Workers that died leave their lanes behind.
local function sweep_lanes()
  if now < token.swept_at + SWEEP_S then return end
  token.swept_at = now
  for _, major in ipairs(redis.call('HKEYS', P .. ':lanes')) do
    if not lane_of(major) then redis.call('HDEL', P .. ':lanes', major) end
  end
end

-- Tells the ticket's worker that asking again is worth while.
local function wake(id, ticket)
  local stream = P .. ':wake:' .. ticket.worker
  redis.call('XADD', stream, 'MAXLEN', '~', 1000, '*', 't', id)
  redis.call('EXPIRE', stream, WAKE_KEPT_S)
end

-- As many of those who wait where this request did as may go now.
local function wake_next(it)
  local room = room_for(it, lanes_of(it).taken)
  for _, one in ipairs(first_waiting(place_of(it), room)) do wake(one.id, one.ticket) end
end

-- Somebody leaves the line: who was behind may go a slot earlier.
local function close_ranks(id)
  local rank = redis.call('ZRANK', P .. ':line', id)
  if not rank then return end
  leave_line(id)
  local behind = redis.call('ZRANGE', P .. ':line', rank, rank)[1]
  local ticket = behind and ticket_of(behind)
  if ticket then wake(behind, ticket) end
end

local function leave_lane(it)
  local own = lanes_of(it).own
  if not own then return end
  redis.call('HDEL', P .. ':lanes', own)
  sweep_lanes()
  wake_next(it)
end

-- Until when to wait for a lane: they are taken, or promised to some before.
local function lanes_busy_until(ticket, lanes)
  local place, room = place_of(ticket), room_for(ticket, lanes.taken)
  local until_s = lanes.until_s
  if room > 0 then
    local first = first_waiting(place, room)
    local last = first[room]
    if not last or last.order >= order_of(ticket) then return nil end
    until_s = now + 1
  end
  redis.call('ZADD', waits_key(place), order_of(ticket), ticket.id)
  redis.call('EXPIRE', waits_key(place), 60)
  return math.min(until_s, now + LOOK_AGAIN_S)
end

-- It waits for nothing any more.
local function forget_ticket(ticket)
  if ticket.seq == 0 then return end
  leave_line(ticket.id)
  redis.call('ZREM', waits_key(place_of(ticket)), ticket.id)
  redis.call('HDEL', P .. ':tickets', ticket.id)
end
