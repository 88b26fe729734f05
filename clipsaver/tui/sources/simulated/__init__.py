"""A made-up fleet behind the same two protocols as the live one: for `clipsaver tui --demo`, for
snapshots and for who has no server at hand.

What is seen follows from the scene, the seed, the seconds since the start and what the operator
did. The clock is an argument, chance has a seed, and looking changes nothing. What is decided of a
run (verdicts, retries, burials, advice) is decided by the code that workers go by.

    fleet     SimulatedFleet: the source and the operator over one world
    operator  acts, and says before what it would do
    deeds     what each deed changes
    finding   what a wish means, and what it would do
    source    looks
    bodies    what each view is given
    scenes    how a world begins
    filling, past    the entries that there are at first, and what had happened by then
    faults    servers that are away, workers that die, a bucket that is empty; the script of them
    upkeep    heartbeats, renewals, takeovers, minutes, new jobs
    working   what workers do: take, get on, wait, fail, end
    slots     who may take which entry
    members, limits, entries    the records of workers, of Discord's limits and of runs
    telling, log_lines    events
    history   the minutes before the start, and since
    world     time, what is due, and what has happened
    letters   dead letters
    clips, pictures    what was saved: rows, details, and the pictures themselves (WebP)
    state     runs and workers as they stand
    cast      names: of guilds, channels, people and files; and those that are a trial to a screen

Imports go downwards in this list.
"""

from clipsaver.tui.sources.simulated.fleet import SimulatedFleet
from clipsaver.tui.sources.simulated.scenes import Scene

__all__ = ["Scene", "SimulatedFleet"]
