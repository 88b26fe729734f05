-- pending_ids: which entries are under one consumer's name? Changes nothing.
--
-- KEYS  1 stream
-- ARGV  1 group, 2 consumer, 3 where to begin: '-', or '(' and an id, 4 how many at most
-- Returns their ids, in order.
local ids = {}
for _, row in ipairs(redis.call('XPENDING', KEYS[1], ARGV[1], ARGV[3], '+', ARGV[4], ARGV[2])) do
  ids[#ids + 1] = row[1]
end
return ids
