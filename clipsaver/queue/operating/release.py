"""Entries are taken from a holder that is gone or stuck, without waiting for their leases."""

from __future__ import annotations

import enum
from collections.abc import Sequence

from clipsaver.jobs import EXCLUSIVE_TYPES
from clipsaver.queue.link import Link
from clipsaver.queue.names import Names
from clipsaver.queue.operating.audit import Act
from clipsaver.queue.operating.lua import run
from clipsaver.queue.operating.pending import PendingEntry
from clipsaver.queue.operating.sketch import Sketch
from clipsaver.redis_calls.scripts import Value
from clipsaver.redis_calls.unavailable import GroupMissing


class Fate(enum.StrEnum):
    """What came of it for one entry."""

    RELEASED = "released"
    MOVED = "moved"
    """Its holder had let go of it, or somebody else has taken it over."""
    GONE = "gone"
    """Somebody deleted its body from the stream: there is nothing to release."""
    NOT_HELD = "not_held"
    """It waits already."""


_CHUNK = 100
"""Entries that one script releases; the server does nothing else meanwhile."""


async def release(link: Link, act: Act, entries: Sequence[PendingEntry]) -> list[Fate]:
    """Lets others have entries at once that a worker holds; what came of each, in order.

    Sound at any time: a holder that is alive after all loses its lease, and no page is committed
    twice; at worst one is read twice. May be repeated.
    """
    fates: list[Fate] = []
    for start in range(0, len(entries), _CHUNK):
        fates += await _release(link, act, entries[start : start + _CHUNK])
    return fates


async def _release(link: Link, act: Act, entries: Sequence[PendingEntry]) -> list[Fate]:
    names = link.names
    held = [one for one in entries if one.worker is not None and one.entry_id is not None]
    keys: list[Value] = [*names.places, names.events, names.audit]
    arguments: list[Value] = [*act.words("pending release"), names.group]
    for one in held:
        keys += job_and_lock(names, one)
        arguments += [one.entry_id or "", one.worker or "", one.run_id]
    if not held:
        return [Fate.NOT_HELD for _ in entries]
    try:
        reply = await run(link, "release", keys, arguments)
    except GroupMissing:
        reply = [b"gone" for _ in held]
    fates = {one.entry_id: Fate(fate.decode()) for one, fate in zip(held, reply, strict=True)}
    return [fates.get(one.entry_id, Fate.NOT_HELD) for one in entries]


def job_and_lock(names: Names, one: PendingEntry) -> tuple[str, str]:
    """Keys of the run's hash and of the lock of its channel; the hash again where it has none."""
    job = names.job(one.run_id)
    return job, lock_of(names, one.job) or job


def lock_of(names: Names, job: Sketch) -> str | None:
    """The lock of the channel that a job of this kind holds while it runs."""
    channel = job.channel_id or ""
    if job.type not in EXCLUSIVE_TYPES or not (channel.isascii() and channel.isdecimal()):
        return None
    return names.lock(int(channel))
