-- claim_name: this worker is the one of its name, unless another is.
--
-- KEYS  1 worker hash, 2 events
-- ARGV  1 instance (a value of this process alone), 2 expiry in ms, 3 name, 4 detail of the event
--       (JSON), 5... field and value pairs
-- Returns {} (the name is ours, now or still), or what is known of who has it:
-- {instance, host, pid, since when (Unix s), last beat (Unix ms)}, '' for what it does not say.
--
-- Guarantees: of two that claim at the same moment one gets the name.
local known = redis.call('HMGET', KEYS[1], 'instance', 'host', 'pid', 'started_at', 'seen_at')
if redis.call('EXISTS', KEYS[1]) == 1 and known[1] ~= ARGV[1] then
  for at = 1, 5 do known[at] = known[at] or '' end
  return known
end
redis.call('HSET', KEYS[1], 'instance', ARGV[1], 'seen_at', digits(now_ms()), unpack(rest_of(ARGV, 5)))
redis.call('PEXPIRE', KEYS[1], ARGV[2])
if not known[1] then tell(KEYS[2], 'worker_started', '', ARGV[3], ARGV[4]) end
return {}
