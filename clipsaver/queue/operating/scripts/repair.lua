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

local function parts(id)
  local ms, sequence = string.match(id, '^(%d+)-(%d+)$')
  return tonumber(ms), tonumber(sequence)
end

local function count_on_from(id)
  local facts, last = redis.call('XINFO', 'STREAM', stream), '0-0'
  for at = 1, #facts, 2 do
    if facts[at] == 'last-generated-id' then last = facts[at + 1] end
  end
  local ms, sequence = parts(last)
  local our_ms, our_sequence = parts(id)
  if ms < our_ms or (ms == our_ms and sequence < our_sequence) then redis.call('XSETID', stream, id) end
end

local function is_on_stream(id)
  return #redis.call('XRANGE', stream, id, id) > 0
end

local function is_somewhere(job, run, first)
  local known = redis.call('HMGET', job, 'state', 'entry', 'due_at')
  if known[1] and OVER[known[1]] then return true end
  if is_on_stream(first) or (known[2] and is_on_stream(known[2])) then return true end
  return known[3] and delayed_member(KEYS[4], run, known[3]) ~= nil
end

local made = redis.pcall('XGROUP', 'CREATE', stream, group, '0', 'MKSTREAM')
if made.err and not string.find(made.err, 'BUSYGROUP') then return made end -- its memory is full, say

local lost, runs = {}, {}
for number = 1, #KEYS - 4 do
  local at = 3 + 4 * number
  if not is_somewhere(KEYS[4 + number], ARGV[at], ARGV[at + 1]) then
    lost[#lost + 1], runs[#runs + 1] = number, ARGV[at]
  end
end

if #lost > 0 then put_on_record(KEYS[3], runs) end
-- For all of them first, or an entry that is put back gets the id of another that is to be.
for _, number in ipairs(lost) do count_on_from(ARGV[4 + 4 * number]) end
for _, number in ipairs(lost) do
  local at = 3 + 4 * number
  local new_id = redis.call('XADD', stream, '*', 'cs', ARGV[at + 2], 'job', ARGV[at + 3])
  redis.call('HDEL', KEYS[4 + number], 'crashes')
  close(KEYS[4 + number], 'waiting', DAY_MS, {'entry', new_id})
  tell(KEYS[2], 'restored', ARGV[at], ARGV[2], '{}')
end
return lost
