-- Prepended to every script of this room, after `held`: how an action is put on record.
--
-- The first arguments of a script that acts are those of `audit.Act`: 1 action, 2 who, 3 why,
-- 4 what was asked for, in words, 5 a number that all chunks of one request share. The event is
-- written before the action: an error in between leaves a record of what did not happen, never an
-- action without one.

local AUDIT_DAYS = 30

-- `ids` are the letters, entries or runs that this chunk changes; `count` is how many things it
-- changes where these are not all named; `copies` are of what it takes away for good, if they are
-- kept.
local function put_on_record(audit, ids, count, copies)
  local oldest = digits(now_ms() - AUDIT_DAYS * DAY_MS)
  local fields = {'action', ARGV[1], 'who', ARGV[2], 'why', ARGV[3], 'what', ARGV[4],
    'request', ARGV[5], 'count', count or #ids, 'ids', #ids > 0 and cjson.encode(ids) or '[]'}
  if copies and #copies > 0 then
    fields[#fields + 1] = 'copies'
    fields[#fields + 1] = cjson.encode(copies)
  end
  redis.call('XADD', audit, 'MINID', '=', oldest, '*', unpack(fields))
end

-- A copy of an entry: its run, then its fields and values; of a job no more than `most` bytes.
local function copy_of(run, fields, most)
  local copy = {run}
  for at = 1, math.min(#fields, 2 * MOST_FIELDS), 2 do
    local name, value = fields[at], fields[at + 1]
    if name == 'job' then value = string.sub(value, 1, tonumber(most)) end
    copy[#copy + 1] = name
    copy[#copy + 1] = value
  end
  return copy
end
