-- backlog: how many entries stand where, and since when the oldest waits. Changes nothing.
--
-- KEYS  1 stream, 2 delayed set, 3 dead letters
-- ARGV  1 group
-- Returns {held, waiting in line, not read yet, delayed, dead, ms that the oldest waits, or -1}.
local stream, group = KEYS[1], ARGV[1]

local pending = redis.pcall('XPENDING', stream, group)
local all, waiting = 0, 0
if not pending.err then
  all = pending[1]
  for _, row in ipairs(pending[4] or {}) do
    if row[1] == WAITING then waiting = tonumber(row[2]) end
  end
end
local unread = math.max(0, redis.call('XLEN', stream) - all)

-- What is in line was delivered to it, so that its ids are lower than those of all that is not.
local oldest
if waiting > 0 then
  local first = redis.call('XPENDING', stream, group, '-', '+', 1, WAITING)[1]
  oldest = first and first[1]
elseif unread > 0 then
  local after = pending.err and '-' or '(' .. last_delivered(stream, group)
  local first = redis.call('XRANGE', stream, after, '+', 'COUNT', 1)[1]
  oldest = first and first[1]
end
local since_ms = oldest and tonumber(string.match(oldest, '^%d+'))
return {
  all - waiting, waiting, unread,
  redis.call('ZCARD', KEYS[2]), redis.call('XLEN', KEYS[3]),
  since_ms and math.max(0, now_ms() - since_ms) or -1,
}
