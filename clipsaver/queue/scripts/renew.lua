-- renew: keep all held leases, in one call.
--
-- KEYS  1 stream, then two per lease: job hash, lock of its channel (the job hash again = none)
-- ARGV  1 group, 2 consumer, 3 how long locks are kept, in ms, then three per lease: entry id, fence, run
-- Returns the positions (from 1) of the leases that are lost.
--
-- Guarantees: only a lease whose entry and fence are still this delivery's is renewed; the
-- delivery count does not change (JUSTID). One that its holder settled while it asked is neither
-- renewed nor lost. A lock that ran out is taken again if it is free; where another run has it by
-- now, the lease counts as lost and is left to run out.
local stream, group, consumer, lock_ms = KEYS[1], ARGV[1], ARGV[2], ARGV[3]
local lost = {}

local function renewed(job, lock, id, fence, run)
  local verdict = standing(stream, group, consumer, id, job, fence)
  if verdict ~= 'held' then return verdict == 'already' end
  local has_lock = lock ~= job
  if has_lock then
    local holder = redis.call('GET', lock)
    if holder and holder ~= run then return false end
  end
  if #redis.call('XCLAIM', stream, group, consumer, 0, id, 'JUSTID') == 0 then
    settle(job, fence, 'gone', HOUR_MS, {}) -- somebody deleted its body: see `restore`
    return false
  end
  if has_lock then redis.call('SET', lock, run, 'PX', lock_ms) end
  redis.call('PEXPIRE', job, DAY_MS)
  return true
end

for lease = 1, (#KEYS - 1) / 2 do
  local key, arg = 2 * lease, 3 * lease + 1
  if not renewed(KEYS[key], KEYS[key + 1], ARGV[arg], ARGV[arg + 1], ARGV[arg + 2]) then
    lost[#lost + 1] = lease
  end
end
return lost
