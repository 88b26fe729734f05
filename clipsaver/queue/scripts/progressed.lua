-- progressed: this delivery has committed its first page, so the job is not what takes workers down.
--
-- KEYS  1 stream, 2 job hash
-- ARGV  1 group, 2 consumer, 3 entry id, 4 fence
-- Returns 'held' (the delivery count starts anew at this one), 'already' or 'lost'. One whose body
-- somebody deleted is left as it is: a claim would drop it unseen, and `renew` tells of it.
local verdict = standing(KEYS[1], ARGV[1], ARGV[2], ARGV[3], KEYS[2], ARGV[4])
if verdict == 'held' and #redis.call('XRANGE', KEYS[1], ARGV[3], ARGV[3]) > 0 then
  redis.call('XCLAIM', KEYS[1], ARGV[1], ARGV[2], 0, ARGV[3], 'RETRYCOUNT', 1, 'JUSTID')
  redis.call('HDEL', KEYS[2], 'crashes')
end
return verdict
