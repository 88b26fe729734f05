-- repair: runs that are not over and whose entry is nowhere go back on the stream.
--
-- KEYS  1 stream, 2 events, 3 audit, 4 delayed set, then the job hash of each
-- ARGV  1-5 of the audit (see there), 6 group, then four per run: run, its first entry id, new cs,
--       job
-- Returns the positions (from 1) of those that were put back.
--
-- Guarantees: one whose entry is on the stream or in the delayed set by what its hash says is left
-- alone, and so is one that an earlier call put back. Its fence is closed by a greater one, so a
-- worker that has it in hand after all changes nothing more and puts nothing back. A stream that
-- was made anew counts on from the ids that it had, so no new job gets the run id of an old one.
local stream, group = KEYS[1], ARGV[6]
local OVER = {done = true, dead = true, cancelled = true}

local function is_somewhere(job, run, first)
  local known = redis.call('HMGET', job, 'state', 'entry', 'due_at')
  if known[1] and OVER[known[1]] then return true end
  if is_on_stream(stream, first) or (known[2] and is_on_stream(stream, known[2])) then return true end
  return known[3] and delayed_member(KEYS[4], run, known[3]) ~= nil
end

local _, refused = make_group(stream, group)
if refused then return refused end

local lost, runs = {}, {}
for number = 1, #KEYS - 4 do
  local at = 3 + 4 * number
  if not is_somewhere(KEYS[4 + number], ARGV[at], ARGV[at + 1]) then
    lost[#lost + 1], runs[#runs + 1] = number, ARGV[at]
  end
end

if #lost > 0 then put_on_record(KEYS[3], runs) end
for _, number in ipairs(lost) do count_on_from(stream, ARGV[4 + 4 * number]) end
for _, number in ipairs(lost) do
  local at = 3 + 4 * number
  local new_id = redis.call('XADD', stream, '*', 'cs', ARGV[at + 2], 'job', ARGV[at + 3])
  redis.call('HDEL', KEYS[4 + number], 'crashes')
  close(KEYS[4 + number], 'waiting', DAY_MS, {'entry', new_id})
  tell(KEYS[2], 'restored', ARGV[at], ARGV[2], '{}')
end
return lost
