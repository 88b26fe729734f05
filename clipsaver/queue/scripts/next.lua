-- next: what is to run next, in the order of the line, in which new entries are put first.
--
-- KEYS  1 stream, 2 line, 3 line of live jobs, 4 turns
-- ARGV  1 group, 2 consumer, 3 how many jobs at most, 4 how many of them may be other than live ones,
--       5 how many new entries to put in line at most, 6... ids that the consumer has in hand
-- Returns {entries, ids whose body is gone, '1' = more new entries are to be put in line}.
--
-- Guarantees: an entry is in line as soon as the group has delivered it, and is this consumer's when
-- it leaves the line, which counts as its delivery. What the consumer has in hand and was reclaimed
-- stays in line until it has noticed: nobody has an entry twice.
local stream, line, live, key = KEYS[1], KEYS[2], KEYS[3], KEYS[4]
local group, consumer = ARGV[1], ARGV[2]
local most, most_others, look_at = tonumber(ARGV[3]), tonumber(ARGV[4]), tonumber(ARGV[5])
local turns = turns_of(key)
local in_hand = {}
for at = 6, #ARGV do in_hand[ARGV[at]] = true end

local read = redis.call('XREADGROUP', 'GROUP', group, WAITING, 'COUNT', look_at, 'STREAMS', stream, '>')
local new = read and read[1][2] or {}
for _, entry in ipairs(new) do
  free(stream, group, entry[1], 0)
  stand(stream, line, live, turns, entry[1], entry[2])
end

local found, gone = {}, {}

local function take(from, row, start)
  redis.call('ZREM', from, row)
  -- A place without an entry: only a person, or somebody who acknowledged it, can have left it.
  if not string.find(row, '^%d+%-%d+$') or not deliveries_of(stream, group, WAITING, row) then return end
  turns.set('now', math.max(turns.now(), start))
  local claimed = redis.call('XCLAIM', stream, group, consumer, 0, row)
  if claimed[1] then found[#found + 1] = claimed[1] else gone[#gone + 1] = row end
end

local function heads(of, count)
  if count <= 0 then return {} end
  local rows, takeable = redis.call('ZRANGE', of, 0, count + #ARGV - 6, 'WITHSCORES'), {}
  for at = 1, #rows, 2 do
    if not in_hand[rows[at]] and #takeable < 2 * count then
      takeable[#takeable + 1] = rows[at]
      takeable[#takeable + 1] = rows[at + 1]
    end
  end
  return takeable
end

-- The lowest starts of both, as long as there is room for one of its kind.
local lives, others = heads(live, most), heads(line, math.min(most, most_others))
local l, o = 1, 1
while #found < most and (lives[l] or others[o]) do
  if lives[l] and (not others[o] or tonumber(lives[l + 1]) <= tonumber(others[o + 1])) then
    take(live, lives[l], tonumber(lives[l + 1]))
    l = l + 2
  else
    take(line, others[o], tonumber(others[o + 1]))
    o = o + 2
  end
end

if redis.call('EXISTS', line, live) > 0 then turns.keep() else redis.call('DEL', key) end
return {found, gone, #new == look_at and '1' or '0'}
