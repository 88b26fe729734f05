-- waiting: how many entries could start now if there were a slot? Changes nothing.
--
-- KEYS  1 stream, 2 delayed set, 3 line, 4 line of live jobs
-- ARGV  1 group, 2 lease in ms, 3 the number at which counting may stop
-- Returns how many are in line, were not delivered yet, can be claimed or are due, together.
local limit = tonumber(ARGV[3])
local count = redis.call('ZCARD', KEYS[3]) + redis.call('ZCARD', KEYS[4])
if count < limit then
  local last = last_delivered(KEYS[1], ARGV[1])
  count = count + #redis.call('XRANGE', KEYS[1], '(' .. last, '+', 'COUNT', limit - count)
end
if count < limit then
  count = count + redis.call('ZCOUNT', KEYS[2], '-inf', digits(now_ms()))
end
if count < limit then
  for _, facts in ipairs(redis.call('XINFO', 'CONSUMERS', KEYS[1], ARGV[1])) do
    if facts[2] ~= WAITING and count < limit then
      count = count + #redis.call('XPENDING', KEYS[1], ARGV[1], 'IDLE', ARGV[2], '-', '+',
        limit - count, facts[2])
    end
  end
end
return math.min(count, limit)
