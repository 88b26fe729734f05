-- claim: take over entries whose lease ran out or that are nobody's, oldest first.
--
-- KEYS  1 stream
-- ARGV  1 group, 2 consumer, 3 how idle they are at least, in ms, 4 how many at most, 5 consumer for entries put aside,
--       6 '1' = `message` jobs only, 7... ids that the consumer holds: its renewal is only late
-- Returns {entries, ids whose body is gone (dropped from the pending list)}.
--
-- Guarantees: each entry goes to one claimer (one script, and a claim sets its idle time to 0), and
-- the claim counts as a delivery. For `message` jobs alone the entries put aside are not searched:
-- they were found to be something else, and there may be very many of them.
local stream, group, consumer, least_idle, count = KEYS[1], ARGV[1], ARGV[2], ARGV[3], tonumber(ARGV[4])
local found, gone, held, late = {}, {}, {}, #ARGV - 6
for at = 7, #ARGV do held[ARGV[at]] = true end

local function claim(id)
  if held[id] or #found >= count then return end
  local claimed = redis.call('XCLAIM', stream, group, consumer, least_idle, id)
  if claimed[1] then found[#found + 1] = claimed[1] else gone[#gone + 1] = id end
end

local function claim_messages(of)
  for _, row in ipairs(redis.call('XPENDING', stream, group, 'IDLE', least_idle, '-', '+', 1000, of)) do
    local entry = redis.call('XRANGE', stream, row[1], row[1])[1]
    if entry and is_message(entry[2]) then claim(row[1]) end
  end
end

if ARGV[6] == '1' then
  for _, facts in ipairs(redis.call('XINFO', 'CONSUMERS', stream, group)) do
    if facts[2] ~= ARGV[5] then claim_messages(facts[2]) end
  end
else
  for _, row in ipairs(redis.call('XPENDING', stream, group, 'IDLE', least_idle, '-', '+', count + late)) do
    claim(row[1])
  end
end
return {found, gone}
