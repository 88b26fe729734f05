-- The state of one token, read once and written once per call, and what stops all of it.
--
-- KEYS  1 the token's hash, which all other names begin with; 2 this host's invalid answers
-- ARGV  1 the call, in MessagePack

local P, INVALID = KEYS[1], KEYS[2]
local call = cmsgpack.unpack(ARGV[1])
local now = now_s()

local KEPT_S = 14 * 24 * 3600 -- for a token that nobody uses
local SECOND_S = 1.0 -- Discord's limit of a whole token is per second: the shortest window known
local MARGIN_S = 0.02 -- added to what Discord says: it rounds to milliseconds, and clocks drift
local INVALID_WINDOW_S, INVALID_HOLD = 600, 5000
local ASK_AGAIN_S = 300

local NUMBERS = {'quiet_until', 'slot', 'last', 'closed_until', 'held_since', 'ask_again_at', 'seq',
  'lessons', 'longest', 'born', 'swept_at', 'rate', 'epoch_at'}
local TEXTS = {'epoch', 'closed_why'}
local token, stored = {}, {}

local function read_token()
  local numbers, texts = redis.call('HMGET', P, unpack(NUMBERS)), redis.call('HMGET', P, unpack(TEXTS))
  for at, name in ipairs(NUMBERS) do stored[name] = tonumber(numbers[at] or '') or 0 end
  for at, name in ipairs(TEXTS) do stored[name] = texts[at] or '' end
  for name, value in pairs(stored) do token[name] = value end
end

local function write_token()
  local changed = {}
  for name, value in pairs(token) do
    if value ~= stored[name] then
      changed[#changed + 1] = name
      changed[#changed + 1] = value
    end
  end
  if changed[1] then
    redis.call('HSET', P, unpack(changed))
    redis.call('EXPIRE', P, KEPT_S)
  end
end

-- A window that was learnt: for so long nobody sends where the logs may be lost.
local function note_window(window_s)
  if window_s > token.longest then token.longest = window_s end
end

-- Logs that this server may not have whole (it was flushed, restarted or replaced) prove no room:
-- after the longest window nothing that is missing in them can matter. Who comes later and knows of
-- a longer one makes the silence longer.
local function keep_silence(window_s)
  note_window(window_s)
  if now < token.epoch_at + window_s then
    token.quiet_until = math.max(token.quiet_until, token.epoch_at + window_s + MARGIN_S)
  end
end

local function check_epoch()
  local server = server_id()
  if token.epoch ~= server then
    token.epoch, token.epoch_at = server, now
    if token.born == 0 then
      token.born = now
      token.lessons = math.floor(now) -- so a number that a worker knows never means something else
    end
    keep_silence(math.max(SECOND_S, token.longest))
  end
  if call.longest > token.longest then keep_silence(call.longest) end
end

-- Since when the host's count stands at its limit, as the time at which it will not any more.
local function invalid_until()
  local oldest = redis.call('ZREVRANGE', INVALID, INVALID_HOLD - 1, INVALID_HOLD - 1, 'WITHSCORES')
  return oldest[2] and tonumber(oldest[2]) + INVALID_WINDOW_S or 0
end

local function invalid_count()
  return redis.call('ZCOUNT', INVALID, now - INVALID_WINDOW_S, '+inf')
end

-- What keeps every request from being sent: until when, and why.
local function closed()
  if token.quiet_until > now then return token.quiet_until, 'quiet' end
  if token.closed_until > now then return token.closed_until, token.closed_why end
  local until_s = invalid_until()
  if until_s > now then return until_s, 'invalid' end
end

local function close(for_s, why)
  if now + for_s + MARGIN_S > token.closed_until then
    token.closed_until, token.closed_why = now + for_s + MARGIN_S, why
  end
end

-- What an answer says about the token, the address and the whole of Discord.
local function note_status(id, status, scope, retry_after_s)
  if status == 401 then
    if token.held_since == 0 then
      token.held_since, token.ask_again_at = now, now + ASK_AGAIN_S
    end
  elseif status < 300 then
    token.held_since = 0
  end
  if scope == 'global' or scope == 'cloudflare' then close(retry_after_s, scope) end
  if (status == 401 or status == 403 or status == 429) and scope ~= 'shared' then
    redis.call('ZADD', INVALID, now, id)
    redis.call('ZADD', P .. ':hosts', now, INVALID)
    redis.call('EXPIRE', P .. ':hosts', KEPT_S)
    redis.call('ZREMRANGEBYSCORE', INVALID, '-inf', now - INVALID_WINDOW_S)
    redis.call('EXPIRE', INVALID, INVALID_WINDOW_S + 60)
  end
end

-- Whether a rejected token is due to be tried: one caller's permission.
local function may_try()
  if token.held_since == 0 or now < token.ask_again_at then return false end
  token.ask_again_at = now + ASK_AGAIN_S
  return true
end
