-- order: workers are to pause, to drain, or to go on.
--
-- KEYS  1 control hash, 2 audit
-- ARGV  1-5 of the audit (see there), 6 expiry in ms, 7 order ('' = go on), 8... names of workers
-- Returns how many were named.
local names = rest_of(ARGV, 8)
redis.call('HLEN', KEYS[1]) -- is it a hash?
put_on_record(KEYS[2], names)
for _, name in ipairs(names) do
  if ARGV[7] == '' then
    redis.call('HDEL', KEYS[1], name)
  else
    redis.call('HSET', KEYS[1], name, ARGV[7])
    redis.call('PEXPIRE', KEYS[1], ARGV[6])
  end
end
return #names
