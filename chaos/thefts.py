"""Whether anybody took a living worker's jobs, by what the workers' logs say. Pure.

While Valkey is down or stands still nobody can renew, and every lease runs out. When it is back,
who is alive renews, and nobody takes anything over for one lease. So only a worker that was itself
frozen or cut off may lose what it holds. All times are of one clock.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

LOSSES = frozenset({"lease_lost", "job_abandoned"})
"""Events that name a run which the worker had begun and no longer holds."""
TAKEOVER = "entries_reclaimed"
BEGINNING = "worker_started"
_NOTICED_WITHIN_S = 10.0
"""After it woke: a renewal is a third of a lease away, and meanwhile Valkey may be down."""
_UNDER_WAY_S = 0.2
"""An answer that Valkey gave before it died is read a moment later."""


@dataclass(frozen=True, slots=True)
class Absence:
    """A worker that was frozen, or whose connections to Valkey were silent."""

    worker: int
    since_s: float
    until_s: float


@dataclass(frozen=True, slots=True)
class Outage:
    """Valkey was down or stood still for all."""

    back_s: float
    """When it could be reached again, at the earliest."""


@dataclass(frozen=True, slots=True)
class Told:
    """A line of a worker's log."""

    worker: int
    log: str
    event: str
    at_s: float
    run: str = ""


def losses(told: Iterable[Told], absences: Sequence[Absence]) -> Iterator[str]:
    """What workers lost that were there all the time."""
    for line in told:
        if line.event in LOSSES and not any(
            one.worker == line.worker
            and one.since_s <= line.at_s <= one.until_s + _NOTICED_WITHIN_S
            for one in absences
        ):
            yield f"{line.log}: {line.run}"


def hasty(
    told: Iterable[Told], absences: Sequence[Absence], outages: Sequence[Outage], lease_s: float
) -> Iterator[str]:
    """Takeovers within a lease after Valkey was back, by workers that knew it at once.

    One that was frozen or cut off may say later what it did before. One that began since, or just
    before, knows of an outage only how long Valkey is up, and of a standstill nothing: whether it
    took anything from the living, `losses` says.
    """
    lines = list(told)
    begun = {line.log: line.at_s for line in lines if line.event == BEGINNING}
    for line in lines:
        if line.event != TAKEOVER:
            continue
        for outage in outages:
            after_s = line.at_s - outage.back_s
            is_there = not any(
                one.worker == line.worker
                and one.since_s <= line.at_s
                and one.until_s >= outage.back_s - lease_s
                for one in absences
            )
            knew = begun.get(line.log, float("-inf")) < outage.back_s - lease_s
            if _UNDER_WAY_S < after_s < lease_s and is_there and knew:
                yield f"{line.log}, {after_s:.2f} s after Valkey was back"
