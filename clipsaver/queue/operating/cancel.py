"""Runs that were cancelled in the database leave the stream, and whoever holds one is woken."""

from __future__ import annotations

import enum
from collections.abc import Sequence

from clipsaver.jobs import KEPT_OF_LARGE_JOB
from clipsaver.queue.link import Link
from clipsaver.queue.operating.audit import Act
from clipsaver.queue.operating.lua import run
from clipsaver.queue.operating.pending import PendingEntry
from clipsaver.queue.operating.release import job_and_lock
from clipsaver.redis_calls.scripts import Value
from clipsaver.redis_calls.unavailable import GroupMissing


class Fate(enum.StrEnum):
    """Where the entry of a cancelled run was."""

    HELD = "held"
    """A worker had it, and is woken."""
    REMOVED = "removed"
    """It waited, and is gone."""
    MOVED = "moved"
    """It is not where it was seen: whoever takes it finds the run cancelled, and ends it."""


DROP = "pending drop"
"""What the audit calls it where copies are kept."""
_COPIED = KEPT_OF_LARGE_JOB
_CHUNK_OF_COPIES = 20
"""Entries of one audit event: with a copy of 64 KB each it is still no burden."""


async def take_away(link: Link, act: Act, entries: Sequence[PendingEntry]) -> list[Fate]:
    """Takes the entries off the stream and out of the delayed set; some hundred at most.

    Call it after the runs were cancelled in the database: a crash between the two leaves entries
    that whoever takes them finds finished. May be repeated.
    """
    return await _take_away(link, act.words("cancel"), entries, kept="")


async def drop(link: Link, act: Act, entries: Sequence[PendingEntry]) -> list[Fate]:
    """The same, and the audit keeps a copy of each for 30 days; of a job its first 64 KB."""
    fates: list[Fate] = []
    for start in range(0, len(entries), _CHUNK_OF_COPIES):
        chunk = entries[start : start + _CHUNK_OF_COPIES]
        fates += await _take_away(link, act.words(DROP), chunk, kept=_COPIED)
    return fates


async def _take_away(
    link: Link, act: Sequence[Value], entries: Sequence[PendingEntry], *, kept: Value
) -> list[Fate]:
    if not entries:
        return []
    names = link.names
    keys: list[Value] = [names.stream, names.events, names.audit, names.delayed, names.cancel]
    keys += [names.line, names.live]
    arguments: list[Value] = [*act, names.group, kept]
    for one in entries:
        keys += job_and_lock(names, one)
        arguments += [one.run_id, one.entry_id or "", one.due_at_ms or ""]
    try:
        reply = await run(link, "cancel", keys, arguments)
    except GroupMissing:
        return [Fate.MOVED for _ in entries]
    return [Fate(fate.decode()) for fate in reply]
