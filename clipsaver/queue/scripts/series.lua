-- series: what a worker did in this minute, so far, and what is left to do now.
--
-- KEYS  1 hash of the minute, 2 stream, 3 delayed set (both only where it is the running minute)
-- ARGV  1 expiry in ms, 2 the worker's field ('' = it did nothing), 3 what it did, 4 field of what is
--       left to do
-- Returns 1.
--
-- One script, so that no moment leaves the key without an expiry.
if ARGV[2] ~= '' then redis.call('HSET', KEYS[1], ARGV[2], ARGV[3]) end
if KEYS[2] then
  local left = redis.call('XLEN', KEYS[2]) + redis.call('ZCARD', KEYS[3])
  redis.call('HSET', KEYS[1], ARGV[4], left)
end
redis.call('PEXPIRE', KEYS[1], ARGV[1])
return 1
