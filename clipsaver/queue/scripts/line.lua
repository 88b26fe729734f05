-- Prepended to the scripts that put entries in line or take them out of it.
--
-- What waits stands in one of two sorted sets, live jobs apart (of priority `live`, as `message`
-- jobs are unless they say otherwise, and `message_deletion`), by its virtual start: each guild's
-- jobs follow each other at a distance, and the lowest goes next. So guilds take turns however many
-- jobs each of them has (start-time fair queueing; Goyal, Vin, Cheng: "Start-time Fair Queuing",
-- SIGCOMM 1996). A live job stands a whole turn ahead and takes 1/64 of one: a guild's first 64 go
-- before all that waits, and more of them do not shut out the other guilds' jobs.
--
-- One that made way for others and has much left to do changes places with another one of its guild
-- that has less, the nearer to the front the more that is: a channel is read one page after the
-- other, so the longest would be read alone in the end. The guild's places stay the same. Who has
-- waited for a day keeps its own: where long ones come without end, the others would never be done.
--
-- An entry in line is pending under WAITING, which is what keeps it; the line is only its order.

local TURN = 1
local LIVE_TURN = TURN / 64
local MUCH = 3 -- who has so much left stands in the middle of its guild's
local MOST_LOOKED_AT = 256
local looks = 1024 -- that this call may still take: each costs all others some microseconds
local MOST_JOB_BYTES = 65536 -- a larger one is of no type and no guild here: decoding is slow

-- Whether a job is live, and its guild; of what cannot be read it is not, and ''.
local function kind_of(fields)
  local job = ''
  for at = 1, #fields, 2 do
    if fields[at] == 'job' then job = fields[at + 1] end
  end
  if #job > MOST_JOB_BYTES then return false, '' end
  local fine, decoded = pcall(cjson.decode, job)
  if not fine or type(decoded) ~= 'table' then return false, '' end
  local guild = decoded['guild_id']
  local kind, priority = decoded['type'], decoded['priority']
  local is_live = (kind == 'batch' and priority == 'live')
    or (kind == 'message' and (priority == nil or priority == 'live'))
    or kind == 'message_deletion'
  return is_live, type(guild) == 'string' and #guild <= 20 and guild or ''
end

-- Pages that are left of a job that made way; nil where that cannot be told.
local function left_of(fields)
  for at = 1, #fields, 2 do
    if fields[at] == 'cs' and #fields[at + 1] <= MOST_JOB_BYTES then
      local fine, carried = pcall(cjson.decode, fields[at + 1])
      local left = fine and type(carried) == 'table' and carried['left_pages']
      if type(left) == 'number' and left > 0 then return left end
    end
  end
end

-- The turns of a call: read when first asked for, written once by `keep`.
local function turns_of(key)
  local known, changed = {}, {}
  local turns = {}

  function turns.get(name)
    if known[name] == nil then known[name] = tonumber(redis.call('HGET', key, name) or '-inf') end
    return known[name]
  end

  function turns.now()
    return math.max(turns.get('now'), 0)
  end

  function turns.set(name, value)
    known[name], changed[name] = value, value
  end

  function turns.keep()
    for name, value in pairs(changed) do redis.call('HSET', key, name, string.format('%.17g', value)) end
  end

  return turns
end

-- The guild's first job behind `from` that is known to have clearly less left: its place, its
-- id and what it has. One of which nothing is known may be the longest of all.
local function shorter(stream, line, guild, left, from)
  local rows = redis.call('ZRANGEBYSCORE', line, string.format('%.17g', from), '+inf', 'WITHSCORES',
    'LIMIT', 0, math.min(MOST_LOOKED_AT, looks))
  local a_day_ago = now_ms() - DAY_MS
  for at = 1, #rows, 2 do
    looks = looks - 1
    local came_ms = tonumber(string.match(rows[at], '^(%d+)%-%d+$') or '')
    local entry = came_ms and came_ms > a_day_ago and redis.call('XRANGE', stream, rows[at], rows[at])[1]
    local its = entry and left_of(entry[2])
    if its and its < 0.75 * left then
      local _, other = kind_of(entry[2])
      if other == guild then return tonumber(rows[at + 1]), rows[at], its end
    end
  end
end

-- Gives a job that has much left a place of its guild's that is nearer to the front than `last`. Who
-- had it looks for another one in the same way, and who finds none gets `last`.
local function go_ahead(stream, line, guild, now, last, id, left)
  while left do
    local from = now + (last - now) / (1 + (left / MUCH) ^ 2)
    local place, other, its = shorter(stream, line, guild, left, from)
    if not place or place >= last then break end
    redis.call('ZADD', line, string.format('%.17g', place), id)
    id, left = other, its
  end
  redis.call('ZADD', line, string.format('%.17g', last), id)
end

-- Puts an entry in line: at the end of its guild's, or in front of all others.
local function stand(stream, line, live, turns, id, fields, in_front)
  local is_live, guild = kind_of(fields)
  local now = turns.now()
  if is_live then
    local name = 'live:' .. guild
    local start = math.max(now - TURN, turns.get(name)) + LIVE_TURN
    if in_front then start = now - TURN else turns.set(name, start) end
    redis.call('ZADD', live, string.format('%.17g', start), id)
  else
    local name = 'guild:' .. guild
    local start = math.max(now, turns.get(name)) + TURN
    if in_front then
      redis.call('ZADD', line, string.format('%.17g', now), id)
    else
      turns.set(name, start)
      go_ahead(stream, line, guild, now, start, id, left_of(fields))
    end
  end
end

-- The same for entries that come back from a worker, which have waited before.
local function stand_again(stream, line, live, key, ids)
  local turns = turns_of(key)
  for _, id in ipairs(ids) do
    local entry = redis.call('XRANGE', stream, id, id)[1]
    if entry then stand(stream, line, live, turns, id, entry[2], true) end
  end
end
