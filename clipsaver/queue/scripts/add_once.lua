-- add_once: put jobs onto the stream that a run adds, each once over all of its deliveries.
--
-- KEYS  1 stream, 2 set of the names of what the run has added, then for each where its entry is
--       noted
-- ARGV  1 for how long a note stays, in ms, 2 the field cs of all, then name and job of each
-- Returns how many the run has added in all. An error between an entry and its name leaves the
-- entry: it may be added twice, never not at all.
for number = 1, #KEYS - 2 do
  local name, job = ARGV[2 * number + 1], ARGV[2 * number + 2]
  if redis.call('SISMEMBER', KEYS[2], name) == 0 then
    local id = redis.call('XADD', KEYS[1], '*', 'job', job, 'cs', ARGV[2])
    redis.call('SADD', KEYS[2], name)
    redis.call('SET', KEYS[number + 2], id, 'PX', ARGV[1])
  end
end
redis.call('PEXPIRE', KEYS[2], DAY_MS)
return redis.call('SCARD', KEYS[2])
