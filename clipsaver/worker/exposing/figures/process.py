"""Figures of the worker itself."""

from __future__ import annotations

import platform

from clipsaver import __version__
from clipsaver.queue.worker_statistics import Connections, WorkerStatistics
from clipsaver.worker.exposing.figures.figure import Figure, Kind, of_worker, one


def _pools(told: WorkerStatistics) -> tuple[tuple[str, Connections], ...]:
    return ("postgresql", told.database), ("redis", told.redis), ("discord", told.http)


STATES = ("starting", "running", "paused", "draining", "stopping")

FIGURES = (
    Figure(
        "clipsaver_build_info",
        Kind.GAUGE,
        "Which version runs; always 1, to be joined with other series.",
        lambda _: [((__version__, platform.python_version()), 1.0)],
        ("version", "python"),
    ),
    Figure(
        "clipsaver_state",
        Kind.GAUGE,
        "1 for the state that the worker is in, 0 for the others. It takes jobs while it is "
        "running; paused and draining are orders of an operator.",
        lambda it: [((state,), float(state == it.state)) for state in STATES],
        ("state",),
    ),
    Figure(
        "clipsaver_up",
        Kind.GAUGE,
        "1 while what the worker needs serves, 0 while it is away: redis and postgresql (both are "
        "asked with each scrape), discord, and thumbnails (their storage and what decodes).",
        lambda it: [((name,), float(is_up)) for name, is_up in it.up.items()],
        ("dependency",),
    ),
    Figure(
        "clipsaver_scheduler_late_seconds",
        Kind.GAUGE,
        "How late the event loop was at most in the last minute. A loop that is late renews leases "
        "late; from 5 s on /healthz says no.",
        lambda it: one(it.late_s),
    ),
    Figure(
        "clipsaver_tasks",
        Kind.GAUGE,
        "Tasks of the event loop. It follows the running jobs; growth without them is a leak.",
        of_worker(lambda it: it.process.tasks),
    ),
    Figure(
        "clipsaver_connections",
        Kind.GAUGE,
        "Connections of the pools by whom they lead to, and by whether they are idle or in_use; "
        "the writers of pages have database.writers of their own.",
        of_worker(
            lambda it: [
                ((to, state), float(getattr(pool, state)))
                for to, pool in _pools(it)
                for state in ("idle", "in_use")
            ]
        ),
        ("to", "state"),
    ),
    Figure(
        "clipsaver_connection_waiters",
        Kind.GAUGE,
        "Tasks that wait for a connection. Many of them for long at postgresql: raise "
        "database.pool_size.",
        of_worker(lambda it: [((to,), pool.waiting) for to, pool in _pools(it)]),
        ("to",),
    ),
    Figure(
        "clipsaver_connections_opened_total",
        Kind.COUNTER,
        "Connections opened. A steady rate means that they do not last.",
        of_worker(lambda it: [((to,), pool.opened) for to, pool in _pools(it)]),
        ("to",),
    ),
    Figure(
        "clipsaver_redis_round_trip_seconds",
        Kind.GAUGE,
        "What the latest heartbeat took, to Redis and back.",
        of_worker(lambda it: it.redis_ms / 1000),
    ),
)
