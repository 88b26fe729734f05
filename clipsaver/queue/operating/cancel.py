"""Runs that were cancelled in the database leave the stream, and whoever holds one is woken."""

from __future__ import annotations

import enum
from collections.abc import Sequence

from clipsaver.queue.intake import WAITING
from clipsaver.queue.link import Link
from clipsaver.queue.operating.audit import Act
from clipsaver.queue.operating.lua import run
from clipsaver.queue.operating.pending import PendingEntry
from clipsaver.queue.operating.release import lock_of
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


async def take_away(link: Link, act: Act, entries: Sequence[PendingEntry]) -> list[Fate]:
    """Takes the entries off the stream and out of the delayed set; some hundred at most.

    Call it after the runs were cancelled in the database: a crash between the two leaves entries
    that whoever takes them finds finished. May be repeated.
    """
    if not entries:
        return []
    names = link.names
    keys: list[Value] = [names.stream, names.events, names.audit, names.delayed, names.cancel]
    keys += [names.line, names.live]
    arguments: list[Value] = [*act.words("cancel"), names.group, WAITING]
    for one in entries:
        job = names.job(one.run_id)
        keys += [job, lock_of(names, one.job) or job]
        arguments += [one.run_id, one.entry_id or "", one.due_at_ms or ""]
    try:
        reply = await run(link, "cancel", keys, arguments)
    except GroupMissing:
        return [Fate.MOVED for _ in entries]
    return [Fate(fate.decode()) for fate in reply]
