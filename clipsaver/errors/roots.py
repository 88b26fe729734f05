"""The root, and what does not belong to one job or one exchange."""

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
    """Another worker holds this run: nothing may be changed."""

    reason = "lease_lost"
    handling = Handling.ABANDON


class EpochPassed(LeaseLost):
    """A page was read before a purge that reaches its channel: the run looks again, and goes on
    where it may."""

    reason = "epoch_passed"


class Purged(ClipsaverError):
    """What the job would read was purged after it was asked for: it ends, and nothing is stored."""

    reason = "purged"


class BeingPurged(ClipsaverError):
    """What the job would read is being purged: it waits for the end of that."""

    reason = "being_purged"
    handling = Handling.WAIT
