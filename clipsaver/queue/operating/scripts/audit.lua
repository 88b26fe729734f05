-- Prepended to every script of this room, after `held`: how an action is put on record.
--
-- The first arguments of a script that acts are those of `audit.Act`: 1 action, 2 who, 3 why,
-- 4 what was asked for, in words, 5 a number that all chunks of one request share. The event is
-- written before the action: an error in between leaves a record of what did not happen, never an
-- action without one.

local AUDIT_DAYS = 30

-- `ids` are the letters, entries or runs that this chunk changes; `count` is how many things it
-- changes where these are not all named.
local function put_on_record(audit, ids, count)
  local oldest = digits(now_ms() - AUDIT_DAYS * DAY_MS)
  redis.call('XADD', audit, 'MINID', '=', oldest, '*', 'action', ARGV[1], 'who', ARGV[2],
    'why', ARGV[3], 'what', ARGV[4], 'request', ARGV[5], 'count', count or #ids,
    'ids', #ids > 0 and cjson.encode(ids) or '[]')
end
