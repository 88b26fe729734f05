-- heartbeat: this worker lives; the key goes away by itself when the beats end.
--
-- KEYS  1 worker hash
-- ARGV  1 expiry in ms, 2 instance, 3... field and value pairs
-- Returns 1; 0 = another process has the name, and nothing was changed.
--
-- One script, so that no moment leaves the key without an expiry. The expiry comes first: it needs
-- no memory, so a server that is full does not take the name away.
local known = redis.call('HGET', KEYS[1], 'instance')
if known and known ~= ARGV[2] then return 0 end
redis.call('PEXPIRE', KEYS[1], ARGV[1])
redis.call('HSET', KEYS[1], 'instance', ARGV[2], 'seen_at', digits(now_ms()), unpack(rest_of(ARGV, 3)))
redis.call('PEXPIRE', KEYS[1], ARGV[1])
return 1
