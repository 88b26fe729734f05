-- Prepended to every script: the few questions and steps that they share.
--
-- Rules of all scripts. Every key comes as KEYS; Redis TIME is the only clock. Redis does not undo
-- what a failed script did, so an entry is first written to where it goes and only then taken from
-- where it was: an error in between leaves it in two places (it is redelivered and found finished),
-- never nowhere. All checks stand before the first write. A missing group raises NOGROUP.

local DAY_MS = 24 * 3600 * 1000
local HOUR_MS = 3600 * 1000
local WAITING = '(waiting)' -- consumer in whose name entries stand in line; no worker has this name
-- Of a job's hash: true only while a delivery is under way, or until the next one.
local PASSING = {'due_at', 'rate', 'eta_at', 'waits_for', 'waits_of', 'waits_since', 'waits_until'}
local MOST_FIELDS = 500 -- of a producer's own that move with an entry; unpack() ends near 8,000 values

-- Lua would write 1790000000000000 as 1.79e+15.
local function digits(number)
  return string.format('%.0f', number)
end

local function now_us()
  local time = redis.call('TIME')
  return tonumber(time[1]) * 1000000 + tonumber(time[2])
end

local function now_ms()
  return math.floor(now_us() / 1000)
end

-- How often the entry was delivered, or nil where this consumer does not hold it.
local function deliveries_of(stream, group, consumer, id)
  local rows = redis.call('XPENDING', stream, group, id, id, 1, consumer)
  return rows[1] and rows[1][4]
end

-- 'held' and the deliveries; 'already' where this very delivery was settled before (its reply got
-- lost, say); else 'lost': another consumer or a later delivery holds the run.
local function standing(stream, group, consumer, id, job, fence)
  local known = redis.call('HMGET', job, 'fence', 'settled')
  if known[1] ~= fence then return 'lost' end
  if known[2] == fence then return 'already' end
  local deliveries = deliveries_of(stream, group, consumer, id)
  if not deliveries then return 'lost' end
  return 'held', deliveries
end

-- The fields as a flat list with `cs` replaced. Of a field `job` that is there more than once the last
-- counts, as it does for who decodes it.
local function with_cs(old, cs)
  local fields, job = {'cs', cs}, nil
  for at = 1, #old, 2 do
    if old[at] == 'job' then
      job = old[at + 1]
    elseif old[at] ~= 'cs' and #fields < 2 * MOST_FIELDS then
      fields[#fields + 1] = old[at]
      fields[#fields + 1] = old[at + 1]
    end
  end
  if job then
    fields[#fields + 1] = 'job'
    fields[#fields + 1] = job
  end
  return fields
end

-- The entry's fields with `cs` replaced, or nil where its body is gone.
local function moved(stream, id, cs)
  local found = redis.call('XRANGE', stream, id, id)
  return found[1] and with_cs(found[1][2], cs)
end

-- A dead letter: the fields with what is known of the death. Of a job of more than `largest` bytes
-- only the first `kept` stay.
local function letter_of(fields, facts, largest, kept)
  local letter = {'dead', facts}
  for at = 1, #fields, 2 do
    local name, value = fields[at], fields[at + 1]
    if name == 'job' and #value > tonumber(largest) then value = string.sub(value, 1, tonumber(kept)) end
    if name ~= 'dead' then
      letter[#letter + 1] = name
      letter[#letter + 1] = value
    end
  end
  return letter
end

-- The run that an entry belongs to, as `entries.py` reads it, for those who watch.
local function run_of(stream, id, fields)
  for at = 1, #fields, 2 do
    if fields[at] == 'cs' then
      local fine, carried = pcall(cjson.decode, fields[at + 1])
      local run = fine and type(carried) == 'table' and carried.run
      if type(run) == 'string' and string.sub(run, 1, #stream + 1) == stream .. '/' then return run end
    end
  end
  return stream .. '/' .. id
end

-- Nobody's any more, so that whoever is next may have it at once: idle since 1970, in the name of
-- the line (see line.lua).
local function free(stream, group, id, deliveries)
  redis.call('XCLAIM', stream, group, WAITING, 0, id, 'TIME', 0, 'RETRYCOUNT', deliveries, 'JUSTID')
end

local function remove(stream, group, id)
  redis.call('XACK', stream, group, id)
  redis.call('XDEL', stream, id)
end

-- Lets go of the channel, if this run has it.
local function unlock(lock, run)
  if lock and redis.call('GET', lock) == run then redis.call('DEL', lock) end
end

-- Writes the end of a delivery into the job's hash: `settled` closes its fence for good.
local function settle(job, fence, state, ttl_ms, facts)
  redis.call('HDEL', job, unpack(PASSING))
  redis.call('HSET', job, 'state', state, 'settled', fence, unpack(facts))
  redis.call('PEXPIRE', job, digits(ttl_ms))
end

-- The body was deleted by somebody else: there is nothing left to move.
local function give_up(stream, group, id, job, fence)
  redis.call('XACK', stream, group, id)
  settle(job, fence, 'gone', HOUR_MS, {})
  return 'gone'
end

-- Deliveries that ended without an outcome, over all places that the run has been in. They are
-- counted by the pending list, which forgets them when the entry moves.
local function keep_crashes(job, deliveries)
  if deliveries > 1 then redis.call('HINCRBY', job, 'crashes', deliveries - 1) end
end

-- Last of all, and never in the way: who reads it wants to know, nothing depends on it.
local function tell(events, event, run, consumer, detail)
  redis.pcall('XADD', events, 'MAXLEN', '~', '10000', '*',
    'event', event, 'run', run, 'worker', consumer, 'detail', detail)
end

-- The values from ARGV[first] on.
local function rest_of(arguments, first)
  local rest = {}
  for at = first, #arguments do rest[#rest + 1] = arguments[at] end
  return rest
end

-- Id of the last entry that the group delivered; raises NOGROUP like the commands do.
local function last_delivered(stream, group)
  for _, facts in ipairs(redis.call('XINFO', 'GROUPS', stream)) do
    local name, last
    for at = 1, #facts, 2 do
      if facts[at] == 'name' then name = facts[at + 1] end
      if facts[at] == 'last-delivered-id' then last = facts[at + 1] end
    end
    if name == group then return last end
  end
  -- Only asked for its error, which is the one that the commands give.
  return redis.call('XPENDING', stream, group)[2]
end
