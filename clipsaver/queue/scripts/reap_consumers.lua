-- reap_consumers: delete consumers that hold nothing and have been silent; Redis never does it.
--
-- KEYS  1 stream
-- ARGV  1 group, 2 idle time in ms from which on, 3 the one consumer to look at ('' = all)
-- Returns the names. Deleting a consumer deletes its pending entries, so only one with none is
-- deleted, and nothing can be delivered to it between the check and the deletion.
local deleted = {}
for _, facts in ipairs(redis.call('XINFO', 'CONSUMERS', KEYS[1], ARGV[1])) do
  local of = {}
  for at = 1, #facts, 2 do of[facts[at]] = facts[at + 1] end
  if of.pending == 0 and of.idle >= tonumber(ARGV[2]) and (ARGV[3] == '' or ARGV[3] == of.name) then
    redis.call('XGROUP', 'DELCONSUMER', KEYS[1], ARGV[1], of.name)
    deleted[#deleted + 1] = of.name
  end
end
return deleted
