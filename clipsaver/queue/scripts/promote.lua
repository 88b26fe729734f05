-- promote: delayed entries that are due go to the end of the stream.
--
-- KEYS  1 stream, 2 delayed set, 3 dead letters
-- ARGV  1 how many at most
-- Returns how many went.
--
-- A member that is not an entry (only a person can have written it) goes to the dead letters, so
-- that it cannot stand in the way of the others.
local function fields_of(member)
  local fine, fields = pcall(cjson.decode, member)
  if not fine or type(fields) ~= 'table' or #fields == 0 or #fields % 2 == 1 then return nil end
  if #fields > 2 * MOST_FIELDS + 2 then return nil end
  for _, value in ipairs(fields) do
    if type(value) ~= 'string' then return nil end
  end
  return fields
end

local due = redis.call('ZRANGEBYSCORE', KEYS[2], '-inf', digits(now_ms()), 'LIMIT', 0, ARGV[1])
for _, member in ipairs(due) do
  local fields = fields_of(member)
  if fields then
    redis.call('XADD', KEYS[1], '*', unpack(fields))
  else
    redis.call('XADD', KEYS[3], '*', 'job', member, 'dead',
      '{"reason":"bad_delayed_entry","error":"the member is no list of fields and values"}')
  end
  redis.call('ZREM', KEYS[2], member)
end
return #due
