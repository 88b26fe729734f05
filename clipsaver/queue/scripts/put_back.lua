-- put_back: entries that were read or claimed but not taken go back, first in line for others.
--
-- KEYS  1 stream, 2 line, 3 line of live jobs, 4 turns
-- ARGV  1 group, 2 consumer, 3... entry ids
-- Returns how many went back; those that this consumer does not hold are left alone.
local back = {}
for at = 3, #ARGV do
  local deliveries = deliveries_of(KEYS[1], ARGV[1], ARGV[2], ARGV[at])
  if deliveries then
    free(KEYS[1], ARGV[1], ARGV[at], math.max(deliveries - 1, 0))
    back[#back + 1] = ARGV[at]
  end
end
stand_again(KEYS[1], KEYS[2], KEYS[3], KEYS[4], back)
return #back
