"""Every error that clipsaver raises on purpose.

    ClipsaverError
    ├── UsageError                  a command was called with something that cannot be done
    │   └── NameTaken               another worker has this worker's name
    ├── ConfigError                 the configuration has problems; carries all of them
    ├── DependencyError             something that we need cannot be reached: wait and ask again
    │   ├── EmbeddedServerError     a bundled server cannot be started here
    │   ├── RedisUnavailable
    │   └── DatabaseUnavailable
    ├── SchemaError                 the database's schema is not one that this version can use
    ├── LeaseLost                   another worker holds this run now: change nothing more
    │   └── EpochPassed             its page was read before a purge: look again, and go on
    ├── Purged                      what it would read was purged since it was asked for: it ends
    ├── BeingPurged                 what it would read is being purged: it waits
    ├── ThumbnailError              no thumbnail of one clip: drawn in thumbnails/errors.py
    ├── JobError                    this job can never succeed as it is
    │   ├── BadJob                  the entry is not a job of the contract; says where and why
    │   ├── JobIdReused             its job_id belongs to another, unfinished job
    │   ├── WrongGuild              its channel is not in the guild that it names
    │   ├── PurgeNotAccepted        purge jobs from the stream are not wanted here
    │   ├── Poisoned                each delivery ended without a committed page
    │   └── DataRejected            the database refused one page's data for good
    └── DiscordError                Discord answered, or failed to; carries route, status and code
        ├── DiscordUnavailable      5xx, timeout, reset or an unreadable answer: try again later
        ├── RateLimited             a wait longer than a request may take: come back then
        ├── TokenRejected           401: every request with this token is held
        ├── AccessDenied            403
        │   ├── MissingHistoryPermission
        │   ├── MissingContentIntent
        │   └── SearchDenied        this bot may not search here: history is read all the same
        ├── SearchNotReady          202: Discord has not indexed the guild yet
        ├── NotFound                404
        └── RequestRefused          400 and what else cannot succeed unchanged

Foreign errors (httpx, redis, psycopg, OSError) are translated once, where that library is used.
`handling` says what the queue should do with a job that ended with the error; `reason` is the
stable name under which dead letters, logs and `runs.error` file it.
"""

from __future__ import annotations

from clipsaver.errors.discord import (
    AccessDenied,
    DiscordError,
    DiscordUnavailable,
    MissingContentIntent,
    MissingHistoryPermission,
    NotFound,
    RateLimited,
    RequestRefused,
    SearchDenied,
    SearchNotReady,
    TokenRejected,
)
from clipsaver.errors.job import (
    BadJob,
    DataRejected,
    JobError,
    JobIdReused,
    Poisoned,
    PurgeNotAccepted,
    WrongGuild,
)
from clipsaver.errors.roots import (
    BeingPurged,
    ClipsaverError,
    ConfigError,
    DatabaseUnavailable,
    DependencyError,
    EmbeddedServerError,
    EpochPassed,
    ExitCode,
    Handling,
    LeaseLost,
    NameTaken,
    Problem,
    Purged,
    RedisUnavailable,
    SchemaError,
    UsageError,
)

__all__ = [
    "AccessDenied",
    "BadJob",
    "BeingPurged",
    "ClipsaverError",
    "ConfigError",
    "DataRejected",
    "DatabaseUnavailable",
    "DependencyError",
    "DiscordError",
    "DiscordUnavailable",
    "EmbeddedServerError",
    "EpochPassed",
    "ExitCode",
    "Handling",
    "JobError",
    "JobIdReused",
    "LeaseLost",
    "MissingContentIntent",
    "MissingHistoryPermission",
    "NameTaken",
    "NotFound",
    "Poisoned",
    "Problem",
    "PurgeNotAccepted",
    "Purged",
    "RateLimited",
    "RedisUnavailable",
    "RequestRefused",
    "SchemaError",
    "SearchDenied",
    "SearchNotReady",
    "TokenRejected",
    "UsageError",
    "WrongGuild",
]
