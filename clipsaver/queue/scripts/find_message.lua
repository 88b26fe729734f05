-- find_message: is there a `message` job among the entries that were not delivered yet? Changes nothing.
--
-- KEYS  1 stream
-- ARGV  1 group, 2 id up to which an earlier call found none, 3 how many entries to look at
-- Returns {id of the message job or '', id up to which there is none}.
local stream, cursor = KEYS[1], ARGV[2]
local last = last_delivered(stream, ARGV[1])
-- XRANGE compares the ids: anything in (last, cursor] means that the cursor is further on.
if #redis.call('XRANGE', stream, '(' .. last, cursor, 'COUNT', 1) == 0 then cursor = last end

local left = tonumber(ARGV[3])
while left > 0 do
  -- Few at a time: a job may have 256 KB.
  local page = redis.call('XRANGE', stream, '(' .. cursor, '+', 'COUNT', math.min(left, 100))
  for _, entry in ipairs(page) do
    if is_message(entry[2]) then return {entry[1], cursor} end
    cursor = entry[1]
  end
  left = #page == 0 and 0 or left - #page
end
return {'', cursor}
