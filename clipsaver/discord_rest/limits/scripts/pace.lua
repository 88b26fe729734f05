-- The pace of the whole token, and the line of those who only wait for it.
--
-- P:sent   the latest requests by the time of their sending
-- P:line   waiting tickets by turn and by the order in which they came
-- P:due    the same by the time at which they were told to come again
-- P:lanes           channel -> mark, id and lease of its request that is on its way
-- P:waits:MAJOR     tickets that wait for a lane, in their order
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

local function waits_key(major) return P .. ':waits:' .. major end

-- The first of those who wait for a lane and still live: who does not come again has died.
local function first_waiting(major)
  local waits = waits_key(major)
  while true do
    local first = redis.call('ZRANGE', waits, 0, 0, 'WITHSCORES')
    if not first[1] then return nil end
    local ticket = ticket_of(first[1])
    if ticket and ticket.until_s + 1 > now then return first[1], tonumber(first[2]), ticket end
    redis.call('ZREM', waits, first[1])
    redis.call('HDEL', P .. ':tickets', first[1])
  end
end

-- The request that has the channel's lane: its mark, its id and the end of its lease.
local function lane_of(major)
  local packed = redis.call('HGET', P .. ':lanes', major)
  if not packed then return nil end
  local mark, id, until_s = unpack(cmsgpack.unpack(packed))
  if until_s > now then return mark, id, until_s end
end

local function keep_lane(major, mark, id)
  redis.call('HSET', P .. ':lanes', major, cmsgpack.pack({mark, id, now + LEASE_S}))
  redis.call('EXPIRE', P .. ':lanes', 600)
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

local function wake_next(major)
  local first, _, ticket = first_waiting(major)
  if first then wake(first, ticket) end
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

local function leave_lane(major, id)
  local _, holder = lane_of(major)
  if holder ~= id then return end
  redis.call('HDEL', P .. ':lanes', major)
  sweep_lanes()
  wake_next(major)
end

-- Until when to wait for the channel: its lane is taken, or promised to somebody before.
local function lane_busy_until(ticket, major)
  local waits = waits_key(major)
  local _, _, until_s = lane_of(major)
  if not until_s then
    local first, order = first_waiting(major)
    if not first or first == ticket.id or order >= order_of(ticket) then return nil end
    until_s = now + 1
  end
  redis.call('ZADD', waits, order_of(ticket), ticket.id)
  redis.call('EXPIRE', waits, 60)
  return math.min(until_s, now + LOOK_AGAIN_S)
end

-- It waits for nothing any more.
local function forget_ticket(ticket, major)
  if ticket.seq == 0 then return end
  leave_line(ticket.id)
  redis.call('ZREM', waits_key(major), ticket.id)
  redis.call('HDEL', P .. ':tickets', ticket.id)
end
