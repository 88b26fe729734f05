"""Putting jobs onto the stream, and following what becomes of them."""

from __future__ import annotations

import enum
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from clipsaver.errors import Purged, RedisUnavailable
from clipsaver.jobs import AnyJob, encode
from clipsaver.queue.entries import added_by
from clipsaver.queue.link import Link
from clipsaver.queue.progress import Obstacle
from clipsaver.records import GuildCounts
from clipsaver.redis_calls.scripts import Value

_CHUNK = 500
"""Entries per round trip: far below what a server buffers, far above what a trip costs."""
NOTED_MS = 24 * 3_600_000
"""For how long it is known what was pushed, from when somebody asked last."""


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
    note: str | None = None
    """Of one that is done: what was not as it was asked for. Of a cancelled one: why."""
    restored: int = 0
    """Clips that had been marked deleted and are there again."""
    deleted: int = 0
    """Clips that it marked deleted."""
    added: int = 0
    """Clips that were not known before."""
    by_search: int = 0
    """Clips that were not known before its search showed them."""
    counts: GuildCounts | None = None
    """Of a guild job, once it has begun to list."""
    stage: str | None = None
    """What its last delivery came to, or is at: begin, scan, search, list, thumbnails or
    purge."""
    rate: float | None = None
    """Messages a second, lately; None where it does not run, or that cannot be told."""
    eta_ms: int | None = None
    """Unix time at which it is likely to be done."""
    obstacle: Obstacle | None = None
    """`waits_for` with all that is known of it."""

    @property
    def is_well(self) -> bool:
        """Whether its end is no failure: it is done, or what it would read was purged."""
        is_purged = (self.note or "").startswith(f"{Purged.reason}:")
        return self.state is JobState.DONE or (self.state is JobState.CANCELLED and is_purged)


STATUS_FIELDS = (
    *("state", "pages", "messages", "clips", "share", "joined", "note", "reason", "error"),
    *("due_at", "worker", "restored", "deleted", "channels", "unreadable", "jobs", "stage"),
    *(
        "rate",
        "eta_at",
        "waits_for",
        "waits_of",
        "waits_since",
        "waits_until",
        "added",
        "by_search",
    ),
)
"""Of a run's hash, those that `status_of` looks at."""


def run_id_of(link: Link, entry_id: str) -> str:
    """The run that begins with a newly pushed entry."""
    return f"{link.names.stream}/{entry_id}"


async def push(
    link: Link, jobs: Sequence[AnyJob | bytes], *, wanted_at_ms: int | None = None
) -> list[str]:
    """Append jobs to the stream; returns their entry ids, in order.

    Bytes are a job's JSON as it is, not looked at. `wanted_at_ms` (Unix time) is for jobs that
    somebody wanted before they are pushed, or that nobody did: see `entries.Carried`. Raises
    RedisUnavailable, which says how many were surely added; of the 500 after those some may have
    been, too.
    """
    entry_ids: list[str] = []
    stream = link.names.stream
    carried = () if wanted_at_ms is None else ("cs", added_by(wanted_at_ms))
    for start in range(0, len(jobs), _CHUNK):
        chunk = jobs[start : start + _CHUNK]
        commands = [
            ("XADD", stream, "*", "job", job if isinstance(job, bytes) else encode(job), *carried)
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


async def push_noted(
    link: Link, jobs: Mapping[str, AnyJob], *, wanted_at_ms: int | None = None
) -> dict[str, str]:
    """Append jobs, each with a note by its name here, for `not_begun`; returns their runs by name.

    `wanted_at_ms` and what it raises are as of `push`. A note that gets lost costs a second job
    that finds nothing to do.
    """
    added = await push(link, list(jobs.values()), wanted_at_ms=wanted_at_ms)
    entry_ids = dict(zip(jobs, added, strict=True))
    notes = [
        ("SET", link.names.queued(name), entry_id, "PX", NOTED_MS)
        for name, entry_id in entry_ids.items()
    ]
    for start in range(0, len(notes), _CHUNK):
        await link.together(notes[start : start + _CHUNK])
    return {name: run_id_of(link, entry_id) for name, entry_id in entry_ids.items()}


async def add_once(
    link: Link, run_id: str, jobs: Mapping[str, AnyJob], *, wanted_at_ms: int
) -> int:
    """Append jobs that a run adds, each once by its name here, however often the run is delivered.

    Each is noted as by `push_noted`, and counts as asked for when the run was. Returns how many the
    run has added in all. After a day without any it would add them again.
    """
    names, count = list(jobs), 0
    for start in range(0, max(len(names), 1), _CHUNK):  # also to count what was added before
        chunk = names[start : start + _CHUNK]
        keys = [link.names.stream, link.names.added(run_id), *map(link.names.queued, chunk)]
        words: list[Value] = [word for name in chunk for word in (name, encode(jobs[name]))]
        count = int(await link.run("add_once", keys, [NOTED_MS, added_by(wanted_at_ms), *words]))
    return count


async def not_begun(link: Link, names: Sequence[str]) -> dict[str, str]:
    """The runs that were noted by these names and that nobody has taken yet, by name.

    Of those that were taken the database knows more.
    """
    found: dict[str, str] = {}
    for start in range(0, len(names), _CHUNK):
        chunk = names[start : start + _CHUNK]
        noted = await link.together(
            [("GETEX", link.names.queued(name), "PX", NOTED_MS) for name in chunk]
        )
        ids = {name: one.decode() for name, one in zip(chunk, noted, strict=True) if one}
        runs = {name: run_id_of(link, entry_id) for name, entry_id in ids.items()}
        looks: list[tuple[str, ...]] = [
            ("XRANGE", link.names.stream, one, one) for one in ids.values()
        ]
        looks += [("HEXISTS", link.names.job(run_id), "fence") for run_id in runs.values()]
        answers = await link.together(looks) if looks else []
        here, taken = answers[: len(ids)], answers[len(ids) :]
        for name, is_here, is_taken in zip(ids, here, taken, strict=True):
            if is_here and not is_taken:
                found[name] = runs[name]
    return found


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
        note=text.get("note"),
        reason=text.get("reason"),
        error=text.get("error"),
        waits_for=text.get("waits_for") or None,
        due_at_ms=_time(text, "due_at"),
        worker=text.get("worker"),
        added=int(text.get("added", 0)),
        by_search=int(text.get("by_search", 0)),
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
