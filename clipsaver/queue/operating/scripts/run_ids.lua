-- run_ids: which runs have an entry on the stream? Changes nothing.
--
-- KEYS  1 stream
-- ARGV  1 where to begin: '-', or '(' and an id, 2 how many entries at most
-- Returns {id, cs ('' = it has none)} of each entry, in order.
local found = {}
for _, entry in ipairs(redis.call('XRANGE', KEYS[1], ARGV[1], '+', 'COUNT', ARGV[2])) do
  local cs, fields = '', entry[2]
  for at = 1, #fields, 2 do
    if fields[at] == 'cs' then cs = fields[at + 1] end
  end
  found[#found + 1] = {entry[1], cs}
end
return found
