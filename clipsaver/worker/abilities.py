"""Which jobs of the contract this version does."""

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
    if isinstance(job, BatchJob) and job.strategy == "search":
        raise NotInThisVersion(
            "this version reads history and does not search; retry the dead letter with a "
            "later one, or push the job with strategy history or auto"
        )
    return job
