"""Entries to work on: new ones, those whose holder fell silent, delayed ones that are due.

An entry that comes from here is pending under this consumer's name, and nothing more: `lease.take`
begins its delivery. One task of a worker calls these functions; two at once could be given the
same entry twice (the fence keeps that harmless, but one of the two works in vain).
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from clipsaver.queue.entries import Entry, parse_entry, parse_flat
from clipsaver.queue.link import Consumer, Link
from clipsaver.redis_calls.scripts import Value
from clipsaver.redis_calls.unavailable import GroupMissing, code_of, translated

_FREED_IDLE_MS = 10 * 365 * 24 * 3_600_000
"""Entries that are nobody's are idle since 1970; no holder has been silent for so long."""

ASIDE = "(waiting)"
"""Consumer in whose name entries wait that were read past; no worker can have this name."""


@dataclass(frozen=True, slots=True)
class Claimed:
    """Entries taken over, and ids of pending entries that somebody deleted from the stream."""

    entries: tuple[Entry, ...] = ()
    gone: tuple[str, ...] = ()
    """They are out of the pending list now; each is lost work, so say so."""


async def ensure_group(link: Link) -> None:
    """Make the stream and its group unless they are there; the group starts at the beginning."""
    names = link.names
    try:
        with translated(link.server):
            await link.redis.execute_command(
                "XGROUP CREATE", names.stream, names.group, "0", "MKSTREAM"
            )
    except Exception as error:
        if code_of(error) != "BUSYGROUP":
            raise


async def make_anew(me: Consumer) -> None:
    """The stream or its group is gone while workers are there: somebody took it, or memory did."""
    await ensure_group(me.link)
    me.on_stream_lost()


async def read(me: Consumer, count: int, *, block_ms: int) -> tuple[Entry, ...]:
    """Up to `count` new entries; waits up to `block_ms` (at least 1) for the first.

    After a read that failed or was cancelled the server may have delivered entries that nobody
    saw: `own_pending` finds them. Makes a missing group anew and then returns nothing.
    """
    names = me.names
    group: list[Value] = ["GROUP", names.group, me.name]
    words = ["XREADGROUP", *group, "COUNT", count, "BLOCK", max(1, block_ms)]
    try:
        reply = await me.link.command(*words, "STREAMS", names.stream, ">")
    except GroupMissing:
        await make_anew(me)
        return ()
    batches = reply.values() if reply else ()
    rows = [row for batch in batches for part in batch for row in part]
    return tuple(parse_entry(names.stream, entry_id, fields) for entry_id, fields in rows)


async def claim(
    me: Consumer,
    count: int,
    *,
    held: Collection[str] = (),
    messages_only: bool = False,
    freed_only: bool = False,
) -> Claimed:
    """Take over entries whose lease ran out, oldest first; it counts as a delivery of each.

    `held` are the entry ids that this worker holds: it does not take over from itself.
    `messages_only` finds `message` jobs alone, for slots that are reserved for them. `freed_only`
    takes only what was handed back or read past, which is nobody's, for when a silent holder may
    have been silenced by an outage.
    """
    least_idle_ms = _FREED_IDLE_MS if freed_only else me.lease_ms
    fixed: list[Value] = [me.names.group, me.name, least_idle_ms, count, ASIDE, int(messages_only)]
    return await _claimed(me, "claim", [*fixed, *held])


async def own_pending(me: Consumer, *, held: Collection[str], restarted: bool) -> Claimed:
    """Entries that the server counts as ours and that are not among `held` (entry ids).

    Call it at start with `restarted` (an earlier process of this name may have died of them, so
    it counts as a delivery), and without after a read that failed or was cancelled.
    """
    fixed: list[Value] = [me.names.group, me.name, me.lease_ms, int(restarted)]
    return await _claimed(me, "own_pending", [*fixed, *held])


async def put_back(me: Consumer, entries: Sequence[Entry]) -> int:
    """Give back entries that were not taken, first in line for others; returns how many."""
    arguments: list[Value] = [me.names.group, me.name]
    arguments += [entry.entry_id for entry in entries]
    try:
        return int(await me.link.run("put_back", [me.names.stream], arguments))
    except GroupMissing:
        return 0


async def promote_due(link: Link, limit: int) -> int:
    """Move delayed entries that are due to the end of the stream; returns how many."""
    names = link.names
    return int(await link.run("promote", [names.stream, names.delayed, names.dead], [limit]))


async def waiting(me: Consumer, limit: int) -> int:
    """How many entries could start now if there were a slot, counted up to `limit`."""
    names = me.names
    keys = [names.stream, names.delayed]
    try:
        return int(await me.link.run("waiting", keys, [names.group, me.lease_ms, limit]))
    except GroupMissing:
        return 0


@dataclass(frozen=True, slots=True)
class Ahead:
    """What a look ahead brought; `cursor` goes into the next one, so that none is read twice."""

    entries: tuple[Entry, ...]
    cursor: str


async def read_message_ahead(
    me: Consumer, count: int, *, cursor: str = "0-0", look_at: int = 1000
) -> Ahead:
    """`message` jobs that wait behind other entries, for when only reserved slots are free.

    Looks at up to `look_at` entries that were not delivered yet, from `cursor` on. Where it finds a
    `message` job it reads up to it: the entries before it become pending, first in line for
    whoever claims with a free slot. The caller still decodes what it gets: the search is by text.
    """
    names = me.names
    try:
        found, seen = await me.link.run(
            "find_message", [names.stream], [names.group, cursor, look_at]
        )
        if not found:
            return Ahead((), seen.decode())
        rows: list[Any] = []
        done = b"0"
        while done == b"0" and len(rows) < count:
            arguments: list[Value] = [names.group, me.name, ASIDE]
            arguments += [found, count - len(rows), look_at]
            more, done = await me.link.run("read_past", [names.stream], arguments)
            rows += more
    except GroupMissing:
        await make_anew(me)
        return Ahead((), "0-0")
    return Ahead(tuple(parse_flat(names.stream, rows)), seen.decode())


async def _claimed(me: Consumer, name: str, arguments: Sequence[Value]) -> Claimed:
    try:
        rows, gone = await me.link.run(name, [me.names.stream], arguments)
    except GroupMissing:
        await make_anew(me)
        return Claimed()
    entries = parse_flat(me.names.stream, rows)
    return Claimed(tuple(entries), tuple(entry_id.decode() for entry_id in gone))
