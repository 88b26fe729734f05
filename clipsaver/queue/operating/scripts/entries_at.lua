-- entries_at: where these entries stand now, and what is in them. Changes nothing.
--
-- KEYS  1 stream, 2 line, 3 line of live jobs
-- ARGV  1 group, 2... entry ids
-- Returns for each that is there: {id, consumer or '', idle in ms, deliveries, fields (empty where
-- somebody deleted the body), place in line from 1 (0 = it has none)}.
local stream, group, found = KEYS[1], ARGV[1], {}

local function before(score)
  return redis.call('ZCOUNT', KEYS[2], '-inf', '(' .. score) + redis.call('ZCOUNT', KEYS[3], '-inf', '(' .. score)
end

for at = 2, #ARGV do
  local id = ARGV[at]
  local body = redis.call('XRANGE', stream, id, id)[1]
  local row = redis.call('XPENDING', stream, group, id, id, 1)[1]
  if body or row then
    local score = row and (redis.call('ZSCORE', KEYS[2], id) or redis.call('ZSCORE', KEYS[3], id))
    found[#found + 1] = {
      id, row and row[2] or '', row and row[3] or 0, row and row[4] or 0,
      body and body[2] or {}, score and before(score) + 1 or 0,
    }
  end
end
return found
