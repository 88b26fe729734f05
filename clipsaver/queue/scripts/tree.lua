-- tree: a worker shows its tasks, as somebody asked.
--
-- KEYS  1 control hash, 2 tree hash
-- ARGV  1 field of the question, 2 expiry in ms, 3 lines, JSON
-- Returns 1.
redis.call('HDEL', KEYS[1], ARGV[1])
redis.call('HSET', KEYS[2], 'at', digits(now_ms()), 'lines', ARGV[3])
redis.call('PEXPIRE', KEYS[2], ARGV[2])
return 1
