"""The worker: takes jobs from the stream and does them, many at once.

`nursery` says what starts, what it watches and in which order it stops; the other modules are the
services that it starts and share only values.

    the ground    stores, readying, restoring, naming, place (what jobs work with), process
    a job's way   intake, slots, leases, runner, attempt, doing, pauses, obstacles, surveying,
                  job_log
    orders        orders (of operators), cancelling, draining, leaving
    what is told  progress, pace, tally, statistics, reporting (heartbeats), line_events
    upkeep        upkeep, reach (is Discord away?), lessons (learnt limits), abilities
    privacy/      purges: jobs that delete, and those that nobody carries out any more
    guild_watch   keeps guilds current, by one worker of all
    watching/     jobs and a loop that stand still, and the tree of tasks
    thumbnailing/ the sub-nursery that makes stills
    exposing/     /metrics, /healthz and /readyz
"""
