-- mend_line: places in line whose entry does not wait there any more are given up.
--
-- KEYS  1 stream, 2 line, 3 line of live jobs
-- ARGV  1 group, 2 consumer of the line, 3 '1' = only count them, 4... ids that are in one of the two
-- Returns how many there were. Entries that wait without a place are given one by the workers, once
-- there are more of them than places.
local ghosts = 0
for at = 4, #ARGV do
  local id = ARGV[at]
  if #redis.call('XPENDING', KEYS[1], ARGV[1], id, id, 1, ARGV[2]) == 0 then
    ghosts = ghosts + 1
    if ARGV[3] ~= '1' then
      redis.call('ZREM', KEYS[2], id)
      redis.call('ZREM', KEYS[3], id)
    end
  end
end
return ghosts
