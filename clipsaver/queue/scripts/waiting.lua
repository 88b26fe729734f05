-- waiting: how many entries could start now if there were a slot? Changes nothing.
--
-- KEYS  1 stream, 2 delayed set
-- ARGV  1 group, 2 lease in ms, 3 the number at which counting may stop
-- Returns how many were not delivered yet, can be claimed or are due, together.
local limit = tonumber(ARGV[3])
local count = #redis.call('XPENDING', KEYS[1], ARGV[1], 'IDLE', ARGV[2], '-', '+', limit)
if count < limit then
  local last = last_delivered(KEYS[1], ARGV[1])
  count = count + #redis.call('XRANGE', KEYS[1], '(' .. last, '+', 'COUNT', limit - count)
end
if count < limit then
  count = count + redis.call('ZCOUNT', KEYS[2], '-inf', digits(now_ms()))
end
return math.min(count, limit)
