-- turn: all that one worker has to ask and to tell, in the order in which it happened.
--
-- Returns, in MessagePack, the time, a reply for each thing asked, and the state of the token.

local LATER_S = 0.000001 -- who comes again at the time that it was told comes no earlier

local function wait(ticket, until_s, why)
  order_of(ticket)
  keep_ticket(ticket, why, until_s)
  return {'wait', until_s - now + LATER_S, why, ticket.seq}
end

-- A ticket stands in one place at a time: in the line, before a lane, or in none.
local function take(ticket)
  local route, major = ticket.route, ticket.major
  local lanes = lanes_of(ticket)
  if lanes.mark then return {'go', now, lanes.mark} end -- the reply that said so got lost
  if token.held_since > 0 and not ticket.trial then
    forget_ticket(ticket)
    return {'held', now - token.held_since}
  end
  local until_s, why, probed = closed()
  if until_s then
    leave_line(ticket.id)
    return wait(ticket, until_s, why)
  end
  until_s = lanes_busy_until(ticket, lanes)
  if until_s then
    leave_line(ticket.id)
    return wait(ticket, until_s, 'channel')
  end
  local name = bucket_of(route, major)
  until_s, why, probed = bucket_free_at(name, route, major)
  if until_s > now then
    forget_ticket(ticket)
    return wait(ticket, until_s, why)
  end
  until_s = line_up(ticket)
  if until_s > now + GRAIN_S then
    redis.call('ZREM', waits_key(place_of(ticket)), ticket.id)
    return wait(ticket, until_s, 'pace')
  end
  forget_ticket(ticket)
  take_slot(ticket.id, until_s)
  if probed then
    probed.prober, probed.probe_at = ticket.id, now + PROBE_AGAIN_S
    keep_learnt(route, probed, false)
  end
  local mark = log_admission(name, major, ticket.id, counts_at(ticket))
  keep_lane(lanes.free, mark, ticket.id)
  return {'go', now, mark}
end

-- From its answer a request counts, by which time it has reached Discord for sure.
local function settle(it, at)
  local name = bucket_of(it.route, it.major)
  redis.call('ZADD', log_key(name, it.major), at, it.mark)
  redis.call('EXPIRE', log_key(name, it.major), LONGEST_WINDOW_S + 10)
  return name
end

local function served(it)
  local at = now - it.ago
  local name = settle(it, at)
  name = named(it.route, it.major, it.said)
  local admitted_at = tonumber(string.match(it.mark, '^[^:]+'))
  learn_from_headers(name, it.route, it.major, it.said, admitted_at)
  note_trial(it.route, it.id)
end

local function refused(it)
  local at = now - it.ago
  local name = settle(it, at)
  name = named(it.route, it.major, it.said)
  local said = said_key(name, it.major)
  redis.call('HSET', said, 'refused',
    cmsgpack.pack({at, it.scope, it.retry_after, it.said.retry_after or -1}))
  redis.call('EXPIRE', said, math.ceil(math.max(LONGEST_WINDOW_S, it.retry_after)) + 10)
  if it.scope ~= 'user' and it.scope ~= 'shared' then return end
  redis.call('ZREM', log_key(name, it.major), it.mark)
  redis.call('HDEL', said, 'left_until', 'left_since')
  local asked = tonumber(redis.call('HGET', said, 'asked_until') or '') or 0
  redis.call('HSET', said, 'asked_until', math.max(asked, at + it.retry_after + MARGIN_S))
  if it.scope ~= 'user' then return end
  note_refused_trial(it.route, it.id)
  if it.said.limit and it.said.limit > 0 then
    learn_from_refusal(name, it.route, it.major, it.said, it.retry_after, at)
  end
end

local DO = {
  take = take,
  answered = function(it)
    note_status(it.id, it.status, it.scope, it.retry_after)
    if it.scope then refused(it) else served(it) end
    leave_lane(it)
  end,
  -- Sent, but nobody knows its answer: it counts as served.
  lost = function(it)
    settle(it, now - it.ago)
    leave_lane(it)
  end,
  -- Never sent: as if it had not been admitted.
  returned = function(it)
    local name = bucket_of(it.route, it.major)
    redis.call('ZREM', log_key(name, it.major), it.mark)
    local learnt = learnt_of(it.route)
    if learnt and learnt.prober == it.id then
      learnt.prober, learnt.probe_at = '', now
      keep_learnt(it.route, learnt, false)
    end
    give_slot_back(it.id)
    leave_lane(it)
  end,
  -- It really went later than it was granted, at this time or a little before.
  sent = function(it) redis.call('ZADD', P .. ':sent', 'XX', math.min(it.at, now), it.id) end,
  -- Still on its way.
  keep = function(it)
    local own = lanes_of(it).own
    if not own then return end
    keep_lane(own, it.mark, it.id)
    redis.call('ZADD', log_key(bucket_of(it.route, it.major), it.major), 'XX', counts_at(it), it.mark)
  end,
  -- It does not want to be sent any more.
  leave = function(it)
    close_ranks(it.id)
    forget_ticket(it)
    wake_next(it)
  end,
  try = function() return {may_try()} end,
  look = function() return {true} end,
  seed = function(it) seed(it.route, it.count, it.window, it.patience) end,
}

read_token()
check_epoch()
token.rate = call.rate
local replies = {}
for _, it in ipairs(call.things) do
  local reply = DO[it['do']](it)
  if reply then replies[#replies + 1] = reply end
end
write_token()

local learnt = false
if token.lessons ~= call.lessons then
  learnt = {}
  local all = redis.call('HGETALL', P .. ':learnt')
  for at = 1, #all, 2 do
    local it = cmsgpack.unpack(all[at + 1])
    learnt[#learnt + 1] = {all[at], it[1], it[2], it[3]}
  end
end
local until_s, why = closed()
return cmsgpack.pack({
  now = now, born = token.born, replies = replies, lessons = token.lessons, learnt = learnt, longest = token.longest,
  held_for = token.held_since > 0 and now - token.held_since or -1,
  closed_for = until_s and until_s - now or 0, closed_why = why or '', invalid = invalid_count(),
})
