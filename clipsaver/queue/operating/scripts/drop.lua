-- drop: dead letters are deleted for good.
--
-- KEYS  1 dead letters, 2 events, 3 audit
-- ARGV  1-5 of the audit (see there), 6... ids of letters
-- Returns for each id {'dropped'} or {'gone'} (it was retried or dropped before).
for _, key in ipairs({KEYS[1], KEYS[3]}) do redis.call('XLEN', key) end -- are they streams?

local function run_of_letter(fields)
  for at = 1, #fields, 2 do
    if fields[at] == 'dead' then
      local fine, facts = pcall(cjson.decode, fields[at + 1])
      if fine and type(facts) == 'table' and type(facts.run) == 'string' then return facts.run end
    end
  end
  return ''
end

local fates, ids, runs, seen = {}, {}, {}, {}
for at = 6, #ARGV do
  local id = ARGV[at]
  local found = seen[id] and {} or redis.call('XRANGE', KEYS[1], id, id)
  seen[id] = true
  fates[#fates + 1] = {found[1] and 'dropped' or 'gone'}
  if found[1] then
    ids[#ids + 1], runs[#runs + 1] = id, run_of_letter(found[1][2])
  end
end

if #ids > 0 then
  put_on_record(KEYS[3], ids)
  redis.call('XDEL', KEYS[1], unpack(ids))
end
for _, run in ipairs(runs) do tell(KEYS[2], 'dropped', run, ARGV[2], '{}') end
return fates
