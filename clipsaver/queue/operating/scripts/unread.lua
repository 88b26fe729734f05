-- unread: which entries were not delivered yet? Changes nothing.
--
-- KEYS  1 stream
-- ARGV  1 group, 2 id after which to begin, 3 how many at most
-- Returns their ids, in order.
local last = last_delivered(KEYS[1], ARGV[1])
-- XRANGE compares the ids: anything in (last, cursor] means that the cursor is further on.
if #redis.call('XRANGE', KEYS[1], '(' .. last, ARGV[2], 'COUNT', 1) > 0 then last = ARGV[2] end
local ids = {}
for _, entry in ipairs(redis.call('XRANGE', KEYS[1], '(' .. last, '+', 'COUNT', ARGV[3])) do
  ids[#ids + 1] = entry[1]
end
return ids
