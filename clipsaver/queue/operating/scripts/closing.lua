-- Prepended to every script of this room, after `audit`: how a run is taken from whoever holds it.

-- Closes the run's fence by one that is greater than any before: what its holder still wants to
-- change is refused, and it loses the lease at its next renewal.
local function close(job, state, ttl_ms, facts)
  local fence = digits(math.max(now_us(), (tonumber(redis.call('HGET', job, 'fence')) or 0) + 1))
  redis.call('HSET', job, 'fence', fence)
  settle(job, fence, state, ttl_ms, facts)
end
