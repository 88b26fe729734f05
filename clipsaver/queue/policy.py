"""What becomes of a job: decided by its error, its attempts and a roll of dice. Pure.

An outcome is a value; `outcomes.settle` carries it out. Waits are not failures: they use no
attempt, whatever they wait for.
"""

from __future__ import annotations

import hashlib
import random
import traceback
from dataclasses import dataclass, replace

from clipsaver.errors import (
    BadJob,
    ClipsaverError,
    DependencyError,
    DiscordError,
    Handling,
    Poisoned,
    Purged,
    RateLimited,
    SchemaError,
    SearchDenied,
    SearchNotReady,
    TokenRejected,
)

ATTEMPTS_USED_UP = "attempts_used_up"
CHANNEL_BUSY = "channel_busy"
_LONGEST_ERROR = 2000
_FRAMES = 3
_WAIT_S: tuple[tuple[type[BaseException], float], ...] = (
    (TokenRejected, 300.0),  # a person has to act; one of all workers asks again at this pace
    (SchemaError, 60.0),  # a migration is under way, or a person has to act
    (DependencyError, 5.0),  # who comes too early waits again
)
_LONGEST_LOCK_WAIT_S = 30.0
_FIRST_INDEX_WAIT_S, _LONGEST_INDEX_WAIT_S = 5.0, 300.0
_MOST_INDEX_WAITS = 8
"""For an index that Discord builds: a quarter of an hour. History reads what is not found by then.
"""


@dataclass(frozen=True, slots=True)
class Failure:
    """What went wrong, as dead letters and logs keep it."""

    reason: str
    """Stable name, such as `bad_job`."""
    error: str
    """What happened, for a person."""
    fingerprint: str
    """Equal for what is likely the same cause; dead letters are grouped by it."""
    path: str | None = None
    """Where in the job, such as `$.message_ids[3]`."""
    cause: str | None = None
    """The reason of the last attempt, where `reason` is that none is left."""


@dataclass(frozen=True, slots=True)
class Done:
    """Nothing is left to do."""

    joined: str | None = None
    """The run that does this job's work, where it asks for the same."""
    note: str | None = None
    """What who asked should know all the same, such as clips that are not known."""


@dataclass(frozen=True, slots=True)
class Retry:
    """It failed and may succeed later; uses an attempt."""

    delay_s: float
    failure: Failure


@dataclass(frozen=True, slots=True)
class Wait:
    """An obstacle that is not its fault; uses no attempt."""

    delay_s: float
    why: str
    of: str = ""
    """Which one of these, for those who watch: the run that has the channel, say."""


@dataclass(frozen=True, slots=True)
class Slice:
    """It ran long enough and others wait: to the end of the stream."""

    left_pages: int = 0
    """About how much it has still to read; 0 = that cannot be told. Of its guild's jobs that wait,
    those with much to do go on before others, lest a few of them are read alone in the end."""


@dataclass(frozen=True, slots=True)
class Dead:
    """It cannot succeed, or not any more."""

    failure: Failure


@dataclass(frozen=True, slots=True)
class HandBack:
    """This worker stops: others take it at once."""


@dataclass(frozen=True, slots=True)
class Cancelled:
    """Somebody asked for its end."""

    note: str | None = None
    """Why, where that was not for this job alone: a purge."""


@dataclass(frozen=True, slots=True)
class Abandon:
    """Another worker holds the run: touch nothing."""


Settled = Done | Retry | Wait | Slice | Dead | HandBack | Cancelled
"""Outcomes that change the stream."""
Outcome = Settled | Abandon


def decide(
    error: BaseException,
    *,
    attempts: int,
    max_attempts: int,
    backoff_s: tuple[float, float],
    rng: random.Random,
    waits: int = 0,
) -> Outcome:
    """The outcome of a delivery that ended with `error`.

    `attempts` failed before this one, and `waits` ended without getting on; `backoff_s` are the
    first retry's longest delay and the longest of all. Of a group of errors the one that binds most
    decides.
    """
    cause = leading(error)
    failure = failure_of(cause)
    match cause:
        case SearchDenied():
            return Done()  # what search may not show, history reads
        case Purged():
            return Cancelled()
        case SearchNotReady(retry_after_s=asked_s):
            return index_awaited(waits, asked_s, rng)
    match _handling(cause):
        case Handling.ABANDON:
            return Abandon()
        case Handling.DEAD:
            return Dead(failure)
        case Handling.WAIT:
            return Wait(_wait_s(cause, rng), failure.reason)
        case Handling.RETRY if is_last_try(attempts, max_attempts):
            return Dead(replace(failure, reason=ATTEMPTS_USED_UP, cause=failure.reason))
        case Handling.RETRY:
            return Retry(full_jitter_s(attempts, backoff_s, rng), failure)


def is_last_try(attempts: int, max_attempts: int) -> bool:
    """Whether another failure, after so many, is the last that a job may have."""
    return attempts + 1 >= max_attempts


def is_poison(deliveries: int, max_deliveries: int) -> bool:
    """Whether a job that is delivered so often (the latest included) is not begun any more."""
    return deliveries > max_deliveries


def poison(deliveries: int, *, max_deliveries: int) -> Dead | None:
    """Dead, where `deliveries` (this one included) are more than a sound job ever needs.

    Each of the others ended without an outcome and without a committed page: its worker died.
    """
    if not is_poison(deliveries, max_deliveries):
        return None
    before = deliveries - 1
    error = Poisoned(
        f"delivered {before} times, and each time the worker was gone before a page was committed"
    )
    return Dead(failure_of(error))


def channel_busy(waits: int, rng: random.Random, holder: str = "") -> Wait:
    """Another run has the channel: look again, less and less often (after `waits` in vain)."""
    longest_s = min(_LONGEST_LOCK_WAIT_S, 2.0 ** min(waits, 10))
    return Wait(rng.uniform(longest_s / 2, longest_s), CHANNEL_BUSY, holder)


def index_awaited(waits: int, asked_s: float, rng: random.Random) -> Wait | Done:
    """Discord builds its index: look again, less and less often, and not for ever.

    `asked_s` is the wait that Discord asks for.
    """
    if waits >= _MOST_INDEX_WAITS:
        return Done()
    wait_s = max(asked_s, min(_LONGEST_INDEX_WAIT_S, _FIRST_INDEX_WAIT_S * 2.0**waits))
    return Wait(wait_s * rng.uniform(1.0, 1.1), SearchNotReady.reason)


def full_jitter_s(attempts: int, backoff_s: tuple[float, float], rng: random.Random) -> float:
    """Anything from 0 up to `first * 2**attempts`, at most `cap`: jobs that failed together part.

    (https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/)
    """
    first_s, cap_s = backoff_s
    return rng.uniform(0.0, min(cap_s, first_s * 2.0 ** min(attempts, 60)))


def failure_of(error: BaseException) -> Failure:
    """The error as it is kept."""
    reason = error.reason if isinstance(error, ClipsaverError) else ClipsaverError.reason
    text = str(error) if isinstance(error, ClipsaverError) else f"{type(error).__name__}: {error}"
    return Failure(
        reason=reason,
        error=_storable(text)[:_LONGEST_ERROR],
        fingerprint=fingerprint(error),
        path=error.path if isinstance(error, BadJob) else None,
    )


def fingerprint(error: BaseException) -> str:
    """12 hex digits that are equal for what is likely the same cause.

    For our own errors over what they say apart from ids; for others over the type and the
    innermost functions, without line numbers, so that it survives an edit elsewhere in a file.
    """
    parts = [type(error).__qualname__]
    if isinstance(error, DiscordError):
        parts += [error.reason, str(error.status), str(error.code)]
    elif isinstance(error, BadJob):
        parts += [error.reason, error.path.partition("[")[0]]
    elif isinstance(error, ClipsaverError):
        parts.append(error.reason)
    else:
        frames = [frame for frame, _ in traceback.walk_tb(error.__traceback__)]
        for frame in frames[-_FRAMES:]:
            parts += [str(frame.f_globals.get("__name__")), frame.f_code.co_qualname]
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:12]


def leading(error: BaseException) -> BaseException:
    """Of a group of errors, as nurseries raise them, the one that decides."""
    leaves = _leaves(error)
    order = (Handling.ABANDON, Handling.DEAD, Handling.RETRY, Handling.WAIT)
    return min(leaves, key=lambda leaf: order.index(_handling(leaf)))


def _leaves(error: BaseException) -> list[BaseException]:
    if not isinstance(error, BaseExceptionGroup):
        return [error]
    return [leaf for part in error.exceptions for leaf in _leaves(part)]


def _handling(error: BaseException) -> Handling:
    return error.handling if isinstance(error, ClipsaverError) else Handling.RETRY


def _storable(text: str) -> str:
    """Without what neither JSON nor PostgreSQL takes: lone surrogates and NUL."""
    return text.encode("utf-8", "replace").decode().replace("\0", "")


def _wait_s(error: BaseException, rng: random.Random) -> float:
    """Until the obstacle may be gone, plus a little, so that not all come back at once."""
    if isinstance(error, RateLimited):
        wait_s = max(0.0, error.retry_after_s)
    else:
        wait_s = next((wait for kind, wait in _WAIT_S if isinstance(error, kind)), 5.0)
    return wait_s * rng.uniform(1.0, 1.1)
