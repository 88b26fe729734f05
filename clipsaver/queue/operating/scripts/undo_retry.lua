-- undo_retry: dead letters that were retried are dead letters again, unless a worker has begun with
-- them.
--
-- KEYS  1 stream, 2 dead letters, 3 events, 4 audit, 5 line, 6 line of live jobs, then two per letter:
--       where it was kept, job hash of the run that its retry began
-- ARGV  1-5 of the audit (see there), 6 group, then two per letter: its id, entry of its retry
-- Returns for each {'undone', id of the letter now}, {'begun'} (a worker has taken it: it stays a job)
-- or {'gone'} (nobody retried it lately, or its entry is gone).
--
-- A letter's id is the time of its death, and ids of a stream only grow: it gets a new one.
local stream, group = KEYS[1], ARGV[6]
for _, key in ipairs({KEYS[2], KEYS[4]}) do redis.call('XLEN', key) end -- are they streams?
last_delivered(stream, group) -- raises NOGROUP before anything is written

local function has_begun(id, job)
  if redis.call('HEXISTS', job, 'fence') == 1 then return true end
  local row = redis.call('XPENDING', stream, group, id, id, 1)[1]
  return row and row[2] ~= WAITING
end

local fates, meant, ids, seen = {}, {}, {}, {}
for number = 1, (#KEYS - 6) / 2 do
  local key, job = KEYS[5 + 2 * number], KEYS[6 + 2 * number]
  local id, entry = ARGV[5 + 2 * number], ARGV[6 + 2 * number]
  local text = not seen[id] and redis.call('GET', key)
  local kept = text and cjson.decode(text)
  if not kept or kept[1] ~= entry or #redis.call('XRANGE', stream, entry, entry) == 0 then
    fates[number] = {'gone'}
  elseif has_begun(entry, job) then
    fates[number] = {'begun'}
  else
    fates[number] = {'undone'}
    ids[#ids + 1] = id
    meant[#meant + 1] = {kept = kept, entry = entry, key = key, fate = fates[number]}
    seen[id] = true -- named twice, it is undone once
  end
end

if #ids > 0 then put_on_record(KEYS[4], ids) end
for _, one in ipairs(meant) do
  local new_id = redis.call('XADD', KEYS[2], '*', unpack(one.kept[2]))
  one.fate[2] = new_id
  redis.call('DEL', one.key)
  take_away(stream, group, nil, KEYS[5], KEYS[6], {id = one.entry})
  tell(KEYS[3], 'retry_undone', stream .. '/' .. one.entry, ARGV[2], cjson.encode({letter = new_id}))
end
return fates
