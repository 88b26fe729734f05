-- Prepended to every script of this room, after `audit`: how a run is taken from whoever holds it,
-- and where it is while it is delayed.

-- Closes the run's fence by one that is greater than any before: what its holder still wants to
-- change is refused, and it loses the lease at its next renewal.
local function close(job, state, ttl_ms, facts)
  local fence = digits(math.max(now_us(), (tonumber(redis.call('HGET', job, 'fence')) or 0) + 1))
  redis.call('HSET', job, 'fence', fence)
  settle(job, fence, state, ttl_ms, facts)
end

local function is_of(member, run)
  local fine, fields = pcall(cjson.decode, member)
  if not fine or type(fields) ~= 'table' then return false end
  for at = 1, #fields - 1, 2 do
    if fields[at] == 'cs' then
      local well, carried = pcall(cjson.decode, fields[at + 1])
      return well and type(carried) == 'table' and carried.run == run
    end
  end
  return false
end

-- The member of the delayed set that is this run's and due at that time (Unix ms), or nil.
local function delayed_member(delayed, run, due)
  for _, member in ipairs(redis.call('ZRANGEBYSCORE', delayed, due, due)) do
    if is_of(member, run) then return member end
  end
  return nil
end
