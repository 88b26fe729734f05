"""Entries to work on: what is next in line, what comes in new, delayed ones that are due.

An entry that comes from here is pending under this consumer's name, and nothing more: `lease.take`
begins its delivery. One task of a worker calls these functions; two at once could be given the
same entry twice (the fence keeps that harmless, but one of the two works in vain).
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from clipsaver.queue.entries import Entry, parse_entry, parse_flat
from clipsaver.queue.link import Consumer, Link
from clipsaver.redis_calls.scripts import Value
from clipsaver.redis_calls.unavailable import GroupMissing, code_of, translated

WAITING = "(waiting)"
"""Consumer in whose name entries stand in line; no worker can have this name."""

_LINE_UP = 500
"""New entries that one call puts in line: some milliseconds of the server's time."""
_RECLAIM = 1000
"""Entries of one dead consumer that one call puts back in line."""


@dataclass(frozen=True, slots=True)
class Next:
    """What is next in line."""

    entries: tuple[Entry, ...] = ()
    gone: tuple[str, ...] = ()
    """Ids of entries that somebody deleted from the stream: each is lost work, so say so."""
    has_more: bool = False
    """Not all new entries are in line yet: ask again at once."""


@dataclass(frozen=True, slots=True)
class Reclaimed:
    """What went back in line, and ids of pending entries that somebody deleted from the stream."""

    count: int = 0
    gone: tuple[str, ...] = ()
    now_ms: int = 0
    """By the clock of Redis."""
    was_late: bool = False
    """Nothing was done: it has been too long since Redis was heard from."""


@dataclass(frozen=True, slots=True)
class Claimed:
    """Entries that are ours, and ids of pending entries that somebody deleted from the stream."""

    entries: tuple[Entry, ...] = ()
    gone: tuple[str, ...] = ()


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


async def take_next(
    me: Consumer,
    count: int,
    *,
    others: int,
    held: Collection[str] = (),
    line_up: int = _LINE_UP,
) -> Next:
    """Up to `count` entries of those whose turn it is, `others` of them other than `message` jobs.

    Puts new entries in line first. Guilds take turns, and live jobs go before the others (see
    `scripts/line.lua`). `held` are the entry ids that this worker has in hand: what it lost of
    them and has not noticed yet is left to others.
    """
    arguments: list[Value] = [me.names.group, me.name, count, others, line_up, *held]
    try:
        rows, gone, more = await me.link.run("next", me.names.places, arguments)
    except GroupMissing:
        await make_anew(me)
        return Next()
    entries = parse_flat(me.names.stream, rows)
    return Next(tuple(entries), _ids(gone), has_more=more == b"1")


async def reclaim(
    me: Consumer, *, held: Collection[str] = (), heard_ms: int | None = None
) -> Reclaimed:
    """Put entries whose lease ran out back in line, in front.

    `heard_ms` is `now_ms` of the call before. Where that is half a lease ago or more, the server or
    this machine stood still meanwhile, so holders may have had no chance to renew: nothing is done.
    `held` are the entry ids that this worker holds: it does not take them from itself. Ask
    `takeover` whether others have had the time to renew.
    """
    keys = [*me.names.places, me.names.events]
    heard = "" if heard_ms is None else heard_ms
    arguments: list[Value] = [me.names.group, me.lease_ms, _RECLAIM, me.name, heard, *held]
    try:
        count, gone, now_ms, was_late = await me.link.run("reclaim", keys, arguments)
    except GroupMissing:
        await make_anew(me)
        return Reclaimed()
    return Reclaimed(int(count), _ids(gone), int(now_ms), was_late == b"1")


async def own_pending(me: Consumer, *, held: Collection[str], restarted: bool) -> Claimed:
    """Entries that the server counts as ours and that are not among `held` (entry ids).

    Call it at start with `restarted` (an earlier process of this name may have died of them, so
    it counts as a delivery), and without after a read that failed or was cancelled.
    """
    arguments: list[Value] = [me.names.group, me.name, int(restarted), *held]
    try:
        rows, gone = await me.link.run("own_pending", [me.names.stream], arguments)
    except GroupMissing:
        await make_anew(me)
        return Claimed()
    return Claimed(tuple(parse_flat(me.names.stream, rows)), _ids(gone))


async def put_back(me: Consumer, entries: Sequence[Entry]) -> int:
    """Give back entries that were not taken, first in line for others; returns how many."""
    arguments: list[Value] = [me.names.group, me.name]
    arguments += [entry.entry_id for entry in entries]
    try:
        return int(await me.link.run("put_back", me.names.places, arguments))
    except GroupMissing:
        return 0


async def promote_due(link: Link, limit: int) -> int:
    """Move delayed entries that are due to the end of the stream; returns how many."""
    names = link.names
    return int(await link.run("promote", [names.stream, names.delayed, names.dead], [limit]))


async def waiting(me: Consumer, limit: int) -> int:
    """How many entries could start now if there were a slot, counted up to `limit`."""
    names = me.names
    keys = [names.stream, names.delayed, names.line, names.live]
    try:
        return int(await me.link.run("waiting", keys, [names.group, me.lease_ms, limit]))
    except GroupMissing:
        return 0


def _ids(raw: Sequence[bytes]) -> tuple[str, ...]:
    return tuple(entry_id.decode() for entry_id in raw)
