-- reclaim: entries whose lease ran out go back in line, in front, and so does what lost its place.
--
-- KEYS  1 stream, 2 line, 3 line of live jobs, 4 turns, 5 events
-- ARGV  1 group, 2 how idle they are at least, in ms, 3 how many of each consumer at most,
--       4 consumer that asks for it, 5 when it heard from us last (Unix ms, '' = do not ask),
--       6... ids that it holds: its renewal is only late
-- Returns {how many went back, ids whose body is gone (dropped from the pending list), now (Unix
-- ms), '1' = nothing was done, since the caller heard from us half a lease ago or more}.
--
-- A server or a machine that stood still finds every lease run out, also where the call was sent
-- before and waited in a buffer. Holders that live renew each third of a lease, so within half a
-- lease none of them can have lost it.
--
-- Guarantees: an entry that goes back keeps its deliveries, which the next one adds to. Its holder
-- is not asked: if it lives, it finds the entry lost, and its fence is passed by the next delivery.
local stream, line, live, key = KEYS[1], KEYS[2], KEYS[3], KEYS[4]
local group, least_idle, most = ARGV[1], ARGV[2], tonumber(ARGV[3])
local held, back, gone = {}, {}, {}
for at = 6, #ARGV do held[ARGV[at]] = true end

local now = now_ms()
if ARGV[5] ~= '' and now - tonumber(ARGV[5]) >= tonumber(ARGV[2]) / 2 then
  return {0, {}, digits(now), '1'}
end

local function body_of(id)
  local entry = redis.call('XRANGE', stream, id, id)[1]
  if entry then return entry[2] end
  redis.call('XACK', stream, group, id)
  gone[#gone + 1] = id
end

-- Somebody took the line away, or an error kept an entry from it: it is pending all the same.
-- Very many are mended over several calls.
local function mend()
  local turns, from, mended = turns_of(key), '-', 0
  repeat
    local rows = redis.call('XPENDING', stream, group, from, '+', 1000, WAITING)
    for _, row in ipairs(rows) do
      local id = row[1]
      if not redis.call('ZSCORE', line, id) and not redis.call('ZSCORE', live, id) then
        local fields = body_of(id)
        if fields then stand(stream, line, live, turns, id, fields) end
        mended = mended + 1
      end
      from = '(' .. id
    end
  until #rows < 1000 or mended >= 5000
  turns.keep()
end

for _, facts in ipairs(redis.call('XINFO', 'CONSUMERS', stream, group)) do
  local of = {}
  for at = 1, #facts, 2 do of[facts[at]] = facts[at + 1] end
  if of.name == WAITING then
    if of.pending > redis.call('ZCARD', line) + redis.call('ZCARD', live) then mend() end
  elseif of.pending > 0 then
    for _, row in ipairs(redis.call('XPENDING', stream, group, 'IDLE', least_idle, '-', '+', most, of.name)) do
      local id, idle, deliveries = row[1], row[3], row[4]
      local fields = not held[id] and body_of(id)
      if fields then
        free(stream, group, id, deliveries)
        back[#back + 1] = id
        tell(KEYS[5], 'reclaimed', run_of(stream, id, fields), of.name,
          cjson.encode({by = ARGV[4], deliveries = deliveries, silent_ms = idle}))
      end
    end
  end
end
stand_again(stream, line, live, key, back)
return {#back, gone, digits(now), '0'}
