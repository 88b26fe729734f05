"""Leases: who holds an entry may change what it does, and knows when it no longer may.

A lease is the entry's place in the pending list (whose idle time the holder keeps short) plus a
fence: a number greater than that of every earlier delivery of the run. PostgreSQL and the scripts
that settle a delivery check the fence, so a worker that slept through its lease changes nothing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from clipsaver.queue.entries import Entry
from clipsaver.queue.link import Consumer
from clipsaver.redis_calls.scripts import Value
from clipsaver.redis_calls.unavailable import GroupMissing

_LOCK_LEASES = 20
"""How many terms a channel stays locked to a run that nobody renews. While Redis is away every
lease runs out and nobody has died: another run that took the channel then would cost a living
worker its job. A dead worker's run is delivered again long before, and has the lock as its own."""


@dataclass(frozen=True, slots=True)
class Lease:
    """One delivery of one entry to this worker."""

    entry: Entry
    fence: int
    deliveries: int
    """This one included: how often it was delivered without a committed page or an outcome."""
    channel_id: int | None = None
    """The channel that this run holds against other exclusive jobs, if it does."""
    locked_by: str | None = None
    """The run that holds the channel instead: put this one off."""
    progressed: bool = False
    """A page was committed in this delivery."""

    @property
    def run_id(self) -> str:
        return self.entry.run_id

    @property
    def attempts(self) -> int:
        """Failed attempts since the last committed page: a job that gets on may fail again."""
        return 0 if self.progressed else self.entry.carried.attempts


async def take(
    me: Consumer,
    entry: Entry,
    facts: Mapping[str, Value],
    *,
    exclusive_channel: int | None = None,
    at_least: int = 0,
) -> Lease | None:
    """Begin a delivery; None where the entry is no longer this consumer's.

    `facts` go into the run's hash for those who watch (type, guild, channel, job_id).
    `exclusive_channel` is the channel of a job whose type excludes others there; where another
    run holds it, the lease says so in `locked_by`. `at_least` is the least fence to give, for when
    the database knows a greater one (Redis lost its data and its clock went back).
    """
    names = me.names
    keys = [names.stream, names.job(entry.run_id)]
    if exclusive_channel is not None:
        keys.append(names.lock(exclusive_channel))
    arguments: list[Value] = [names.group, me.name, entry.entry_id, entry.run_id]
    arguments += [_LOCK_LEASES * me.lease_ms, at_least, *_flat(facts)]
    try:
        reply = await me.link.run("take", keys, arguments)
    except GroupMissing:
        return None
    if not reply:
        return None
    fence, deliveries, holder = reply
    has_channel = exclusive_channel is not None and not holder
    return Lease(
        entry=entry,
        fence=int(fence),
        deliveries=int(deliveries),
        channel_id=exclusive_channel if has_channel else None,
        locked_by=holder.decode() or None,
    )


async def renew(me: Consumer, leases: Sequence[Lease]) -> list[Lease]:
    """Keep the leases for another term; returns those that are lost: stop their work at once."""
    if not leases:
        return []
    names = me.names
    keys: list[Value] = [names.stream]
    arguments: list[Value] = [names.group, me.name, _LOCK_LEASES * me.lease_ms]
    for lease in leases:
        job = names.job(lease.run_id)
        keys += [job, job if lease.channel_id is None else names.lock(lease.channel_id)]
        arguments += [lease.entry.entry_id, lease.fence, lease.run_id]
    try:
        lost = await me.link.run("renew", keys, arguments)
    except GroupMissing:
        return list(leases)
    return [leases[int(position) - 1] for position in lost]


async def note_progress(me: Consumer, lease: Lease) -> Lease | None:
    """After a delivery's first committed page: its deliveries count anew. None where it is lost."""
    keys = [me.names.stream, me.names.job(lease.run_id)]
    arguments: list[Value] = [me.names.group, me.name, lease.entry.entry_id, lease.fence]
    try:
        verdict = await me.link.run("progressed", keys, arguments)
    except GroupMissing:
        return None
    return replace(lease, deliveries=1, progressed=True) if verdict == b"held" else None


def _flat(facts: Mapping[str, Value]) -> list[Value]:
    return [word for pair in facts.items() for word in pair]
