-- Buckets: what each was asked of each channel, what Discord said of it, and what follows.
--
-- P:buckets             route -> Discord's name of its bucket; `was:` route -> the name before
-- P:log:BUCKET:MAJOR    admissions (time of admission:id) by the time since which they are over
-- P:said:BUCKET:MAJOR   count, window, not_before, asked_until; left, to a request that was admitted
--                       left_since, as is believed left_until; others_until, as is believed, others
--                       use it up as well; refused: time, scope, seconds asked for and
--                       those of the header, of the last refusal, for who looks
-- P:learnt              route -> count, window, patience, time of the next trial, id of a trial
-- P:seen                `BUCKET MAJOR` of logs by their last use

local LONGEST_WINDOW_S = 60 -- a longer wait is obeyed, but as a penalty and not learnt as a window
local LOG_LENGTH = 5000 -- more than a whole token sends in the longest window
local GRAIN_OF_MARK_S = 0.000001 -- which tells a time no more exactly
local PROBE_AFTER_S, PROBE_AGAIN_S = 3600, 60

local function log_key(name, major) return P .. ':log:' .. name .. ':' .. major end
local function said_key(name, major) return P .. ':said:' .. name .. ':' .. major end

-- What was asked under another name of the same bucket counts under this one.
local function absorb(name, other, major)
  local log, said = log_key(name, major), said_key(name, major)
  local old_log, old_said = log_key(other, major), said_key(other, major)
  if redis.call('EXISTS', old_log, old_said) == 0 then return end
  redis.call('ZUNIONSTORE', log, 2, log, old_log, 'AGGREGATE', 'MAX')
  redis.call('EXPIRE', log, LONGEST_WINDOW_S + 10)
  local had = redis.call('HMGET', old_said, 'count', 'window', 'not_before', 'asked_until')
  local has = redis.call('HMGET', said, 'not_before', 'asked_until')
  for at, name_of in ipairs({'not_before', 'asked_until'}) do
    local later = math.max(tonumber(had[at + 2] or '') or 0, tonumber(has[at] or '') or 0)
    if later > now then redis.call('HSET', said, name_of, later) end
  end
  if had[1] and redis.call('HEXISTS', said, 'count') == 0 then
    redis.call('HSET', said, 'count', had[1], 'window', had[2] or 0)
  end
  local refused = redis.call('HGET', old_said, 'refused')
  if refused then redis.call('HSETNX', said, 'refused', refused) end
  redis.call('EXPIRE', said, LONGEST_WINDOW_S + 10)
  redis.call('DEL', old_log, old_said)
  redis.call('ZREM', P .. ':seen', other .. ' ' .. major)
end

-- The name of the bucket in which this route's requests to this channel stand, all in one log.
local function bucket_of(route, major)
  local names = redis.call('HMGET', P .. ':buckets', route, 'was:' .. route)
  local name = names[1] or route
  if name ~= route then absorb(name, route, major) end
  if names[2] and names[2] ~= name then absorb(name, names[2], major) end
  return name
end

-- Takes up the name on an answer. The one on a 429 counts only as long as there is no other: it may
-- be that of a second, hidden limit.
local function named(route, major, said)
  local known = redis.call('HGET', P .. ':buckets', route)
  local is_new = said.bucket and said.bucket ~= known
  if is_new and not (known and said.scope) then
    redis.call('HSET', P .. ':buckets', route, said.bucket)
    if known then redis.call('HSET', P .. ':buckets', 'was:' .. route, known) end
    redis.call('EXPIRE', P .. ':buckets', KEPT_S)
  end
  return bucket_of(route, major)
end

-- When a limit of so many per window has room; 0 = it has.
local function free_at(log, count, window_s)
  local entry = redis.call('ZREVRANGE', log, count - 1, count - 1, 'WITHSCORES')
  return entry[2] and math.min(tonumber(entry[2]), now) + window_s or 0
end

local function learnt_of(route)
  local packed = redis.call('HGET', P .. ':learnt', route)
  if not packed then return nil end
  local count, window_s, patience_s, probe_at, prober = unpack(cmsgpack.unpack(packed))
  return {count = count, window = window_s, patience = patience_s, probe_at = probe_at,
    prober = prober}
end

local function keep_learnt(route, it, is_lesson)
  redis.call('HSET', P .. ':learnt', route,
    cmsgpack.pack({it.count, it.window, it.patience, it.probe_at, it.prober}))
  redis.call('EXPIRE', P .. ':learnt', KEPT_S)
  if is_lesson then token.lessons = token.lessons + 1 end
  note_window(it.window)
end

local function forget_learnt(route)
  redis.call('HDEL', P .. ':learnt', route)
  token.lessons = token.lessons + 1
end

-- What was learnt before this server's memory began.
local function seed(route, count, window_s, patience_s)
  if redis.call('HEXISTS', P .. ':learnt', route) == 1 then return end
  keep_learnt(route, {count = count, window = window_s, patience = patience_s,
    probe_at = now + patience_s, prober = ''}, true)
  keep_silence(window_s)
end

-- How many more requests like this one may be sent, beside those of its route that are on their way.
--
-- Until their answers are there, these stand in the log as if they were sent last, so the log's
-- arithmetic is that of requests one by one: with `count` of them on their way none may follow. What
-- was used up before our log began, or by others, only Remaining tells: where it told of more than our
-- log knows within the last minute (`others_until`), no more are sent than it said to be left. Answers
-- overtake each other, so of it all those are taken off that Discord may have had after it: all that
-- were on their way when that request was admitted, or are since. That is too careful where nobody
-- else is: of 20 in a second it leaves 15 at round trips of 120 ms, since it does not see ours that
-- are a window old by now. Who knows of nothing left goes alone.
local function room_for(it, on_their_way)
  local most = it.at_once or 1
  if most == 1 then return 1 - on_their_way end
  local name, room = bucket_of(it.route, it.major), 0
  local said = redis.call('HMGET', said_key(name, it.major), 'left_until', 'left', 'left_since', 'count',
    'others_until')
  if now < (tonumber(said[1] or '') or 0) then
    local later = redis.call('ZCOUNT', log_key(name, it.major), said[3], '+inf') - 1
    local learnt = learnt_of(it.route)
    if learnt then most = math.min(most, learnt.count) end
    room = math.min(most, tonumber(said[4])) - on_their_way
    if now < (tonumber(said[5] or '') or 0) then room = math.min(room, tonumber(said[2]) - later) end
  end
  return on_their_way == 0 and math.max(room, 1) or room
end

-- When the bucket lets one more go, why not before, and the learnt limit that this would try out.
local function bucket_free_at(name, route, major)
  local log = log_key(name, major)
  local said = redis.call('HMGET', said_key(name, major), 'asked_until', 'not_before', 'count', 'window')
  local asked_until = tonumber(said[1] or '') or 0
  if asked_until > now then return asked_until, 'asked' end
  local free = tonumber(said[2] or '') or 0
  if said[3] then free = math.max(free, free_at(log, tonumber(said[3]), tonumber(said[4]))) end
  local learnt = learnt_of(route)
  if not learnt then return free, 'bucket' end
  local learnt_free = free_at(log, learnt.count, learnt.window)
  if free <= now and now < learnt_free and learnt.probe_at <= now then return free, 'bucket', learnt end
  return math.max(free, learnt_free), 'bucket'
end

-- Logs an admission as of a time; returns its mark, which the log knows it by.
local function log_admission(name, major, id, counts_at)
  local log, mark = log_key(name, major), string.format('%.6f:%s', now, id)
  redis.call('ZADD', log, counts_at, mark)
  redis.call('ZREMRANGEBYSCORE', log, '-inf', now - LONGEST_WINDOW_S)
  redis.call('ZREMRANGEBYRANK', log, 0, -LOG_LENGTH - 1)
  redis.call('EXPIRE', log, LONGEST_WINDOW_S + 10)
  redis.call('ZADD', P .. ':seen', now, name .. ' ' .. major)
  redis.call('ZREMRANGEBYSCORE', P .. ':seen', '-inf', now - LONGEST_WINDOW_S)
  redis.call('EXPIRE', P .. ':seen', LONGEST_WINDOW_S + 10)
  return mark
end

local function learn_from_headers(name, route, major, said, admitted_at)
  if not (said.limit and said.remaining and said.reset_after) or said.limit == 0 then return end
  local key, log = said_key(name, major), log_key(name, major)
  local had = redis.call('HMGET', key, 'count', 'window', 'not_before', 'left_since')
  local window_s = tonumber(had[1] or '') == said.limit and tonumber(had[2]) or 0
  window_s = math.max(window_s, math.min(said.reset_after, LONGEST_WINDOW_S) + MARGIN_S)
  note_window(window_s)
  local learnt = learnt_of(route)
  if learnt and said.limit <= learnt.count and said.remaining < said.limit then
    forget_learnt(route) -- the headers tell of the tight limit now: they are the better source
  end
  local not_before = tonumber(had[3] or '') or 0 -- told by an answer that overtook this one
  if not_before <= now then not_before = 0 end
  if said.remaining == 0 and free_at(log, said.limit, window_s) <= admitted_at then
    -- Not we have used it up, so the log does not know when it will be free.
    not_before = math.max(not_before, now + said.reset_after + MARGIN_S)
  end
  redis.call('HSET', key, 'count', said.limit, 'window', window_s, 'not_before', not_before)
  local since = admitted_at - GRAIN_OF_MARK_S
  if said.limit - said.remaining > redis.call('ZCOUNT', log, admitted_at - window_s, '+inf') then
    redis.call('HSET', key, 'others_until', now + LONGEST_WINDOW_S)
  end
  if since >= (tonumber(had[4] or '') or 0) then -- else what is known is newer
    redis.call('HSET', key, 'left', said.remaining, 'left_since', string.format('%.6f', since),
      'left_until', now + window_s)
  end
  redis.call('EXPIRE', key, math.ceil(math.max(LONGEST_WINDOW_S, not_before - now)) + 10)
end

-- The limit that a 429 shows: its window is told by the count-th latest admission, which is the one
-- that Discord waits for. A leaky bucket's retry_after is for one token, so there Reset-After is
-- taken, unless it is absurd. Of those that are on their way nobody knows whether they came before.
local function learn_from_refusal(name, route, major, said, retry_after_s, at)
  local key, log = said_key(name, major), log_key(name, major)
  local window_s = retry_after_s
  local at_rank = said.limit - 1 + redis.call('ZCOUNT', log, '(' .. now, '+inf')
  local entry = redis.call('ZREVRANGE', log, at_rank, at_rank)
  if entry[1] then window_s = window_s + at - tonumber(string.match(entry[1], '^[^:]+')) end
  local reset_s = said.reset_after or 0
  if window_s < reset_s and reset_s <= window_s * said.limit then window_s = reset_s end
  window_s = window_s + MARGIN_S
  if window_s > LONGEST_WINDOW_S then return end
  local had = redis.call('HMGET', key, 'count', 'window')
  local shown = tonumber(had[1] or '')
  if shown and said.limit >= shown then
    if said.limit == shown then
      redis.call('HSET', key, 'window', math.max(tonumber(had[2]), window_s))
      note_window(window_s)
    end
    return
  end
  local old = learnt_of(route)
  local it = {count = said.limit, window = window_s, prober = ''}
  it.patience = old and old.patience or PROBE_AFTER_S
  if old and old.count == it.count then it.window = math.max(it.window, old.window) end
  it.probe_at = now + it.patience
  keep_learnt(route, it, not (old and old.count == it.count and old.window == it.window))
end

-- A trial of a learnt limit that was refused: the next one is far away.
local function note_refused_trial(route, id)
  local learnt = learnt_of(route)
  if not learnt or learnt.prober ~= id then return end
  learnt.patience, learnt.prober = 2 * learnt.patience, ''
  learnt.probe_at = now + learnt.patience
  keep_learnt(route, learnt, true)
end

-- One that went well: Discord is more generous than it was. Twice as much is allowed from here on,
-- until a refusal says otherwise or the limit is beyond what the whole token may send.
local function note_trial(route, id)
  local learnt = learnt_of(route)
  if not learnt or learnt.prober ~= id then return end
  learnt.count, learnt.prober, learnt.probe_at = 2 * learnt.count, '', now + PROBE_AGAIN_S
  if learnt.count >= call.rate * learnt.window then return forget_learnt(route) end
  keep_learnt(route, learnt, true)
end
