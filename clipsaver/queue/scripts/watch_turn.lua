-- watch_turn: puts the jobs of one turn onto the stream, and remembers what they deal with.
--
-- KEYS  1 lease, 2 memory (hash of one guild), 3 stream, then for each job where its entry is noted
-- ARGV  1 instance, 2 turn_at of the memory that the turn began with ('' = there was none),
--       3 expiry of the memory in ms, 4 for how long a note stays in ms, 5 jobs, 6 fields to set,
--       7 the field cs of the jobs, then the jobs, the fields to set with their values, and the fields to forget
-- Returns 1; 0 = the lease is another worker's, or another turn came between: nothing was changed.
--
-- Guarantees: of two workers that do one turn, one adds its jobs.
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
if (redis.call('HGET', KEYS[2], 'turn_at') or '') ~= ARGV[2] then return 0 end
local jobs, fields = tonumber(ARGV[5]), tonumber(ARGV[6])
for number = 1, jobs do
  local id = redis.call('XADD', KEYS[3], '*', 'job', ARGV[7 + number], 'cs', ARGV[7])
  redis.call('SET', KEYS[3 + number], id, 'PX', ARGV[4])
end
local at = 7 + jobs
for number = 1, fields do
  redis.call('HSET', KEYS[2], ARGV[at + 2 * number - 1], ARGV[at + 2 * number])
end
for forgotten = at + 2 * fields + 1, #ARGV do
  redis.call('HDEL', KEYS[2], ARGV[forgotten])
end
redis.call('PEXPIRE', KEYS[2], ARGV[3])
return 1
