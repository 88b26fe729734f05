-- bury_entries: entries go to the dead letters because a person says so, wherever they are.
--
-- KEYS  1 stream, 2 events, 3 audit, 4 delayed set, 5 stream that wakes holders, 6 line, 7 line of
--       live jobs, 8 dead letters, then two per run: job hash, lock of its channel (the job hash
--       again = none)
-- ARGV  1-5 of the audit (see there), 6 group, 7 largest job that is kept whole, in bytes, 8 how much
--       of a larger one is kept, then six per run: run, entry id ('' = it is delayed), when it is due
--       (Unix ms, '' = it is on the stream), new cs, facts of the death (JSON), detail of the event
--       (JSON)
-- Returns for each {'buried', id of the letter, '1' = a worker had it}, {'moved'} (it is not where it
-- was: whoever takes it finds the run ended, and buries it) or {'gone'} (somebody deleted its body).
-- What is named twice, as who turns pages may see it, is buried once and then 'moved'.
--
-- Guarantees: the letter is written before the entry goes. The fence is closed by a greater one, so a
-- holder that is not woken loses the lease at its next renewal and settles nothing.
local stream, group, delayed, line, live = KEYS[1], ARGV[6], KEYS[4], KEYS[6], KEYS[7]

redis.call('XLEN', KEYS[8]) -- is it a stream?
last_delivered(stream, group) -- raises NOGROUP before anything is written
local fates, found, runs, seen = {}, {}, {}, {}
for at = 9, #ARGV, 6 do
  local number = #fates + 1
  local place = table.concat({ARGV[at], ARGV[at + 1], ARGV[at + 2]}, ' ')
  local entry = not seen[place] and entry_at(stream, group, delayed, ARGV[at], ARGV[at + 1], ARGV[at + 2])
  seen[place] = true
  fates[number] = {entry and (entry.fields and 'buried' or 'gone') or 'moved'}
  if entry and entry.fields then
    found[#found + 1], runs[#runs + 1] = {number = number, at = at, entry = entry}, ARGV[at]
  end
end
if #runs > 0 then put_on_record(KEYS[3], runs) end

for _, one in ipairs(found) do
  local run, cs, facts, detail = ARGV[one.at], ARGV[one.at + 3], ARGV[one.at + 4], ARGV[one.at + 5]
  local job, lock = KEYS[7 + 2 * one.number], KEYS[8 + 2 * one.number]
  local letter = letter_of(with_cs(one.entry.fields, cs), facts, ARGV[7], ARGV[8])
  fates[one.number][2] = redis.call('XADD', KEYS[8], '*', unpack(letter))
  fates[one.number][3] = one.entry.holder and '1' or '0'
  take_away(stream, group, delayed, line, live, one.entry)
  close(job, 'dead', HOUR_MS, {'reason', 'buried'})
  if lock ~= job then unlock(lock, run) end
  if one.entry.holder then wake(KEYS[5], run) end
  tell(KEYS[2], 'dead', run, ARGV[2], detail)
end
return fates
