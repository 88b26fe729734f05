"""What a metric is: its name, what it means, and how it is read off a snapshot. Pure."""

from __future__ import annotations

import enum
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from clipsaver.discord_rest.limits.view import LimitsView
from clipsaver.queue.operating.backlog import Backlog
from clipsaver.queue.worker_statistics import WorkerStatistics

Sample = tuple[tuple[str, ...], float]
"""Values of the labels, in their order, and the figure."""


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A worker at one moment. What could not be learnt in time is None."""

    state: str
    up: Mapping[str, bool]
    """By the name of what it needs."""
    late_s: float
    """How late the event loop was at most in the last minute."""
    statistics: WorkerStatistics | None = None
    """None while the worker starts."""
    backlog: Backlog | None = None
    limits: LimitsView | None = None
    """Of the token, over all workers."""
    requests_per_second: float = 0.0
    """As configured."""


class Kind(enum.StrEnum):
    """As Prometheus has them."""

    COUNTER = "counter"
    """Since the worker's start; only ever more."""
    GAUGE = "gauge"
    """Now."""
    HISTOGRAM = "histogram"
    """Counts by upper bound: the bounds and `inf` are the one label's values, and `sum` the sum."""


@dataclass(frozen=True, slots=True)
class Figure:
    """One metric."""

    name: str
    """As it is queried, but for a histogram's endings."""
    kind: Kind
    help: str
    read: Callable[[Snapshot], Iterable[Sample]] = field(repr=False)
    """Nothing where the snapshot does not tell."""
    labels: Sequence[str] = ()


def of_worker(
    read: Callable[[WorkerStatistics], Iterable[Sample] | float],
) -> Callable[[Snapshot], Iterable[Sample]]:
    """What is read off the worker's own statistics: samples, or the one figure."""

    def samples(snapshot: Snapshot) -> Iterable[Sample]:
        if snapshot.statistics is None:
            return ()
        found = read(snapshot.statistics)
        return one(found) if isinstance(found, int | float) else found

    return samples


def one(value: float) -> tuple[Sample]:
    """Of a metric without labels."""
    return (((), float(value)),)


def by_name(counts: Mapping[str, float], at_least: Iterable[str] = ()) -> Iterable[Sample]:
    """Of one label. Those of `at_least` are there from the beginning, as 0: the first of anything
    is no increase to Prometheus where there was no series before."""
    return [((name,), value) for name, value in {**dict.fromkeys(at_least, 0.0), **counts}.items()]


def by_two(
    counts: Mapping[str, Mapping[str, float]], at_least: Iterable[tuple[str, str]] = ()
) -> Iterable[Sample]:
    """Of two labels, in the same way."""
    found = dict.fromkeys(at_least, 0.0)
    found |= {(first, second): n for first, inner in counts.items() for second, n in inner.items()}
    return list(found.items())
