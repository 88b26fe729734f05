-- hand_back: stop holding an entry, as if it had not been delivered; others take it at once.
--
-- KEYS  1 stream, 2 job hash, 3 events, 4 line, 5 line of live jobs, 6 turns,
--       7 lock of the channel (where the delivery holds one)
-- ARGV  1 group, 2 consumer, 3 entry id, 4 fence, 5 run, 6 detail of the event (JSON),
--       7... pairs for the job hash
-- Returns 'held' (this call did it), 'already' or 'lost'.
--
-- Guarantees: the entry never leaves the pending list. It is first in line, this delivery is not
-- counted, and its fence is closed: whoever still has it changes nothing.
local stream, job = KEYS[1], KEYS[2]
local group, consumer, id, fence, run = ARGV[1], ARGV[2], ARGV[3], ARGV[4], ARGV[5]
local verdict, deliveries = standing(stream, group, consumer, id, job, fence)
if verdict ~= 'held' then return verdict end

free(stream, group, id, math.max(deliveries - 1, 0))
stand_again(stream, KEYS[4], KEYS[5], KEYS[6], {id})
settle(job, fence, 'waiting', DAY_MS, {'entry', id, unpack(rest_of(ARGV, 7))})
unlock(KEYS[7], run)
tell(KEYS[3], 'handed_back', run, consumer, ARGV[6])
return verdict
