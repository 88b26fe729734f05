-- take: begin one delivery of an entry.
--
-- KEYS  1 stream, 2 job hash, 3 lock of the channel (only for types that exclude each other)
-- ARGV  1 group, 2 consumer, 3 entry id, 4 run, 5 how long the lock is kept, in ms, 6 least
--       fence that may be given, 7... field and value pairs for the job hash
-- Returns {fence, deliveries, run that holds the channel or ''}; {} = the entry is not this
-- consumer's, or somebody deleted its body; the delivery did not begin.
--
-- Guarantees: the fence is greater than any that was given to this run before, also where the
-- clock went back. The entry's idle time starts anew. A channel that another run holds is left
-- alone; the caller has the entry all the same, in order to put it off.
local stream, job, lock = KEYS[1], KEYS[2], KEYS[3]
local group, consumer, id, run = ARGV[1], ARGV[2], ARGV[3], ARGV[4]

local deliveries = deliveries_of(stream, group, consumer, id)
if not deliveries then return {} end
-- A claim of an entry whose body is gone drops it from the pending list.
if #redis.call('XCLAIM', stream, group, consumer, 0, id, 'JUSTID') == 0 then
  redis.call('HSET', job, 'state', 'gone')
  redis.call('PEXPIRE', job, HOUR_MS)
  return {}
end

local known = redis.call('HMGET', job, 'fence', 'crashes')
local now = now_us()
local fence = math.max(now, (tonumber(known[1]) or 0) + 1, tonumber(ARGV[6]))

local holder = ''
if lock then
  local held_by = redis.call('GET', lock)
  if not held_by or held_by == run then
    redis.call('SET', lock, run, 'PX', ARGV[5])
  else
    holder = held_by
  end
end

redis.call('HDEL', job, 'stage', unpack(PASSING))
redis.call('HSET', job, 'fence', digits(fence), 'state', 'running', 'entry', id,
  'worker', consumer, 'taken_at', digits(math.floor(now / 1000)), unpack(rest_of(ARGV, 7)))
redis.call('PEXPIRE', job, DAY_MS)
return {digits(fence), deliveries + (tonumber(known[2]) or 0), holder}
