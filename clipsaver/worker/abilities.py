"""Which jobs of the contract this version does, and what doing them is called."""

from __future__ import annotations

import math

from clipsaver.errors import NotInThisVersion
from clipsaver.jobs import AnyJob, BatchJob, GuildJob, ThumbnailRetryJob, job_type
from clipsaver.scanning.scan import ScanJob

SEARCH = "search"
"""The stage of a job that does nothing else."""
DoneHere = ScanJob | GuildJob | ThumbnailRetryJob


def done_here(job: AnyJob) -> DoneHere:
    """The job. Raises NotInThisVersion, which makes it a dead letter that can be retried."""
    if not isinstance(job, DoneHere):
        raise NotInThisVersion(
            f"jobs of type {job_type(job)} are not done by this version; retry the dead letter "
            "with a later one"
        )
    return job


def slice_of(job: DoneHere, configured_s: float) -> float:
    """Seconds after which it makes way for jobs that wait.

    A search never does: they are the history that it goes before, and behind them it would be
    of no use. It takes one slot, and requests that history does not need.
    """
    return math.inf if stage_of(job) == SEARCH else configured_s


def stage_of(job: DoneHere) -> str:
    """What its worker is at, for those who watch."""
    match job:
        case GuildJob(strategy="search") | BatchJob(strategy="search"):
            return SEARCH
        case GuildJob():
            return "list"
        case ThumbnailRetryJob():
            return "thumbnails"
        case _:
            return "scan"
