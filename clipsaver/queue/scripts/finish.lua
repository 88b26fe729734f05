-- finish: the job is over and leaves the stream (done or cancelled).
--
-- KEYS  1 stream, 2 job hash, 3 events, 4 lock of the channel (where the delivery holds one)
-- ARGV  1 group, 2 consumer, 3 entry id, 4 fence, 5 run, 6 detail of the event (JSON),
--       7 state: done or cancelled, 8... field and value pairs for the job hash
-- Returns 'held' (this call did it), 'already' (an earlier one did) or 'lost' (nothing changed).
local verdict = standing(KEYS[1], ARGV[1], ARGV[2], ARGV[3], KEYS[2], ARGV[4])
if verdict ~= 'held' then return verdict end

remove(KEYS[1], ARGV[1], ARGV[3])
settle(KEYS[2], ARGV[4], ARGV[7], HOUR_MS, rest_of(ARGV, 8))
unlock(KEYS[4], ARGV[5])
tell(KEYS[3], ARGV[7], ARGV[5], ARGV[2], ARGV[6])
return verdict
