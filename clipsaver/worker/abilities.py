"""What doing the jobs of the contract is called, and when they make way for others."""

from __future__ import annotations

import math

from clipsaver.jobs import (
    AnyJob,
    BatchJob,
    GuildJob,
    MessageDeletionJob,
    PurgeJob,
    ThumbnailRetryJob,
)

SEARCH, PURGE = "search", "purge"
"""The stage of a job that does nothing else."""


def slice_of(job: AnyJob, configured_s: float) -> float:
    """Seconds after which it makes way for jobs that wait.

    A search never does: they are the history that it goes before, and behind them it would be
    of no use. It takes one slot, and requests that history does not need. Nor does one that looks
    whether messages are gone: it would begin anew with those that are.
    """
    if isinstance(job, MessageDeletionJob) or stage_of(job) == SEARCH:
        return math.inf
    return configured_s


def stage_of(job: AnyJob) -> str:
    """What its worker is at, for those who watch."""
    match job:
        case GuildJob(strategy="search") | BatchJob(strategy="search"):
            return SEARCH
        case GuildJob():
            return "list"
        case ThumbnailRetryJob():
            return "thumbnails"
        case _:
            return PURGE if isinstance(job, PurgeJob) else "scan"
