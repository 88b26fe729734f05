-- delay: the entry waits in the delayed set until it is due (after a failure, or for an obstacle).
--
-- KEYS  1 stream, 2 job hash, 3 events, 4 delayed set, 5 lock (where the delivery holds one)
-- ARGV  1 group, 2 consumer, 3 entry id, 4 fence, 5 run, 6 detail of the event (JSON),
--       7 event: retry or wait, 8 new cs, 9 delay in ms, 10... pairs for the job hash
-- Returns 'held' (this call did it), 'already', 'lost', or 'gone' (somebody deleted the body).
--
-- Guarantees: the member of the set is the whole entry, a JSON list of its fields and values, so
-- nothing but the set is needed to bring it back.
local stream, job = KEYS[1], KEYS[2]
local group, consumer, id, fence, run = ARGV[1], ARGV[2], ARGV[3], ARGV[4], ARGV[5]
local verdict, deliveries = standing(stream, group, consumer, id, job, fence)
if verdict ~= 'held' then return verdict end

local fields = moved(stream, id, ARGV[8])
if fields then
  local due = digits(now_ms() + tonumber(ARGV[9]))
  redis.call('ZADD', KEYS[4], due, cjson.encode(fields))
  remove(stream, group, id)
  keep_crashes(job, deliveries)
  settle(job, fence, ARGV[7] == 'retry' and 'retry' or 'waiting', DAY_MS + tonumber(ARGV[9]),
    rest_of(ARGV, 10))
  redis.call('HSET', job, 'due_at', due)
else
  verdict = give_up(stream, group, id, job, fence)
end
unlock(KEYS[5], run)
tell(KEYS[3], fields and ARGV[7] or 'gone', run, consumer, ARGV[6])
return verdict
