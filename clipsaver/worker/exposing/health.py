"""Whether a worker lives, and whether it works: the answers of /healthz and /readyz. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

STARTING, STOPPING = "starting", "stopping"
"""States of a worker without its parts; with them it says so itself."""
LATE_S = 5.0
"""A worker this late does not tick: with the shortest lease others have taken its jobs by now."""

_TAKES = "takes jobs"
_DOES_NOT_TAKE = {
    STARTING: "the worker starts: it takes jobs once both stores have answered",
    "paused": "paused by an operator: it takes nothing new",
    "draining": "draining by an operator: it takes nothing new and then ends",
    STOPPING: "the worker stops",
}
"""By state."""


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was looked at."""

    name: str
    is_fine: bool
    words: str
    decides: bool = True
    """Whether it makes the whole answer."""

    def __str__(self) -> str:
        mark = "ok" if self.is_fine else "not ok" if self.decides else "note"
        return f"{self.name}: {mark} ({self.words})"


@dataclass(frozen=True, slots=True)
class Verdict:
    """All of an answer."""

    yes: str
    """What it is called if all is well; `not` goes before it elsewhere."""
    checks: tuple[Check, ...]

    @property
    def is_fine(self) -> bool:
        return all(check.is_fine for check in self.checks if check.decides)

    @property
    def status(self) -> int:
        """HTTP's."""
        return 200 if self.is_fine else 503

    @property
    def text(self) -> str:
        """A line for the whole and one for each check."""
        first = self.yes if self.is_fine else f"not {self.yes}"
        return "".join(f"{line}\n" for line in (first, *self.checks))


@dataclass(frozen=True, slots=True)
class Standing:
    """How a worker and what it needs stand; times are seconds, and None where all is well."""

    state: str
    """starting, running, paused, draining or stopping."""
    has_stores: bool = True
    """Whether there are connections to Redis and PostgreSQL to ask by."""
    redis_away_s: float | None = None
    database_away_s: float | None = None
    token_held_s: float | None = None
    """As rejected."""
    discord_away_s: float | None = None
    thumbnails_away_s: float | None = None


def liveness(late_s: float, worst_s: float) -> Verdict:
    """Whether the scheduler ticks; `worst_s` is how late it was at most in the last minute."""
    words = f"late by {_ms(late_s)}, by {_ms(worst_s)} at most in the last minute"
    return Verdict("alive", (Check("scheduler", late_s < LATE_S, words),))


def readiness(standing: Standing) -> Verdict:
    """Whether it takes jobs and can do them."""
    return Verdict("ready", tuple(_checks(standing)))


def _checks(standing: Standing) -> Iterator[Check]:
    reads = _DOES_NOT_TAKE.get(standing.state)
    yield Check("reads", reads is None, reads or _TAKES)
    if standing.has_stores:
        yield _serves("redis", standing.redis_away_s)
        yield _serves("postgresql", standing.database_away_s)
    else:
        yield Check("redis", is_fine=False, words="not asked")
        yield Check("postgresql", is_fine=False, words="not asked")
    yield _token(standing.token_held_s)
    # An outage of Discord's is no fault of this worker, and another one would do no better.
    yield _serves("discord", standing.discord_away_s, decides=False)
    yield _serves("thumbnails", standing.thumbnails_away_s, decides=False)


def _token(held_s: float | None) -> Check:
    if held_s is None:
        return Check("token", is_fine=True, words="not rejected")
    hint = "give another one and start the worker again"
    words = f"rejected by Discord for {_long(held_s)}: {hint}"
    return Check("token", is_fine=False, words=words)


def _serves(name: str, away_s: float | None, *, decides: bool = True) -> Check:
    words = "no trouble" if away_s is None else f"away for {_long(away_s)}; the log says why"
    return Check(name, away_s is None, words, decides)


def _long(seconds: float) -> str:
    return f"{seconds:.0f} s" if seconds < 120 else f"{seconds / 60:.0f} min"


def _ms(seconds: float) -> str:
    return f"{seconds * 1000:.0f} ms"
