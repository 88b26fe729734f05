-- watch_hold: the lease of the one worker that watches, taken where it is free, or kept.
--
-- KEYS  1 lease
-- ARGV  1 instance (a value of this process alone), 2 term in ms
-- Returns 1 = it is ours for a term from now; 0 = another worker has it.
local holder = redis.call('GET', KEYS[1])
if holder and holder ~= ARGV[1] then return 0 end
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
return 1
