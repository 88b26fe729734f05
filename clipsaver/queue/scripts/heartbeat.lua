-- heartbeat: this worker lives; the key goes away by itself when the beats end.
--
-- KEYS  1 worker hash, 2 stream
-- ARGV  1 expiry in ms, 2 instance, 3 group, 4 consumer, 5... field and value pairs
-- Returns 1; 0 = another process has the name, and nothing was changed.
--
-- One script, so that no moment leaves the key without an expiry. The expiry comes first: it needs
-- no memory, so a server that is full does not take the name away. The group knows the worker from
-- its first beat on, also before it has read anything: it is how all workers are found.
local known = redis.call('HGET', KEYS[1], 'instance')
if known and known ~= ARGV[2] then return 0 end
redis.call('PEXPIRE', KEYS[1], ARGV[1])
redis.call('HSET', KEYS[1], 'instance', ARGV[2], 'seen_at', digits(now_ms()), unpack(rest_of(ARGV, 5)))
redis.call('PEXPIRE', KEYS[1], ARGV[1])
redis.pcall('XGROUP', 'CREATECONSUMER', KEYS[2], ARGV[3], ARGV[4]) -- a group that is gone is made by others
return 1
