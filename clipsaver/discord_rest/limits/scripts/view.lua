-- view: the limits of a token as they are, for whoever looks. Changes nothing.
--
-- Returns, in MessagePack, what `view.LimitsView` holds.

local PARTS = call.strip or 0

-- How many requests fell into each part of the last minute, the oldest first.
local function strip(log)
  if PARTS == 0 then return nil end
  local counts, part_s, since = {}, LONGEST_WINDOW_S / PARTS, now - LONGEST_WINDOW_S
  for at = 1, PARTS do counts[at] = 0 end
  local entries = redis.call('ZRANGEBYSCORE', log, '(' .. since, '+inf', 'WITHSCORES')
  for at = 2, #entries, 2 do
    local part = math.min(PARTS, math.max(1, math.ceil((tonumber(entries[at]) - since) / part_s)))
    counts[part] = counts[part] + 1
  end
  return counts
end

local function refusal(packed)
  if not packed then return nil end
  local at, scope, asked_s, header_s = unpack(cmsgpack.unpack(packed))
  return {ago_s = math.max(now - at, 0), scope = scope, asked_s = asked_s,
    header_s = header_s >= 0 and header_s or nil}
end

local function bucket(name, major, routes)
  local log, said = log_key(name, major), redis.call('HMGET', said_key(name, major),
    'count', 'window', 'refused')
  local of = routes[name] or {name}
  local count, window_s = tonumber(said[1] or ''), tonumber(said[2] or '')
  local is_learnt = false
  for _, route in ipairs(of) do
    local learnt = learnt_of(route)
    if learnt and (not count or learnt.count < count) then
      count, window_s, is_learnt = learnt.count, learnt.window, true
    end
  end
  local used = count and redis.call('ZCOUNT', log, now - window_s, '+inf') or redis.call('ZCARD', log)
  local free, why = bucket_free_at(name, of[1], major)
  return {routes = of, major = major, used = used, limit = count or 0, window_s = window_s or 0,
    is_learnt = is_learnt, free_in_s = math.max(free - now, 0), why = why,
    refused = refusal(said[3]), strip = strip(log)}
end

local function ticket(packed)
  local worker, request, turn, since, why, until_s = unpack(cmsgpack.unpack(packed))
  if until_s + 1 < now then return nil end -- it does not come again
  return {worker = worker, request = request, turn = turn, for_s = math.max(now - since, 0), why = why,
    left_s = math.max(until_s - now, 0)}
end

read_token()
local routes, buckets, learnt, waiting, hosts, lanes = {}, {}, {}, {}, {}, 0
local names = redis.call('HGETALL', P .. ':buckets')
for at = 1, #names, 2 do
  if string.sub(names[at], 1, 4) ~= 'was:' then
    local name = names[at + 1]
    routes[name] = routes[name] or {}
    table.insert(routes[name], names[at])
  end
end
for _, seen in ipairs(redis.call('ZREVRANGEBYSCORE', P .. ':seen', '+inf', now - LONGEST_WINDOW_S)) do
  local name, major = string.match(seen, '^(.*) (%S*)$')
  buckets[#buckets + 1] = bucket(name, major, routes)
end
local all = redis.call('HGETALL', P .. ':learnt')
for at = 1, #all, 2 do
  local it = learnt_of(all[at])
  learnt[#learnt + 1] = {route = all[at], count = it.count, window_s = it.window,
    trial_in_s = math.max(it.probe_at - now, 0)}
end
all = redis.call('HVALS', P .. ':tickets')
for _, packed in ipairs(all) do waiting[#waiting + 1] = ticket(packed) end
for _, key in ipairs(redis.call('ZRANGEBYSCORE', P .. ':hosts', now - INVALID_WINDOW_S, '+inf')) do
  local oldest = redis.call('ZREVRANGE', key, INVALID_HOLD - 1, INVALID_HOLD - 1, 'WITHSCORES')
  local held_s = oldest[2] and math.max(tonumber(oldest[2]) + INVALID_WINDOW_S - now, 0) or 0
  hosts[#hosts + 1] = {egress = string.match(key, '^{clipsaver:invalid:(.*)}$') or key,
    count = redis.call('ZCOUNT', key, now - INVALID_WINDOW_S, '+inf'), held_for_s = held_s}
end
for _, major in ipairs(redis.call('HKEYS', P .. ':lanes')) do
  if lane_of(major) then lanes = lanes + 1 end
end
local until_s, why = closed()
return cmsgpack.pack({
  known = token.born > 0, rate = token.rate, sent = redis.call('ZCOUNT', P .. ':sent', now - 1, '+inf'),
  on_their_way = lanes, buckets = buckets, learnt = learnt, waiting = waiting, invalid = hosts,
  held_for_s = token.held_since > 0 and now - token.held_since or -1,
  trial_in_s = math.max(token.ask_again_at - now, 0),
  closed_for_s = until_s and until_s - now or 0, closed_why = why or '',
})
