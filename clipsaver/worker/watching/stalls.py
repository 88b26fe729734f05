"""Which jobs stand still without a reason that anybody knows. Does no I/O and reads no clock.

A job gets on when its standing changes: a page, a stage, a share. One that waits for a limit whose
end is known, or for a store or Discord to be back, is not to blame, and its time does not count.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

AWAY = frozenset({"database", "discord", "redis"})
"""Obstacles whose end nobody can know."""
_LATE_MS = 5_000
"""By which a wait may go on after the end that was told for it."""


@dataclass(frozen=True, slots=True)
class Sign:
    """What one look sees of a job."""

    run_id: str
    standing: object
    """Something else whenever the job has got on."""
    is_excused: bool


@dataclass(frozen=True, slots=True)
class Stalled:
    """The job stands still, for the first time or still after twice the time."""

    run_id: str
    for_s: float


@dataclass(frozen=True, slots=True)
class GoesOn:
    """A job that was called stalled has got on."""

    run_id: str
    after_s: float


@dataclass(slots=True)
class _Watched:
    standing: object
    since: float
    """Since when it stands still and has no excuse."""
    tell_after_s: float
    told_since: float | None = None
    """Since when it stood still as it was first told."""


def is_excused(obstacle: str, until_ms: int | None, now_ms: float) -> bool:
    """Whether what a job waits for ends by itself, or was said to be away; times are Unix."""
    if until_ms is None:
        return obstacle in AWAY
    return now_ms < until_ms + _LATE_MS


class Stalls:
    """Remembers how long each job has stood; `after_s` is when that is worth a word."""

    def __init__(self, after_s: float) -> None:
        self._after_s = after_s
        self._watched: dict[str, _Watched] = {}

    def look(self, signs: Sequence[Sign], now: float) -> list[Stalled | GoesOn]:
        """What is to be told now, given all jobs in hand; a job that is over is forgotten."""
        told: list[Stalled | GoesOn] = []
        before, self._watched = self._watched, {}
        for sign in signs:
            watched = before.get(sign.run_id)
            if watched is None or watched.standing != sign.standing:
                if watched is not None and watched.told_since is not None:
                    told.append(GoesOn(sign.run_id, now - watched.told_since))
                watched = _Watched(sign.standing, now, self._after_s)
            self._watched[sign.run_id] = watched
            if sign.is_excused:
                watched.since = now
            elif (for_s := now - watched.since) >= watched.tell_after_s:
                if watched.told_since is None:
                    watched.told_since = watched.since
                while watched.tell_after_s <= for_s:
                    watched.tell_after_s *= 2
                told.append(Stalled(sign.run_id, for_s))
        return told
