-- read_past: read up to a `message` job that waits behind other entries, and put those aside.
--
-- KEYS  1 stream
-- ARGV  1 group, 2 consumer, 3 consumer for entries put aside, 4 id to read up to,
--       5 how many message jobs at most, 6 how many entries to read at most
-- Returns {entries, '1' = read up to that id or enough were found}.
--
-- Guarantees: what is read is either returned, or is pending and free with a delivery
-- count of 0 before the script ends: first in line for whoever has a free slot (claim).
-- Entries that are no message job are put aside under a name of their own, so that no worker's
-- pending list fills up with what it does not hold.
local stream, group, consumer, count = KEYS[1], ARGV[1], ARGV[2], tonumber(ARGV[5])
local left, found = tonumber(ARGV[6]), {}

while #found < count do
  if left <= 0 then return {found, '0'} end
  local last = last_delivered(stream, group)
  local ahead = redis.call('XRANGE', stream, '(' .. last, ARGV[4], 'COUNT', math.min(left, 100))
  if #ahead == 0 then break end
  left = left - #ahead
  -- Exactly the entries of `ahead`: nothing else runs while a script does.
  redis.call('XREADGROUP', 'GROUP', group, consumer, 'COUNT', #ahead, 'STREAMS', stream, '>')
  for _, entry in ipairs(ahead) do
    if not is_message(entry[2]) then
      free(stream, group, ARGV[3], entry[1], 0)
    elseif #found < count then
      found[#found + 1] = entry
    else
      free(stream, group, consumer, entry[1], 0)
    end
  end
end
return {found, '1'}
