-- release: entries are taken from a holder that is gone or stuck, and wait for a free slot again.
--
-- KEYS  1 stream, 2 line, 3 line of live jobs, 4 turns, 5 events, 6 audit, then two per entry: job
--       hash, lock of its channel (the job hash again = none)
-- ARGV  1-5 of the audit (see there), 6 group, then three per entry: entry id, consumer that has it,
--       run
-- Returns for each 'released', 'moved' (that consumer does not hold it any more) or 'gone'
-- (somebody deleted its body).
--
-- Guarantees: the entry never leaves the pending list, and the delivery counts: if its worker died
-- of it, that is remembered. Its fence is closed by a greater one, so a holder that is alive after
-- all loses the lease at its next renewal and changes nothing any more.
local stream, group = KEYS[1], ARGV[6]
local fates, freed, ids = {}, {}, {}

for at = 7, #ARGV, 3 do
  local id, holder, run = ARGV[at], ARGV[at + 1], ARGV[at + 2]
  local deliveries = deliveries_of(stream, group, holder, id)
  local fate = 'released'
  if not deliveries then
    fate = 'moved'
  elseif #redis.call('XRANGE', stream, id, id) == 0 then
    fate = 'gone'
  else
    local key = 7 + (at - 7) / 3 * 2
    ids[#ids + 1] = id
    freed[#freed + 1] = {id, deliveries, run, KEYS[key], KEYS[key + 1]}
  end
  fates[#fates + 1] = fate
end

if #ids > 0 then put_on_record(KEYS[6], ids) end
for _, one in ipairs(freed) do
  local id, deliveries, run, job, lock = unpack(one)
  free(stream, group, id, deliveries)
  close(job, 'waiting', DAY_MS, {'entry', id})
  if lock ~= job then unlock(lock, run) end
  tell(KEYS[5], 'released', run, ARGV[2], '{}')
end
stand_again(stream, KEYS[2], KEYS[3], KEYS[4], ids)
return fates
