"""Which jobs of the contract this version does, and what doing them is called."""

from __future__ import annotations

from clipsaver.errors import NotInThisVersion
from clipsaver.jobs import AnyJob, BatchJob, GuildJob, ThumbnailRetryJob, job_type
from clipsaver.scanning.scan import ScanJob

DoneHere = ScanJob | GuildJob | ThumbnailRetryJob


def done_here(job: AnyJob) -> DoneHere:
    """The job. Raises NotInThisVersion, which makes it a dead letter that can be retried."""
    if not isinstance(job, DoneHere):
        raise NotInThisVersion(
            f"jobs of type {job_type(job)} are not done by this version; retry the dead letter "
            "with a later one"
        )
    return job


def stage_of(job: DoneHere) -> str:
    """What its worker is at, for those who watch."""
    match job:
        case GuildJob(strategy="search") | BatchJob(strategy="search"):
            return "search"
        case GuildJob():
            return "list"
        case ThumbnailRetryJob():
            return "thumbnails"
        case _:
            return "scan"
