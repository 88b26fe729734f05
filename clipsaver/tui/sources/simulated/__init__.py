"""A made-up fleet behind the same two protocols as the live one: for `clipsaver tui --demo`, for
snapshots and for who has no server at hand.

What is seen follows from the scene, the seed, the seconds since the start and what the operator
did. The clock is an argument, chance has a seed, and looking changes nothing. What is decided of a
run (verdicts, retries, burials, advice) is decided by the code that workers go by.

    fleet     SimulatedFleet: the source and the operator over one world
    source    looks
    operator  acts, and says before what it would do
    deeds     what each deed changes
    previews  what it would change, in facts for the dialog
    bodies    what each view is given
    entries, members, limits    the records of runs, of workers and of Discord's limits
    clips, pictures    what was saved: rows, details, and the pictures themselves (WebP)
    scenes    how a world begins, and what the script of faults does to it
    faults    servers that are away, workers that die, a bucket that is empty
    working   what workers do: take, get on, wait, fail, end
    letters   dead letters
    history   the hour before the start
    world     time, what is due, and what has happened
    state     runs and workers as they stand
    cast      names: of guilds, channels, people and files; and those that are a trial to a screen

Imports go downwards in this list.
"""
