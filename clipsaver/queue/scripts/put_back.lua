-- put_back: entries that were read or claimed but not taken go back, first in line for others.
--
-- KEYS  1 stream
-- ARGV  1 group, 2 consumer, 3... entry ids
-- Returns how many went back; those that this consumer does not hold are left alone.
local back = 0
for at = 3, #ARGV do
  local deliveries = deliveries_of(KEYS[1], ARGV[1], ARGV[2], ARGV[at])
  if deliveries then
    free(KEYS[1], ARGV[1], ARGV[2], ARGV[at], math.max(deliveries - 1, 0))
    back = back + 1
  end
end
return back
