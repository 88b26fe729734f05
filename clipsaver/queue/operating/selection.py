"""Which entries and runs a person means. Pure."""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from dataclasses import dataclass, fields

from clipsaver.queue.operating.pending import PendingEntry


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """One is meant if it has one of the values of each field that names any."""

    type: frozenset[str] = frozenset()
    guild: frozenset[str] = frozenset()
    channel: frozenset[str] = frozenset()
    job_id: frozenset[str] = frozenset()
    worker: frozenset[str] = frozenset()
    place: frozenset[str] = frozenset()

    @property
    def is_all(self) -> bool:
        """Whether it leaves none out."""
        return self == Selection()

    def matches(self, one: PendingEntry) -> bool:
        """Whether the entry is one of those that are meant."""
        return all(
            not asked or has in asked
            for asked, has in (
                (self.type, one.job.type),
                (self.guild, one.job.guild_id),
                (self.channel, one.job.channel_id),
                (self.job_id, one.job.job_id),
                (self.worker, one.worker),
                (self.place, one.verdict.place.value),
            )
        )

    def words(self) -> str:
        """As the options of the command line, for the audit."""
        return shlex.join(self._words())

    def _words(self) -> Iterator[str]:
        for field in fields(self):
            for value in sorted(getattr(self, field.name)):
                yield from (f"--{field.name.replace('_', '-')}", value)
