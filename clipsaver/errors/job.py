"""What is wrong with a job itself."""

from __future__ import annotations

from clipsaver.errors.roots import ClipsaverError, Handling


class JobError(ClipsaverError):
    """This job can never succeed as it is."""

    reason = "job"
    handling = Handling.DEAD


class BadJob(JobError):
    """An entry that is not a job of the contract."""

    reason = "bad_job"

    def __init__(self, path: str, message: str) -> None:
        """`path` is where in the job, such as `$.settings.match_regex`; `$` is the whole."""
        super().__init__(f"{path}: {message}")
        self.path = path


class JobIdReused(JobError):
    """The same job_id with other content while the first is unfinished."""

    reason = "job_id_reused"


class WrongGuild(JobError):
    """The job's channel belongs to another guild than the job says."""

    reason = "wrong_guild"


class Poisoned(JobError):
    """Delivered again and again without one committed page: it takes its workers down."""

    reason = "poisoned"


class DataRejected(JobError):
    """The database refuses this page's data, alone and again."""

    reason = "data_rejected"


class PurgeNotAccepted(JobError):
    """A job would delete what is stored, and `privacy.accept_purge_jobs` is off."""

    reason = "purge_not_accepted"
