"""Which entries and runs a person means. Decides only."""

from __future__ import annotations

from dataclasses import dataclass

from clipsaver.queue.operating.filters import Filter
from clipsaver.queue.operating.pending import PendingEntry


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection(Filter):
    """Of entries that are held, wait or are delayed."""

    worker: frozenset[str] = frozenset()
    place: frozenset[str] = frozenset()

    def matches(self, one: PendingEntry) -> bool:
        """Whether the entry is one of those that are meant."""
        return self.fits(
            {
                "type": (one.job.type,),
                "guild": (one.job.guild_id,),
                "channel": (one.job.channel_id,),
                "job_id": (one.job.job_id,),
                "worker": (one.worker,),
                "place": (one.verdict.place.value,),
            }
        )
