"""The names of the stream's keys, which producers and operators may rely on."""

from __future__ import annotations

from dataclasses import dataclass

from clipsaver.errors import UsageError


@dataclass(frozen=True, slots=True)
class Names:
    """One stream, its consumer group, and every key that belongs to it.

    The stream's name is the hash tag of the others, so that all are in one slot of a cluster and
    scripts may use them together. Raises UsageError for a name that would not be a hash tag.
    """

    stream: str
    group: str

    def __post_init__(self) -> None:
        if not self.stream or "{" in self.stream or "}" in self.stream:
            raise UsageError(f"a stream cannot be named {self.stream!r}: no braces, not empty")

    @property
    def dead(self) -> str:
        """Stream of dead letters; stays until they are retried or dropped."""
        return f"{{{self.stream}}}:dead"

    @property
    def delayed(self) -> str:
        """Sorted set of whole entries by the Unix time in ms at which they are due."""
        return f"{{{self.stream}}}:delayed"

    @property
    def events(self) -> str:
        """Capped stream of what happened to runs."""
        return f"{{{self.stream}}}:events"

    @property
    def line(self) -> str:
        """Sorted set of what waits, by whose turn it is; all but live jobs."""
        return f"{{{self.stream}}}:line"

    @property
    def live(self) -> str:
        """The same of live jobs."""
        return f"{self.line}:live"

    @property
    def turns(self) -> str:
        """Hash with how far the turns have come; there while somebody stands in line."""
        return f"{self.line}:turns"

    @property
    def places(self) -> tuple[str, str, str, str]:
        """The stream and its line: the first keys of the scripts that move entries there."""
        return self.stream, self.line, self.live, self.turns

    @property
    def audit(self) -> str:
        """Stream of what operators did; each entry stays for 30 days."""
        return f"{{{self.stream}}}:audit"

    @property
    def cancel(self) -> str:
        """Stream that wakes the holders of cancelled runs, with those of an hour; expires."""
        return f"{{{self.stream}}}:cancel"

    @property
    def control(self) -> str:
        """Hash with what workers are ordered to do, by their names; expires."""
        return f"{{{self.stream}}}:control"

    @property
    def lasting(self) -> frozenset[str]:
        """Keys without an expiry; all others go away by themselves.

        Dead letters and the audit are kept for people, events are capped, and the others empty as
        the work is done.
        """
        return frozenset(
            (self.stream, self.delayed, self.dead, self.audit, self.events, *self.in_line)
        )

    @property
    def in_line(self) -> frozenset[str]:
        """Of the lasting keys, those that are there only while something waits for a worker."""
        return frozenset((self.line, self.live, self.turns))

    def job(self, run_id: str) -> str:
        """Hash with the state of a run; expires."""
        return f"{{{self.stream}}}:job:{run_id}"

    def added(self, run_id: str) -> str:
        """Set of what a run has added to the stream; expires."""
        return f"{self.job(run_id)}:added"

    def queued(self, name: str) -> str:
        """Entry that was last pushed for what is named so; expires."""
        return f"{{{self.stream}}}:queued:{name}"

    def retried(self, letter_id: str) -> str:
        """The dead letter as it was before it was retried, for who undoes that; expires."""
        return f"{{{self.stream}}}:retried:{letter_id}"

    def worker(self, consumer: str) -> str:
        """Hash with a worker's heartbeat; expires."""
        return f"{{{self.stream}}}:worker:{consumer}"

    def tree(self, consumer: str) -> str:
        """Hash with a worker's tasks, as somebody asked for them; expires."""
        return f"{{{self.stream}}}:tree:{consumer}"

    def series(self, minute: int) -> str:
        """Hash with what each worker did in that minute (Unix time in minutes); expires."""
        return f"{{{self.stream}}}:series:{minute}"

    @property
    def watch(self) -> str:
        """The worker that watches guilds now; expires with its lease."""
        return f"{{{self.stream}}}:watch"

    def watched(self, guild_id: int) -> str:
        """Hash with what is remembered of a watched guild; expires."""
        return f"{self.watch}:{guild_id}"

    def lock(self, channel_id: int) -> str:
        """Run that reads or purges the channel now; expires 20 leases after the last renewal."""
        return f"{{{self.stream}}}:lock:{channel_id}"
