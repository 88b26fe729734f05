-- progress: what running jobs have done so far, for those who watch.
--
-- KEYS  job hash of each run
-- ARGV  per run: fence, number of values that follow, then field and value pairs
-- Returns how many were written. A delivery that was settled or superseded writes nothing, so a
-- late report neither hides an end nor keeps a key alive.
local at, written = 1, 0
for _, job in ipairs(KEYS) do
  local fence, size = ARGV[at], tonumber(ARGV[at + 1])
  local known = redis.call('HMGET', job, 'fence', 'settled')
  if known[1] == fence and known[2] ~= fence then
    redis.call('HSET', job, unpack(ARGV, at + 2, at + 1 + size))
    redis.call('PEXPIRE', job, DAY_MS)
    written = written + 1
  end
  at = at + 2 + size
end
return written
