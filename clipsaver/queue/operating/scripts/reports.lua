-- reports: what the hashes of these runs say, for who looks at many of them. Changes nothing.
--
-- KEYS  job hash of each
-- ARGV  fields
-- Returns for each its fields' values in order, nothing for what it does not say; {} = it is not
-- there.
local found = {}
for at, job in ipairs(KEYS) do
  found[at] = redis.call('EXISTS', job) == 1 and redis.call('HMGET', job, unpack(ARGV)) or {}
end
return found
