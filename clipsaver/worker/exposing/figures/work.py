"""Figures of jobs, of what they read, and of the queue that they come from."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict
from typing import get_args

from clipsaver.database.writer_statistics import COMMIT_BOUNDS_S
from clipsaver.errors import BadJob
from clipsaver.jobs import AnyJob
from clipsaver.queue.worker_statistics import Pages
from clipsaver.worker.exposing.figures.figure import (
    Figure,
    Kind,
    Sample,
    Snapshot,
    by_name,
    by_two,
    of_worker,
    one,
)
from clipsaver.worker.tally import RETRY, WORKER_LOST


def _tag(kind: type[AnyJob]) -> str:
    return str(kind.__struct_config__.tag)


_ENDS = (
    *((_tag(kind), end) for kind in get_args(AnyJob) for end in ("done", "retry", "dead")),
    (BadJob.reason, "dead"),
)
"""What is 0 from the beginning, so that the first dead letter of any type is noticed."""


def _commit_times(pages: Pages) -> Iterable[Sample]:
    """Prometheus counts what took up to a bound, so that each has those before it."""
    bounds = [*map(str, COMMIT_BOUNDS_S), "inf"]
    so_far = 0
    for bound, count in zip(bounds, pages.commit_times or [0] * len(bounds), strict=True):
        so_far += count
        yield (bound,), float(so_far)
    yield ("sum",), pages.commit_seconds


def _places(snapshot: Snapshot) -> Iterable[Sample]:
    if snapshot.backlog is None:
        return ()
    counts = asdict(snapshot.backlog)
    return [((place,), float(n)) for place, n in counts.items() if place != "oldest_s"]


FIGURES = (
    Figure(
        "clipsaver_jobs_total",
        Kind.COUNTER,
        "Deliveries of jobs that ended, by the job's type and by outcome: done; dead (a dead "
        "letter); retry (failed, tried again later); wait (put off for a limit or a lock); slice "
        "(gave its place to others); handback (the worker stopped); cancelled; abandoned (another "
        "worker has it). bad_job stands for the type of an entry that is no job.",
        of_worker(lambda it: by_two(it.by_type, _ENDS)),
        ("type", "outcome"),
    ),
    Figure(
        "clipsaver_redeliveries_total",
        Kind.COUNTER,
        "Deliveries of what had been delivered before, by cause: worker_lost (whoever held it fell "
        "silent) or retry (it failed before).",
        of_worker(lambda it: by_name(it.redelivered, (WORKER_LOST, RETRY))),
        ("cause",),
    ),
    Figure(
        "clipsaver_jobs_running",
        Kind.GAUGE,
        "Jobs in hand: live (message jobs), others, and ending (done, their end being told).",
        of_worker(
            lambda it: [
                (("live",), it.slots.live),
                (("others",), it.slots.others),
                (("ending",), it.slots.ending),
            ]
        ),
        ("kind",),
    ),
    Figure(
        "clipsaver_slots",
        Kind.GAUGE,
        "Jobs that may run at once: worker.concurrency.",
        of_worker(lambda it: it.slots.concurrency),
    ),
    Figure(
        "clipsaver_leases",
        Kind.GAUGE,
        "Leases of entries: held, and beginning (read, and not leased yet).",
        of_worker(lambda it: [(("held",), it.leases.held), (("beginning",), it.leases.beginning)]),
        ("state",),
    ),
    Figure(
        "clipsaver_leases_lost_total",
        Kind.COUNTER,
        "Leases lost to another worker while a job ran: its work was cancelled and is done again. "
        "This worker was silent for longer than redis.lease_seconds.",
        of_worker(lambda it: it.leases.lost),
    ),
    Figure(
        "clipsaver_pages_total",
        Kind.COUNTER,
        "Pages of messages committed to the database.",
        of_worker(lambda it: it.pages.pages),
    ),
    Figure(
        "clipsaver_messages_total",
        Kind.COUNTER,
        "Messages read with these pages.",
        of_worker(lambda it: it.pages.messages),
    ),
    Figure(
        "clipsaver_clips_total",
        Kind.COUNTER,
        "Clips found in these pages, those included that were known before.",
        of_worker(lambda it: it.pages.clips),
    ),
    Figure(
        "clipsaver_commit_seconds",
        Kind.HISTOGRAM,
        "How long a transaction with pages took, from sending it to knowing that it is in. One "
        "holds the pages of several jobs.",
        of_worker(lambda it: _commit_times(it.pages)),
        ("le",),
    ),
    Figure(
        "clipsaver_pages_waiting",
        Kind.GAUGE,
        "Pages that are read and not committed yet. Growth means that the database is slower than "
        "Discord: see clipsaver_commit_seconds.",
        of_worker(lambda it: it.pages.waiting),
    ),
    Figure(
        "clipsaver_queue_entries",
        Kind.GAUGE,
        "Entries of the stream by place, the same from every worker: held (in workers' hands), "
        "waiting (in line), unread (new), delayed (for another attempt, a limit or a lock), dead "
        "(dead letters). Left out while Redis does not answer.",
        _places,
        ("place",),
    ),
    Figure(
        "clipsaver_queue_oldest_seconds",
        Kind.GAUGE,
        "How far behind the queue is: for how long the oldest entry that waits or is unread has "
        "stood there; 0 where there is none. The same from every worker.",
        lambda it: () if it.backlog is None else one(it.backlog.oldest_s),
    ),
)
