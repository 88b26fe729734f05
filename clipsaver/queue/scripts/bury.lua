-- bury: the entry goes to the dead letters, where it stays until it is retried or dropped.
--
-- KEYS  1 stream, 2 job hash, 3 events, 4 dead letters, 5 lock (where the delivery holds one)
-- ARGV  1 group, 2 consumer, 3 entry id, 4 fence, 5 run, 6 detail of the event (JSON),
--       7 new cs, 8 facts of the death (JSON), 9 largest job that is kept whole, in bytes,
--       10 how much of a larger one is kept, 11... pairs for the job hash
-- Returns 'held' (this call did it), 'already', 'lost', or 'gone' (somebody deleted the body).
--
-- The id of the dead letter is its time of death.
local stream, job = KEYS[1], KEYS[2]
local group, consumer, id, fence, run = ARGV[1], ARGV[2], ARGV[3], ARGV[4], ARGV[5]
local verdict = standing(stream, group, consumer, id, job, fence)
if verdict ~= 'held' then return verdict end

local fields = moved(stream, id, ARGV[7])
if fields then
  redis.call('XADD', KEYS[4], '*', unpack(letter_of(fields, ARGV[8], ARGV[9], ARGV[10])))
  remove(stream, group, id)
  settle(job, fence, 'dead', HOUR_MS, rest_of(ARGV, 11))
else
  verdict = give_up(stream, group, id, job, fence)
end
unlock(KEYS[5], run)
tell(KEYS[3], fields and 'dead' or 'gone', run, consumer, ARGV[6])
return verdict
