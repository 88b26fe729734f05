-- series: what a worker did in this minute, so far.
--
-- KEYS  1 hash of the minute
-- ARGV  1 expiry in ms, 2 the worker's field, 3 what it did
-- Returns 1.
--
-- One script, so that no moment leaves the key without an expiry.
redis.call('HSET', KEYS[1], ARGV[2], ARGV[3])
redis.call('PEXPIRE', KEYS[1], ARGV[1])
return 1
