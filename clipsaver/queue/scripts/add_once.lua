-- add_once: put jobs onto the stream that a run adds, each once over all of its deliveries.
--
-- KEYS  1 stream, 2 set of the names of what the run has added
-- ARGV  name and job of each
-- Returns how many the run has added in all. An error between an entry and its name leaves the
-- entry: it may be added twice, never not at all.
for at = 1, #ARGV, 2 do
  if redis.call('SISMEMBER', KEYS[2], ARGV[at]) == 0 then
    redis.call('XADD', KEYS[1], '*', 'job', ARGV[at + 1])
    redis.call('SADD', KEYS[2], ARGV[at])
  end
end
redis.call('PEXPIRE', KEYS[2], DAY_MS)
return redis.call('SCARD', KEYS[2])
