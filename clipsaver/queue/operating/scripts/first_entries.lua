-- first_entries: the first entries of all places at once, for who looks at them anew each second.
-- Changes nothing.
--
-- KEYS  1 stream, 2 line, 3 line of live jobs, 4 delayed set
-- ARGV  1 group, 2 consumer of the line, 3 how many at most, 4 least idle time in ms ('' = any: then
--       also what nobody has), 5 whose ('' = everybody's), 6... parts: held, waiting, unread, delayed
-- Returns {entries as `entries_at` returns them, delayed ones as {member, due}, '1' = there are more}.
--
-- What is held comes first, worker by worker, then what waits in line, what was not read yet and what
-- is delayed. One script, so an entry that moves meanwhile is seen once.
local stream, group, most, only = KEYS[1], ARGV[1], tonumber(ARGV[3]), ARGV[5]
local wanted, found, delayed, more = {}, {}, {}, '0'
for at = 6, #ARGV do wanted[ARGV[at]] = true end

-- How many are still wanted, and one more, which tells whether there are more.
local function room()
  return most + 1 - #found - #delayed
end

local function before(score)
  return redis.call('ZCOUNT', KEYS[2], '-inf', '(' .. score) + redis.call('ZCOUNT', KEYS[3], '-inf', '(' .. score)
end

local function add(id, consumer, idle, deliveries)
  local body = redis.call('XRANGE', stream, id, id)[1]
  local score = consumer == ARGV[2] and (redis.call('ZSCORE', KEYS[2], id) or redis.call('ZSCORE', KEYS[3], id))
  found[#found + 1] = {id, consumer, idle, deliveries, body and body[2] or {}, score and before(score) + 1 or 0}
end

local function add_pending(consumer)
  local words = {'XPENDING', stream, group}
  if ARGV[4] ~= '' then
    words[#words + 1] = 'IDLE'
    words[#words + 1] = ARGV[4]
  end
  for _, word in ipairs({'-', '+', room(), consumer}) do words[#words + 1] = word end
  for _, row in ipairs(redis.call(unpack(words))) do add(row[1], row[2], row[3], row[4]) end
end

local function add_held()
  local names = {}
  for _, facts in ipairs(redis.call('XINFO', 'CONSUMERS', stream, group)) do
    local name, pending
    for at = 1, #facts, 2 do
      if facts[at] == 'name' then name = facts[at + 1] end
      if facts[at] == 'pending' then pending = facts[at + 1] end
    end
    if pending > 0 and name ~= ARGV[2] and (only == '' or name == only) then names[#names + 1] = name end
  end
  table.sort(names)
  for _, name in ipairs(names) do
    if room() > 0 then add_pending(name) end
  end
end

local function add_unread()
  local last = last_delivered(stream, group)
  for _, entry in ipairs(redis.call('XRANGE', stream, '(' .. last, '+', 'COUNT', room())) do
    found[#found + 1] = {entry[1], '', 0, 0, entry[2], 0}
  end
end

if wanted.held then add_held() end
if ARGV[4] == '' and only == '' then
  if wanted.waiting and room() > 0 then add_pending(ARGV[2]) end
  if wanted.unread and room() > 0 then add_unread() end
  if wanted.delayed and room() > 0 then
    local rows = redis.call('ZRANGE', KEYS[4], 0, room() - 1, 'WITHSCORES')
    for at = 1, #rows, 2 do delayed[#delayed + 1] = {rows[at], rows[at + 1]} end
  end
end
if #found + #delayed > most then
  more = '1'
  if #delayed > 0 then delayed[#delayed] = nil else found[#found] = nil end
end
return {found, delayed, more}
