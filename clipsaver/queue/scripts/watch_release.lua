-- watch_release: the lease is free for others at once, where it is ours.
--
-- KEYS  1 lease
-- ARGV  1 instance
-- Returns 1; 0 = it is not ours, and nothing was changed.
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
return redis.call('DEL', KEYS[1])
