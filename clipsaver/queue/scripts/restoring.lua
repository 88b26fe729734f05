-- Prepended to the scripts that put back on the stream what Redis has lost.

-- Makes the stream and its group unless they are there. Returns whether it did, and the error that
-- kept it from that: its memory is full, say.
local function make_group(stream, group)
  local made = redis.pcall('XGROUP', 'CREATE', stream, group, '0', 'MKSTREAM')
  if made.err and not string.find(made.err, 'BUSYGROUP') then return false, made end
  return not made.err
end

local function parts(id)
  local ms, sequence = string.match(id, '^(%d+)-(%d+)$')
  return tonumber(ms), tonumber(sequence)
end

-- A stream that was made anew counts on from an id that it had. For all ids before anything is put
-- back, or what is put back gets the id of another that is to be.
local function count_on_from(stream, id)
  local facts, last = redis.call('XINFO', 'STREAM', stream), '0-0'
  for at = 1, #facts, 2 do
    if facts[at] == 'last-generated-id' then last = facts[at + 1] end
  end
  local ms, sequence = parts(last)
  local our_ms, our_sequence = parts(id)
  if ms < our_ms or (ms == our_ms and sequence < our_sequence) then redis.call('XSETID', stream, id) end
end

local function is_on_stream(stream, id)
  return #redis.call('XRANGE', stream, id, id) > 0
end
