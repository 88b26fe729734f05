"""Records as a source would give them, for the tests of what is shown."""

from __future__ import annotations

from clipsaver.queue.operating.pending import Counts
from clipsaver.queue.operating.workers import Worker, WorkerState
from clipsaver.queue.worker_statistics import (
    Away,
    Discord,
    Process,
    Slots,
    Thumbnails,
    WorkerStatistics,
)
from clipsaver.tui.sources.seen import Common, Place, Seen, Store
from clipsaver.tui.viewmodel.layout import line_len, plain
from clipsaver.tui.viewmodel.rows import Look
from clipsaver.tui.viewmodel.signs import Signs

NOW_MS = 1_769_429_077_000
"""2026-01-26 12:04:37 UTC, as in the mock-ups."""
WIDE = Look(NOW_MS)
NARROW = Look(NOW_MS, is_wide=False, width=80, height=24)
ASCII = Look(NOW_MS, is_wide=False, width=80, height=24, signs=Signs(is_ascii=True))
STREAM = "discord_clip_jobs"
GUILD, CLIPS, OLD = "928427413694734396", "1424914917202464798", "1424914917202464799"
PLACES = {CLIPS: Place("guild-a", "clips"), OLD: Place("guild-c", "old")}

SAID = WorkerStatistics(
    slots=Slots(concurrency=8, reserved=1, live=1, others=3),
    outcomes={"done": 120, "retry": 2, "dead": 1},
    discord=Discord(answers={"200": 900, "429": 1}),
    thumbnails=Thumbnails(making=2, made=40),
    process=Process(memory_bytes=142_000_000, cpu_s=12.5, tasks=40),
    redis_ms=0.6,
)


def worker(name="w-1", state=WorkerState.RUNNING, **fields):
    known = {
        "held": 4, "host": "host-a", "pid": "77", "version": "0.1.0", "up_s": 7900.0, "slots": 8,
        "reserved": 1, "running": 4, "beat_ms_ago": 1200, "statistics": SAID, "idle_ms": 300,
    }  # fmt: skip
    return Worker(name, state, **(known | fields))


def gone(name="w-9", held=3, **fields):
    known = {"takeover_in_ms": 12_000 if held else None, "idle_ms": 840_000} | fields
    return Worker(name, WorkerState.GONE, held, **known)


def away(**fields):
    return WorkerStatistics(away=Away(**fields))


def common(**fields):
    known = {
        "redis": Store(0.6),
        "database": Store(2.1),
        "workers": (worker("w-1"), worker("w-2"), worker("w-3")),
        "counts": Counts(held=12, by_workers=3, of_gone=0, waiting=7, unread=11, delayed=1),
        "allowance": 50.0,
        "sent": 41,
        "clips": 12_345,
        "version": "0.1.0",
        "stream": STREAM,
        "group": "worker_group",
        "config": "default@config.toml",
        "places": PLACES,
    }
    return Common(**(known | fields))


def seen(body=None, **fields):
    return Seen(NOW_MS, common(**fields), body)


def text(lines):
    """Lines as a person sees them."""
    return [plain(line) for line in lines]


def no_wider_than(lines, cells):
    """Whether every line has that much room at most."""
    return all(line_len(line) <= cells for line in lines)
