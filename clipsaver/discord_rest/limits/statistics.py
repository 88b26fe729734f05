"""Frozen snapshots of the client's state, for the terminal, logs and tests."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from clipsaver.discord_rest.recent import Heard
from clipsaver.trio_io.http import HttpStatistics


@dataclass(frozen=True, slots=True)
class Waiting:
    """One request that waits for its permit."""

    request: str
    """Method and path."""
    turn: str
    """live, refresh or backfill."""
    why: str
    for_s: float
    """How long it has waited."""
    left_s: float | None
    """How long it will wait at least; None if that depends on others."""
    obstacle: str = ""
    """A `Why`: the stable name of `why`."""
    limit: str = ""
    """Route and channel or guild of what it waits for; empty where that is the whole token's."""
    asker: str = ""
    """On whose behalf it is sent: the run of a job; empty for the worker's own questions."""


@dataclass(frozen=True, slots=True)
class LimitStatistics:
    """What the limits know."""

    on_their_way: int
    """Requests that were sent and not answered yet."""
    waiting: int
    learnt: Mapping[str, tuple[int, float]]
    """Limits that only 429s have shown: route -> (count, window in seconds)."""
    invalid_requests: int
    """401, 403 and 429 (not `shared`) of the last 10 minutes."""
    waits: int = 0
    """Requests that were let through and had to wait for it."""
    waited_s: float = 0.0
    """For how long, together."""


@dataclass(frozen=True, slots=True)
class Statistics:
    """What a client has done since it was opened, and what it waits for now."""

    answers: Mapping[tuple[str, int], int]
    """(route, HTTP status) -> answers."""
    failures: int
    """Exchanges without a whole answer: timeouts, resets, cut bodies."""
    refusals: Mapping[str, int]
    """Scope -> 429s and blocks."""
    retries: int
    """Requests that were sent again, after 429s too."""
    held_since: float | None
    """Since when the token is held as rejected, on Trio's clock; None = it is not."""
    limits: LimitStatistics
    waits: tuple[Waiting, ...]
    http: HttpStatistics | None
    """Of its connections; None where a test has put something else in their place."""
    recent: Mapping[str, Sequence[Heard]]
    """The latest answers of each route, the oldest first."""
