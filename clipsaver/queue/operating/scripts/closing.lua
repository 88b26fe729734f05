-- Prepended to every script of this room, after `audit`: how a run is taken from whoever holds it,
-- and where it is while it is delayed.

-- Closes the run's fence by one that is greater than any before: what its holder still wants to
-- change is refused, and it loses the lease at its next renewal.
local function close(job, state, ttl_ms, facts)
  local fence = digits(math.max(now_us(), (tonumber(redis.call('HGET', job, 'fence')) or 0) + 1))
  redis.call('HSET', job, 'fence', fence)
  settle(job, fence, state, ttl_ms, facts)
end

local function is_of(member, run)
  local fine, fields = pcall(cjson.decode, member)
  if not fine or type(fields) ~= 'table' then return false end
  for at = 1, #fields - 1, 2 do
    if fields[at] == 'cs' then
      local well, carried = pcall(cjson.decode, fields[at + 1])
      return well and type(carried) == 'table' and carried.run == run
    end
  end
  return false
end

-- The member of the delayed set that is this run's and due at that time (Unix ms), or nil.
local function delayed_member(delayed, run, due)
  for _, member in ipairs(redis.call('ZRANGEBYSCORE', delayed, due, due)) do
    if is_of(member, run) then return member end
  end
  return nil
end

-- An entry where it was seen, or nil where it is not there any more: {fields (nil = somebody deleted
-- its body), holder (nil = no worker's)}. `due` is that of a delayed one, whose id is ''.
local function entry_at(stream, group, delayed, run, id, due)
  if id == '' then
    local member = delayed_member(delayed, run, due)
    return member and {member = member, fields = cjson.decode(member)}
  end
  local row = redis.call('XPENDING', stream, group, id, id, 1)[1]
  local body = redis.call('XRANGE', stream, id, id)[1]
  if not row and not body then return nil end
  return {id = id, fields = body and body[2], holder = row and row[2] ~= WAITING and row[2] or nil}
end

-- Takes it from there, with its place in line.
local function take_away(stream, group, delayed, line, live, entry)
  if entry.member then
    redis.call('ZREM', delayed, entry.member)
    return
  end
  redis.call('ZREM', line, entry.id)
  redis.call('ZREM', live, entry.id)
  remove(stream, group, entry.id)
end

-- Wakes whoever has the run: it stops its work. Wakes stay for an hour, however many there are: who
-- held one then has long renewed.
local function wake(wakes, run)
  redis.call('XADD', wakes, 'MINID', '~', digits(now_ms() - HOUR_MS), '*', 'run', run)
  redis.call('PEXPIRE', wakes, HOUR_MS)
end
