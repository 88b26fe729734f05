-- requeue: the entry goes to the end of the stream at once (a slice is over and others wait).
--
-- KEYS  1 stream, 2 job hash, 3 events, 4 lock of the channel (where the delivery holds one)
-- ARGV  1 group, 2 consumer, 3 entry id, 4 fence, 5 run, 6 detail of the event (JSON), 7 new cs,
--       8... pairs for the job hash
-- Returns 'held' (this call did it), 'already', 'lost', or 'gone' (somebody deleted the body).
local stream, job = KEYS[1], KEYS[2]
local group, consumer, id, fence, run = ARGV[1], ARGV[2], ARGV[3], ARGV[4], ARGV[5]
local verdict, deliveries = standing(stream, group, consumer, id, job, fence)
if verdict ~= 'held' then return verdict end

local fields = moved(stream, id, ARGV[7])
if fields then
  local new_id = redis.call('XADD', stream, '*', unpack(fields))
  remove(stream, group, id)
  keep_crashes(job, deliveries)
  settle(job, fence, 'waiting', DAY_MS, {'entry', new_id, unpack(rest_of(ARGV, 8))})
else
  verdict = give_up(stream, group, id, job, fence)
end
unlock(KEYS[4], run)
tell(KEYS[3], fields and 'slice' or 'gone', run, consumer, ARGV[6])
return verdict
