-- leave: this worker's heartbeat goes, unless the name is another process's by now.
--
-- KEYS  1 worker hash, 2 events
-- ARGV  1 instance, 2 name
-- Returns 1; 0 = the name is another's, and nothing was changed.
local known = redis.call('HGET', KEYS[1], 'instance')
if known and known ~= ARGV[1] then return 0 end
redis.call('DEL', KEYS[1])
tell(KEYS[2], 'worker_stopped', '', ARGV[2], '{}')
return 1
