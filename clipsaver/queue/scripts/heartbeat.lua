-- heartbeat: this worker lives; the key goes away by itself when the beats end.
--
-- KEYS  1 worker hash
-- ARGV  1 expiry in ms, 2... field and value pairs
-- Returns 1. One script, so that no moment leaves the key without an expiry.
redis.call('HSET', KEYS[1], 'seen_at', digits(now_ms()), unpack(rest_of(ARGV, 2)))
return redis.call('PEXPIRE', KEYS[1], ARGV[1])
