-- depth: how many entries stand where, all at one moment. Changes nothing.
--
-- KEYS  1 stream, 2 delayed set
-- ARGV  1 group
-- Returns {entries on the stream, delayed, pending}.
local pending = redis.pcall('XPENDING', KEYS[1], ARGV[1])
return {
  redis.call('XLEN', KEYS[1]),
  redis.call('ZCARD', KEYS[2]),
  pending.err and 0 or pending[1],
}
