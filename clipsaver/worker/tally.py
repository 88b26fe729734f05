"""What came of deliveries, counted. Does no I/O."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from clipsaver.queue.lease import Lease

WORKER_LOST, RETRY = "worker_lost", "retry"
"""Why an entry was delivered again."""


@dataclass(slots=True)
class Tally:
    """Of one worker, since its start."""

    outcomes: Counter[str] = field(default_factory=Counter)
    """Deliveries by how they ended."""
    by_type: dict[str, Counter[str]] = field(default_factory=dict)
    """The same by the type of their job."""
    redelivered: Counter[str] = field(default_factory=Counter)
    """Deliveries of what had been delivered before, by why. What was handed back, sliced or waited
    for its turn is not among them: that is how work goes on."""

    def is_taken(self, lease: Lease) -> None:
        """A delivery has begun."""
        if lease.deliveries > 1:
            self.redelivered[WORKER_LOST] += 1
        elif lease.attempts > 0:
            self.redelivered[RETRY] += 1

    def has_ended(self, job_type: str, outcome: str) -> None:
        """A delivery is over."""
        self.outcomes[outcome] += 1
        self.by_type.setdefault(job_type, Counter())[outcome] += 1
