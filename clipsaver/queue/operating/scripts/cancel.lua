-- cancel: runs that are cancelled in the database leave the stream, wherever their entries are.
--
-- KEYS  1 stream, 2 events, 3 audit, 4 delayed set, 5 stream that wakes holders, 6 line, 7 line of
--       live jobs, then two per run: job hash, lock of its channel (the job hash again = none)
-- ARGV  1-5 of the audit (see there), 6 group, 7 how much of each job is kept in the audit, in bytes
--       ('' = nothing of the entries), then three per run: run, entry id ('' = it is delayed), when
--       it is due (Unix ms, '' = it is on the stream)
-- Returns for each 'held' (a worker has it, and is woken), 'removed' (it waited), or 'moved' (it is
-- not where it was: whoever takes it finds it cancelled). What is named twice is 'moved' by then.
--
-- Guarantees: the fence is closed by a greater one, so a holder that is not woken loses the lease
-- at its next renewal and settles nothing.
local stream, group, delayed, line, live = KEYS[1], ARGV[6], KEYS[4], KEYS[6], KEYS[7]

last_delivered(stream, group) -- raises NOGROUP before anything is written
local runs, entries, copies, seen = {}, {}, {}, {}
for at = 8, #ARGV, 3 do
  local number = #runs + 1
  local place = table.concat({ARGV[at], ARGV[at + 1], ARGV[at + 2]}, ' ')
  runs[number] = ARGV[at]
  entries[number] = not seen[place]
    and entry_at(stream, group, delayed, ARGV[at], ARGV[at + 1], ARGV[at + 2]) or false
  seen[place] = true
  if ARGV[7] ~= '' and entries[number] and entries[number].fields then
    copies[#copies + 1] = copy_of(ARGV[at], entries[number].fields, ARGV[7])
  end
end
if #runs > 0 then put_on_record(KEYS[3], runs, nil, copies) end

local fates = {}
for number, run in ipairs(runs) do
  local job, lock, entry = KEYS[6 + 2 * number], KEYS[7 + 2 * number], entries[number]
  if entry then take_away(stream, group, delayed, line, live, entry) end
  close(job, 'cancelled', HOUR_MS, {})
  if lock ~= job then unlock(lock, run) end
  if not entry or entry.holder then wake(KEYS[5], run) end
  tell(KEYS[2], 'cancelled', run, ARGV[2], '{}')
  fates[number] = not entry and 'moved' or entry.holder and 'held' or 'removed'
end
return fates
