"""Putting jobs onto the stream, and following what becomes of them."""

from __future__ import annotations

import enum
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from clipsaver.errors import RedisUnavailable
from clipsaver.jobs import AnyJob, encode
from clipsaver.queue.link import Link
from clipsaver.queue.progress import Obstacle
from clipsaver.records import GuildCounts

_CHUNK = 500
"""Entries per round trip: far below what a server buffers, far above what a trip costs."""


class JobState(enum.StrEnum):
    """Where a run is, as its hash says."""

    WAITING = "waiting"
    """On the stream, or put off for an obstacle (`waits_for`)."""
    RUNNING = "running"
    RETRY = "retry"
    DONE = "done"
    DEAD = "dead"
    CANCELLED = "cancelled"
    GONE = "gone"
    """Somebody deleted its entry from the stream."""

    @property
    def is_over(self) -> bool:
        return self not in (JobState.WAITING, JobState.RUNNING, JobState.RETRY)


@dataclass(frozen=True, slots=True)
class JobStatus:
    """What a run's hash says; the hash is gone an hour after the end."""

    state: JobState
    pages: int
    messages: int
    clips: int
    share: float | None
    """How much of the work is done, 0 to 1; None where that cannot be told."""
    joined: str | None
    """The run that does the work instead, where this one asked for the same."""
    reason: str | None
    """Why it failed last, by its stable name."""
    error: str | None
    waits_for: str | None
    due_at_ms: int | None
    """Unix time at which it goes on, where it was put off."""
    worker: str | None
    """The consumer that took it last."""
    restored: int = 0
    """Clips that had been marked deleted and are there again."""
    deleted: int = 0
    """Clips that it marked deleted."""
    counts: GuildCounts | None = None
    """Of a guild job, once it has begun to list."""
    stage: str | None = None
    """What its last delivery came to, or is at: begin, scan or list."""
    rate: float | None = None
    """Messages a second, lately; None where it does not run, or that cannot be told."""
    eta_ms: int | None = None
    """Unix time at which it is likely to be done."""
    obstacle: Obstacle | None = None
    """`waits_for` with all that is known of it."""


def run_id_of(link: Link, entry_id: str) -> str:
    """The run that begins with a newly pushed entry."""
    return f"{link.names.stream}/{entry_id}"


async def push(link: Link, jobs: Sequence[AnyJob | bytes]) -> list[str]:
    """Append jobs to the stream; returns their entry ids, in order.

    Bytes are a job's JSON as it is, not looked at. Raises RedisUnavailable, which says how many
    were surely added; of the 500 after those some may have been, too.
    """
    entry_ids: list[str] = []
    for start in range(0, len(jobs), _CHUNK):
        chunk = jobs[start : start + _CHUNK]
        commands = [
            ("XADD", link.names.stream, "*", "job", job if isinstance(job, bytes) else encode(job))
            for job in chunk
        ]
        try:
            added = await link.together(commands)
        except RedisUnavailable as error:
            raise RedisUnavailable(
                f"{error}; of {len(jobs):,} jobs the first {len(entry_ids):,} were added, the next "
                f"{len(chunk):,} may have been"
            ) from error
        entry_ids += [entry_id.decode() for entry_id in added]
    return entry_ids


async def add_once(link: Link, run_id: str, jobs: Mapping[str, AnyJob]) -> int:
    """Append jobs that a run adds, each once by its name here, however often the run is delivered.

    Returns how many the run has added in all. After a day without any it would add them again.
    """
    keys = [link.names.stream, link.names.added(run_id)]
    words = [word for name, job in jobs.items() for word in (name, encode(job))]
    count = 0
    for start in range(0, max(len(words), 1), 2 * _CHUNK):  # also to count what was added before
        count = int(await link.run("add_once", keys, words[start : start + 2 * _CHUNK]))
    return count


async def job_status(link: Link, run_id: str) -> JobStatus | None:
    """What is known of a run; None before its first delivery and an hour after its end."""
    fields = await link.command("HGETALL", link.names.job(run_id))
    return status_of(text_of(fields)) if fields else None


def text_of(fields: Mapping[bytes, bytes]) -> dict[str, str]:
    """A hash as text, whatever it holds."""
    return {name.decode(): value.decode("utf-8", "replace") for name, value in fields.items()}


def status_of(text: Mapping[str, str]) -> JobStatus:
    """What the fields of a run's hash say."""
    share, rate = text.get("share"), text.get("rate")
    return JobStatus(
        state=JobState(text.get("state", "waiting")),
        pages=int(text.get("pages", 0)),
        messages=int(text.get("messages", 0)),
        clips=int(text.get("clips", 0)),
        share=float(share) if share else None,
        joined=text.get("joined"),
        reason=text.get("reason"),
        error=text.get("error"),
        waits_for=text.get("waits_for") or None,
        due_at_ms=_time(text, "due_at"),
        worker=text.get("worker"),
        restored=int(text.get("restored", 0)),
        deleted=int(text.get("deleted", 0)),
        counts=_counts(text) if "channels" in text else None,
        stage=text.get("stage") or None,
        rate=float(rate) if rate else None,
        eta_ms=_time(text, "eta_at"),
        obstacle=_obstacle(text),
    )


def _obstacle(text: Mapping[str, str]) -> Obstacle | None:
    if not (name := text.get("waits_for")):
        return None
    return Obstacle(
        name, text.get("waits_of", ""), _time(text, "waits_since"), _time(text, "waits_until")
    )


def _time(text: Mapping[str, str], name: str) -> int | None:
    return int(at) if (at := text.get(name)) else None


def _counts(text: Mapping[str, str]) -> GuildCounts:
    return GuildCounts(*(int(text.get(name, 0)) for name in ("channels", "unreadable", "jobs")))
