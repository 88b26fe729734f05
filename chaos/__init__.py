"""The queue under fire: real workers and servers that are killed, frozen and cut off at random.

    plan      which faults come when, from a seed (decides only)
    work      the jobs, the Discord that they read, and what has to come of them (decides only)
    discord   the simulator, in a process of its own
    links     what lies between a worker and its stores, and can be cut
    stage     servers, links and workers, and how each is started and ended
    faults    how each fault of the plan is carried out
    watch     what happened when: recoveries, freezes, stops
    producer  pushes the jobs, as long as it takes
    headway   whether they get on, or hang (decides only)
    checks    whether what is in PostgreSQL and in Redis is what has to be
    logs      whether the workers did as they have to, by their logs
    stops     how soon a worker has to be gone that was told to stop (decides only)
    thefts    whether anybody took a living worker's jobs (decides only)
    telling   how what is wrong is told
    play      one run, from the first server to the last check
    report    what a run prints
    record    its row in docs/reliability.md

`make chaos ARGS="--seed 123 --jobs 2000"` replays the plan of a seed. Nothing here knows how the
worker works inside: it sees processes, rows, keys and log lines.
"""
