-- What only the server knows: the time, which is the one clock of all workers, and which server it
-- is. Tests put a clock of their own in the place of this file.

local function now_s()
  local time = redis.call('TIME')
  return tonumber(time[1]) + tonumber(time[2]) / 1000000
end

-- Another one after each restart, and another after a failover.
local function server_id()
  return string.match(redis.call('INFO', 'server'), 'run_id:(%x+)')
end
