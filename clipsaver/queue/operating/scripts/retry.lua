-- retry: dead letters go to the end of the stream again, each to begin a run of its own.
--
-- KEYS  1 stream, 2 dead letters, 3 events, 4 audit, then where each letter is kept for who undoes it
-- ARGV  1-5 of the audit (see there), 6 how long it is kept, in ms, 7... ids of letters
-- Returns for each id {'retried', id of the new entry}, {'cut'} (of its job only the beginning was
-- kept: it stays) or {'gone'} (it was retried or dropped before).
--
-- Guarantees: a letter that several people ask for is moved once. The new entry has the job and
-- the producer's fields as they were; its `cs` says only which run died and how often the job was
-- retried, so that attempts, waits, deliveries and crashes are counted anew.
for _, key in ipairs({KEYS[1], KEYS[2], KEYS[4]}) do redis.call('XLEN', key) end -- are they streams?

local function object(text)
  local fine, decoded = pcall(cjson.decode, text)
  return fine and type(decoded) == 'table' and decoded or {}
end

-- {entry, run that died, is the job cut?} of a letter, or nil where it is not there.
local function opened(id)
  local found = redis.call('XRANGE', KEYS[2], id, id)
  if not found[1] then return nil end
  local old, entry, facts, carried, job = found[1][2], {'cs', ''}, {}, {}, nil
  for at = 1, #old, 2 do
    local name, value = old[at], old[at + 1]
    if name == 'dead' then
      facts = object(value)
    elseif name == 'cs' then
      carried = object(value)
    elseif name == 'job' then
      job = value
    elseif #entry < 2 * MOST_FIELDS then
      entry[#entry + 1] = name
      entry[#entry + 1] = value
    end
  end
  if job then
    entry[#entry + 1] = 'job'
    entry[#entry + 1] = job
  end
  local run = type(carried.run) == 'string' and carried.run or facts.run
  if type(run) ~= 'string' then run = '' end
  entry[2] = cjson.encode({retry_of = run, retries = (tonumber(carried.retries) or 0) + 1})
  local is_cut = job and type(facts.job_bytes) == 'number' and facts.job_bytes > #job
  return {entry = entry, run = run, is_cut = is_cut, old = old}
end

local fates, letters, ids, seen = {}, {}, {}, {}
for at = 7, #ARGV do
  local id = ARGV[at]
  local letter = not seen[id] and opened(id)
  seen[id] = true
  if not letter then
    fates[#fates + 1] = {'gone'}
  elseif letter.is_cut then
    fates[#fates + 1] = {'cut'}
  else
    fates[#fates + 1] = {'retried'}
    letter.fate, letter.key = fates[#fates], KEYS[at - 2]
    letters[#letters + 1], ids[#ids + 1] = letter, id
  end
end

if #ids > 0 then put_on_record(KEYS[4], ids) end
for at, letter in ipairs(letters) do
  local new_id = redis.call('XADD', KEYS[1], '*', unpack(letter.entry))
  -- Never in the way: without it a retry cannot be undone, and nothing else.
  if #letter.old <= 2 * MOST_FIELDS + 6 then
    redis.pcall('SET', letter.key, cjson.encode({new_id, letter.old}), 'PX', ARGV[6])
  end
  redis.call('XDEL', KEYS[2], ids[at])
  letter.fate[2] = new_id
  tell(KEYS[3], 'retried', letter.run, ARGV[2], cjson.encode({as = KEYS[1] .. '/' .. new_id}))
end
return fates
