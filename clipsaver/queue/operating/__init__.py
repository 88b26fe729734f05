"""What operators see of the stream and do to it; the command line and the terminal UI stand on it.
What takes the database as well is in `clipsaver/operating`.

Everything here is plain `async def` over a `Link`, on Trio or asyncio, and nothing of the worker
needs it. What changes something is one script for each chunk of it, under `scripts/`, which
writes the audit event in the same step.

    pending       every entry with what happens to it next
    places        where entries stand, page by page, or the first of them at once
    reports       what runs say of themselves, of many at once
    find          the entries that a person names
    filters       what entries and dead letters can be chosen by alike (decides only)
    selection     the entries that a person means by a filter (decides only)
    release       entries are taken from a holder that is gone or stuck
    jobs          how far a run is (decides only)
    workers       who works, and what those that are gone have left
    cancel        runs that were cancelled or are dropped leave the stream
    bury          entries that a person sends to the dead letters
    control       orders to workers
    repair        runs whose entry is nowhere go back on the stream
    verdicts      what happens next to an entry (decides only)
    words         that in words (decides only)
    heartbeats    which workers live
    sketch        what a job says of itself, as far as it can be read (decides only)
    audit         who did what, when and why: kept for 30 days
    backlog       how long the queue is and how far behind
    answers       what Discord answered last, as workers say
    trees         asks a worker what its tasks are
    dead_letters/ what each says, which are meant, what to do about them
    lua           the scripts of this room
"""
