"""Records as a source would give them, for the tests of what is shown."""

from __future__ import annotations

from collections import Counter

from clipsaver.discord_rest.limits.permits import Turn, Why
from clipsaver.discord_rest.limits.view import Bucket, Invalid, LimitsView, Waiter
from clipsaver.jobs import BatchJob, encode
from clipsaver.queue.entries import Carried, Entry
from clipsaver.queue.events import Event
from clipsaver.queue.operating.audit import AuditEvent
from clipsaver.queue.operating.dead_letters.dead import Group
from clipsaver.queue.operating.dead_letters.letter import DeadLetter, Death
from clipsaver.queue.operating.jobs import row_of as job_row
from clipsaver.queue.operating.pending import Counts, PendingEntry
from clipsaver.queue.operating.sketch import sketch
from clipsaver.queue.operating.verdicts import Place as Stands
from clipsaver.queue.operating.verdicts import Verdict
from clipsaver.queue.operating.workers import Worker, WorkerState
from clipsaver.queue.produce import status_of
from clipsaver.queue.series import Done, Minute
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

HELD = Verdict(Stands.HELD)
JOB = encode(BatchJob(guild_id=GUILD, channel_id=CLIPS, limit=None))
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


def status(**fields):
    known = {"state": "running", "pages": "624", "messages": "62400", "clips": "70"}
    return status_of({**known, **fields})


def entry(number="1769428198123-0", verdict=HELD, **fields):
    run_id = f"{STREAM}/{number}"
    job = fields.pop("raw", None) or JOB
    carried = Carried(run=run_id, first_at=1_769_428_198_123)
    known = {
        "entry_id": number, "run_id": run_id, "entry": Entry(number, job, carried),
        "job": sketch(job), "verdict": verdict, "worker": "w-1", "host": "host-a",
        "is_alive": True, "idle_ms": 38_000, "deliveries": 1, "attempts": 0, "waits": 0,
        "line": None, "due_at_ms": None, "reason": None, "error": None, "status": None,
    }  # fmt: skip
    return PendingEntry(**(known | fields))


def running(number="1769428198123-0", **fields):
    """A row of a job that runs."""
    return job_row(entry(number, status=status(**fields)))


def death(**fields):
    known = {
        "reason": "not_found", "error": "404 Unknown Channel", "fingerprint": "abc123def456",
        "attempts": 5, "deliveries": 6, "hosts": ("host-a",), "worker": "w-1", "stage": "begin",
        "run": f"{STREAM}/1769428198123-0", "first_at": 1_769_428_198_123,
    }  # fmt: skip
    return Death(**(known | fields))


def letter(letter_id="1769428500000-0", job=JOB, **fields):
    return DeadLetter(letter_id, job, death(**fields), Carried(), {"job_type": "batch"})


def group(count=3, **fields):
    one = letter(**fields)
    return Group(
        one.group, one, count, NOW_MS - 7_900_000, NOW_MS - 60_000,
        Counter({"batch": count}), {CLIPS},
    )  # fmt: skip


def event(name, number=0, run=f"{STREAM}/1769428198123-0", who="w-1", **detail):
    at_ms = NOW_MS - 1000 * number
    return Event(f"{at_ms}-0", at_ms, name, run, who, detail)


def audit(action="dead retry", count=3, **fields):
    known = {"who": "alice@host", "why": "", "what": "--type=batch", "request": "r", "ids": ()}
    return AuditEvent(f"{NOW_MS - 5000}-0", action, count=count, **(known | fields))


def bucket(**fields):
    known = {
        "routes": ["GET /channels/{channel_id}/messages"], "major": CLIPS, "used": 5, "limit": 5,
        "window_s": 5.0, "is_learnt": False, "free_in_s": 3.2, "why": Why.BUCKET,
    }  # fmt: skip
    return Bucket(**(known | fields))


def waiter(**fields):
    known = {
        "worker": "w-1", "request": f"GET /channels/{CLIPS}/messages", "turn": Turn.BACKFILL,
        "for_s": 1.0, "left_s": 3.2, "why": Why.BUCKET,
    }  # fmt: skip
    return Waiter(**(known | fields))


def limits(**fields):
    known = {
        "known": True, "rate": 50.0, "sent": 41, "on_their_way": 3,
        "buckets": [bucket(), bucket(used=1, limit=50, free_in_s=0.0, major="")],
        "learnt": [], "waiting": [waiter(), waiter(left_s=1.0)],
        "invalid": [Invalid("host-a", 3, 0.0)],
        "held_for_s": -1.0, "trial_in_s": 0.0, "closed_for_s": 0.0, "closed_why": "",
    }  # fmt: skip
    return LimitsView(**(known | fields))


def minutes(count=60):
    began = NOW_MS // 60_000 * 60
    done = [
        Done(outcomes={"done": one % 9, "retry": one % 31 == 0}, clips=one % 7, refused=one % 59)
        for one in range(count)
    ]
    return tuple(Minute(began - 60 * (count - 1 - at), {"w-1": one}) for at, one in enumerate(done))
