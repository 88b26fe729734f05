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
    ├── ThumbnailError              no thumbnail of one clip: drawn in thumbnails/errors.py
    ├── JobError                    this job can never succeed as it is
    │   ├── BadJob                  the entry is not a job of the contract; says where and why
    │   ├── NotInThisVersion        a job type that this version does not do yet
    │   ├── JobIdReused             its job_id belongs to another, unfinished job
    │   ├── WrongGuild              its channel is not in the guild that it names
    │   ├── Poisoned                each delivery ended without a committed page
    │   └── DataRejected            the database refused one page's data for good
    └── DiscordError                Discord answered, or failed to; carries route, status and code
        ├── DiscordUnavailable      5xx, timeout, reset or an unreadable answer: try again later
        ├── RateLimited             a wait longer than a request may take: come back then
        ├── TokenRejected           401: every request with this token is held
        ├── AccessDenied            403
        │   ├── MissingHistoryPermission
        │   └── MissingContentIntent
        ├── NotFound                404
        └── RequestRefused          400 and what else cannot succeed unchanged

Foreign errors (httpx, redis, psycopg, OSError) are translated once, where that library is used.
`handling` says what the queue should do with a job that ended with the error; `reason` is the
stable name under which dead letters, logs and `runs.error` file it.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass
from typing import ClassVar


class ExitCode(enum.IntEnum):
    """How a command ended (design of the command line; 130 is the shell's 128 + SIGINT)."""

    DONE = 0
    JOB_FAILED = 1
    USAGE = 2
    UNREACHABLE = 3
    REFUSED_BY_DISCORD = 4
    INTERRUPTED = 130


class Handling(enum.Enum):
    """What becomes of a job that ended with an error."""

    RETRY = "retry"
    """Transient: again after a backoff; uses an attempt."""
    WAIT = "wait"
    """Not the job's fault: again when the obstacle is gone; uses no attempt."""
    DEAD = "dead"
    """It can never succeed as it is: to the dead letters."""
    ABANDON = "abandon"
    """It is not ours any more: touch nothing."""


class ClipsaverError(Exception):
    """Root of everything that clipsaver raises on purpose."""

    reason: ClassVar[str] = "internal_error"
    handling: ClassVar[Handling] = Handling.RETRY
    exit_code: ClassVar[ExitCode] = ExitCode.JOB_FAILED


class UsageError(ClipsaverError):
    """A command was called with something that cannot be done."""

    reason = "usage"
    handling = Handling.DEAD
    exit_code = ExitCode.USAGE


class NameTaken(UsageError):
    """Another worker lives under this worker's name, so nothing may be done in it."""

    reason = "name_taken"


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong with the configuration, ready to be shown to a person."""

    where: str
    """The file, or `environment`."""
    key: str
    """Dotted key such as `redis.lease_seconds`, or the variable's name."""
    message: str

    def __str__(self) -> str:
        return f"{self.where}: {self.key}: {self.message}"


class ConfigError(ClipsaverError):
    """The configuration cannot be used; holds every problem, not just the first."""

    reason = "config"
    handling = Handling.DEAD
    exit_code = ExitCode.USAGE

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        super().__init__("\n".join(str(problem) for problem in problems))
        self.problems = problems


class DependencyError(ClipsaverError):
    """Something that we need cannot be reached; being away is a state, so callers wait."""

    reason = "unreachable"
    handling = Handling.WAIT
    exit_code = ExitCode.UNREACHABLE

    def __init__(self, obstacle: str, *, said: object = "") -> None:
        """`obstacle` is which server, what and what to do; `said` the server's or library's words.

        The words may differ each time, so only another obstacle is news.
        """
        words = str(said)
        super().__init__(f"{obstacle} ({words})" if words else obstacle)
        self.obstacle = obstacle


class EmbeddedServerError(DependencyError):
    """A bundled server is not installed or does not start."""

    reason = "embedded_server"


class RedisUnavailable(DependencyError):
    """Redis does not answer, or answers that it cannot serve now."""

    reason = "redis_unavailable"


class DatabaseUnavailable(DependencyError):
    """PostgreSQL does not answer, or answers that it cannot serve now."""

    reason = "database_unavailable"


class SchemaError(ClipsaverError):
    """The database's schema is missing, older or newer than this version of the code."""

    reason = "schema"
    handling = Handling.WAIT
    exit_code = ExitCode.USAGE


class LeaseLost(ClipsaverError):
    """Another worker holds this run, or its channel was purged: nothing may be changed."""

    reason = "lease_lost"
    handling = Handling.ABANDON


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


class NotInThisVersion(JobError):
    """A job type of the contract that this version does not do yet; can be retried later."""

    reason = "not_in_this_version"


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


class DiscordError(ClipsaverError):
    """An exchange with Discord that did not end with the wanted answer."""

    reason = "discord"
    exit_code = ExitCode.JOB_FAILED

    def __init__(
        self, message: str, *, route: str, status: int | None = None, code: int | None = None
    ) -> None:
        """`route` is method and path with ids and cursor; `code` is Discord's own error code."""
        facts = [route]
        if status is not None:
            facts.append(f"HTTP {status}")
        if code:
            facts.append(f"code {code}")
        super().__init__(f"{message} ({', '.join(facts)})")
        self.words = message
        self.route = route
        self.status = status
        self.code = code


class DiscordUnavailable(DiscordError):
    """No usable answer within the request's attempts and time: a 5xx, a timeout, a reset."""

    reason = "discord_unavailable"
    exit_code = ExitCode.UNREACHABLE


class RateLimited(DiscordError):
    """Discord asks for a wait that is longer than one request may take."""

    reason = "rate_limited"
    handling = Handling.WAIT

    def __init__(
        self,
        message: str,
        *,
        route: str,
        retry_after_s: float,
        status: int | None = 429,
        code: int | None = None,
    ) -> None:
        """`status` is None where nothing was sent, since the wait was known before."""
        super().__init__(message, route=route, status=status, code=code)
        self.retry_after_s = retry_after_s


class TokenRejected(DiscordError):
    """401: the token is wrong or revoked. Nothing more is sent with it for a while."""

    reason = "token_rejected"
    handling = Handling.WAIT
    exit_code = ExitCode.REFUSED_BY_DISCORD


class AccessDenied(DiscordError):
    """403: the bot may not do this; asking again would count against the host's budget."""

    reason = "access_denied"
    handling = Handling.DEAD


class MissingHistoryPermission(AccessDenied):
    """The channel can be seen but not its history: Discord answers 200 with an empty list."""

    reason = "missing_read_message_history"


class MissingContentIntent(AccessDenied):
    """Messages come without content, attachments and embeds: the privileged intent is off."""

    reason = "missing_message_content_intent"


class NotFound(DiscordError):
    """404: the channel, message or guild is not there (any more)."""

    reason = "not_found"
    handling = Handling.DEAD


class RequestRefused(DiscordError):
    """400 and other answers that cannot change unless the request does."""

    reason = "request_refused"
    handling = Handling.DEAD
