"""Snapshots of workers that did something of everything."""

from __future__ import annotations

from clipsaver.database.writer_statistics import COMMIT_BOUNDS_S
from clipsaver.discord_rest.limits.view import LimitsView
from clipsaver.queue import worker_statistics as told
from clipsaver.queue.operating.backlog import Backlog
from clipsaver.queue.worker_statistics import WorkerStatistics
from clipsaver.worker.exposing.figures import Snapshot

UP = {"redis": True, "postgresql": True, "discord": True, "thumbnails": False}
LIMITS = LimitsView(
    known=True,
    rate=45.0,
    sent=9,
    on_their_way=1,
    buckets=[],
    learnt=[],
    waiting=[],
    invalid=[],
    held_for_s=-1.0,
    trial_in_s=-1.0,
    closed_for_s=0.0,
    closed_why="",
)
TOLD = WorkerStatistics(
    slots=told.Slots(concurrency=64, live=1, others=5, ending=2),
    leases=told.Leases(beginning=1, held=8, lost=3),
    by_type={"batch": {"done": 7, "slice": 2}, "bad_job": {"dead": 1}},
    redelivered={"worker_lost": 2},
    pages=told.Pages(
        groups=4,
        pages=9,
        messages=812,
        clips=37,
        commit_seconds=12.5,
        commit_times=(1, 0, 2, *[0] * (len(COMMIT_BOUNDS_S) - 3), 1),
        waiting=6,
    ),
    database=told.Connections(idle=2, in_use=1, waiting=4, opened=3),
    limits=told.Limits(waiting=5, waits=11, waited_s=42.25, invalid_requests=17),
    discord=told.Discord(
        routes={"GET /channels/{channel}/messages": {"200": 9, "429": 1}},
        refusals={"user": 1},
        failures=2,
        token_held_for_s=3.0,
    ),
    thumbnails=told.Thumbnails(
        making=4,
        by_source={"decode": {"ready": 5}, "none": {"pending": 1}},
        missed={"media_gone": 1},
        answers={"206": 12},
        bytes_fetched=3_000_000,
        bytes_saved=90_000_000,
    ),
    process=told.Process(tasks=60),
    redis_ms=2.5,
)
BUSY = Snapshot(
    state="running",
    up=UP,
    late_s=0.25,
    statistics=TOLD,
    backlog=Backlog(held=8, waiting=100, unread=3, delayed=2, dead=1, oldest_s=61.5),
    limits=LIMITS,
    requests_per_second=45.0,
)
STARTING = Snapshot(state="starting", up=dict.fromkeys(UP, False), late_s=0.0)
