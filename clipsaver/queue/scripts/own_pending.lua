-- own_pending: entries that the server counts as this consumer's, though it does not know of them.
--
-- After a read whose reply got lost, and after a restart under the same consumer name.
-- KEYS  1 stream
-- ARGV  1 group, 2 consumer, 3 '1' = count this as a delivery, 4... ids that it holds
-- Returns {entries, ids whose body is gone (dropped from the pending list)}.
local stream, group, consumer = KEYS[1], ARGV[1], ARGV[2]
local held, found, gone = {}, {}, {}
for at = 4, #ARGV do held[ARGV[at]] = true end

for _, row in ipairs(redis.call('XPENDING', stream, group, '-', '+', 10000, consumer)) do
  local id, deliveries = row[1], row[4]
  if not held[id] then
    if ARGV[3] == '1' then deliveries = deliveries + 1 end
    local claimed = redis.call('XCLAIM', stream, group, consumer, 0, id, 'RETRYCOUNT', deliveries)
    if claimed[1] then found[#found + 1] = claimed[1] else gone[#gone + 1] = id end
  end
end
return {found, gone}
