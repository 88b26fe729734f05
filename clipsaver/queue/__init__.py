"""The stream: reading, leases, outcomes, dead letters, delays, progress and presence.

Everything here is plain `async def` over a Redis client that the caller brings (on Trio or
asyncio). What must happen in one step is a Lua script under `scripts/`, whose header says what
its keys and arguments are and what it guarantees.

    intake     entries to work on: those whose turn it is, new ones, due ones
    lease      take an entry, keep it, know when it is lost
    outcomes   done, retry, wait, slice, dead, handed back, cancelled
    policy     which outcome an error leads to (decides only)
    takeover   after an outage: whose lease may be taken over (decides only)
    control    what workers are ordered to do
    cancelled  workers hear of runs that somebody has ended
    restore    after the stream was lost: what is in hand goes back on it
    server     is it new enough, and what may it throw away?
    produce    put jobs on the stream, follow a run
    progress, presence, depth, events   what others may see
    worker_statistics, series   what workers do, now and minute by minute
"""
