-- restore: deliveries in hand whose entry is nowhere any more go back on the stream, each once.
--
-- After the stream was evicted, flushed or deleted under the workers.
-- KEYS  1 stream, 2 events, then the job hash of each
-- ARGV  1 group, 2 consumer, then five per entry: entry id, fence ('' = its delivery never began),
--       run, new cs, job ('' = it had none)
-- Returns {positions (from 1) of those that were put back, positions of those whose body somebody
-- deleted, '1' = the stream or its group was missing}.
--
-- Guarantees: one that is on the stream, pending, settled, or held under another fence is left
-- alone, and so is one that an earlier call put back. A stream that was made anew counts on from
-- the ids that it had, so no new job gets the run id of an old one.
local stream, events, group, consumer = KEYS[1], KEYS[2], ARGV[1], ARGV[2]
local OVER = {done = true, dead = true, cancelled = true, gone = true}

local function is_elsewhere(known, id, fence)
  if known[3] and OVER[known[3]] then return true end
  if fence ~= '' and known[1] and (known[1] ~= fence or known[2] == fence) then return true end
  if fence == '' and known[1] ~= known[2] then return true end
  if is_on_stream(stream, id) or (known[4] and is_on_stream(stream, known[4])) then return true end
  return #redis.call('XPENDING', stream, group, id, id, 1) > 0
end

local was_missing, refused = make_group(stream, group)
if refused then return refused end
for arg = 3, #ARGV, 5 do count_on_from(stream, ARGV[arg]) end

local restored, deleted = {}, {}
for entry = 1, #KEYS - 2 do
  local job, arg = KEYS[entry + 2], 5 * entry - 2
  local id, fence, run = ARGV[arg], ARGV[arg + 1], ARGV[arg + 2]
  local known = redis.call('HMGET', job, 'fence', 'settled', 'state', 'entry')
  if known[3] == 'gone' and (fence == '' or known[1] == fence) then
    deleted[#deleted + 1] = entry
  elseif not is_elsewhere(known, id, fence) then
    local fields = {'cs', ARGV[arg + 3]}
    if ARGV[arg + 4] ~= '' then
      fields[3], fields[4] = 'job', ARGV[arg + 4]
    end
    local new_id = redis.call('XADD', stream, '*', unpack(fields))
    local closed = fence ~= '' and fence or '0'
    redis.call('HSET', job, 'fence', closed)
    settle(job, closed, 'waiting', DAY_MS, {'entry', new_id})
    tell(events, 'restored', run, consumer, '{}')
    restored[#restored + 1] = entry
  end
end
return {restored, deleted, was_missing and '1' or '0'}
