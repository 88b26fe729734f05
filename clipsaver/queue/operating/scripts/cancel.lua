-- cancel: runs that are cancelled in the database leave the stream, wherever their entries are.
--
-- KEYS  1 stream, 2 events, 3 audit, 4 delayed set, 5 stream that wakes holders, 6 line, 7 line of
--       live jobs, then two per run: job hash, lock of its channel (the job hash again = none)
-- ARGV  1-5 of the audit (see there), 6 group, 7 consumer of the line, then three per run: run,
--       entry id ('' = it is delayed), when it is due (Unix ms, '' = it is on the stream)
-- Returns for each 'held' (a worker has it, and is woken), 'removed' (it waited), or 'moved' (it is
-- not where it was: whoever takes it finds it cancelled).
--
-- Guarantees: the fence is closed by a greater one, so a holder that is not woken loses the lease
-- at its next renewal and settles nothing. Wakes stay for an hour, however many there are: who held
-- one then has long renewed.
local stream, group = KEYS[1], ARGV[6]

local function take_from_delayed(run, due)
  local member = delayed_member(KEYS[4], run, due)
  if not member then return 'moved' end
  redis.call('ZREM', KEYS[4], member)
  return 'removed'
end

local function take_from_stream(id)
  local row = redis.call('XPENDING', stream, group, id, id, 1)[1]
  if #redis.call('XRANGE', stream, id, id) == 0 and not row then return 'moved' end
  redis.call('ZREM', KEYS[6], id)
  redis.call('ZREM', KEYS[7], id)
  remove(stream, group, id)
  return row and row[2] ~= ARGV[7] and 'held' or 'removed'
end

last_delivered(stream, group) -- raises NOGROUP before anything is written
local runs, fates = {}, {}
for at = 8, #ARGV, 3 do runs[#runs + 1] = ARGV[at] end
if #runs > 0 then put_on_record(KEYS[3], runs) end

for number, run in ipairs(runs) do
  local at, key = 5 + 3 * number, 6 + 2 * number
  local id, due = ARGV[at + 1], ARGV[at + 2]
  local job, lock = KEYS[key], KEYS[key + 1]
  local fate = id ~= '' and take_from_stream(id) or take_from_delayed(run, due)
  close(job, 'cancelled', HOUR_MS, {})
  if lock ~= job then unlock(lock, run) end
  if fate ~= 'removed' then
    redis.call('XADD', KEYS[5], 'MINID', '~', digits(now_ms() - HOUR_MS), '*', 'run', run)
    redis.call('PEXPIRE', KEYS[5], HOUR_MS)
  end
  tell(KEYS[2], 'cancelled', run, ARGV[2], '{}')
  fates[number] = fate
end
return fates
