"""Where entries stand: under a worker's name, in line, not read yet, or delayed. Page by page."""

from __future__ import annotations

import enum
import json
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from clipsaver.queue.entries import Entry, parse_entry
from clipsaver.queue.intake import WAITING
from clipsaver.queue.link import Link
from clipsaver.queue.operating.heartbeats import consumers
from clipsaver.queue.operating.lua import run
from clipsaver.redis_calls.scripts import Value
from clipsaver.redis_calls.unavailable import GroupMissing

PAGE = 100
"""Entries of a page: with bodies of 256 KB each it is still no burden."""


class Part(enum.StrEnum):
    """The parts of the whole, in the order in which they are read."""

    HELD = "held"
    """Under a worker's name."""
    WAITING = "waiting"
    """In line."""
    UNREAD = "unread"
    DELAYED = "delayed"


@dataclass(frozen=True, slots=True)
class Cursor:
    """Where the next page begins."""

    part: Part
    after: str = ""
    """The entry before it; of what is delayed, how many came before."""
    worker: str = ""
    """Of what is held: whose entries."""


@dataclass(frozen=True, slots=True)
class Located:
    """An entry with where it stands."""

    entry: Entry
    has_body: bool
    consumer: str = ""
    idle_ms: int = 0
    deliveries: int = 0
    line: int = 0
    due_at_ms: int | None = None


async def locate_page(
    link: Link,
    cursor: Cursor | None = None,
    *,
    parts: Collection[Part] = tuple(Part),
    count: int = PAGE,
) -> tuple[list[Located], Cursor | None]:
    """The entries of the page at `cursor`, and where the next one begins (None = that was all).

    A page may be empty although more follow.
    """
    order = [part for part in Part if part in parts]
    at = cursor or Cursor(order[0])
    match at.part:
        case Part.HELD:
            found, following = await _held(link, at, count)
        case Part.DELAYED:
            found, following = await _delayed(link, at, count)
        case _:
            found, following = await _listed(link, at, count)
    if following is None and at.part is not order[-1]:
        following = Cursor(order[order.index(at.part) + 1])
    return found, following


async def entries_at(link: Link, entry_ids: Sequence[str]) -> list[Located]:
    """Where these entries of the stream stand; those that are nowhere there are left out."""
    if not entry_ids:
        return []
    names = link.names
    keys = [names.stream, names.line, names.live]
    try:
        rows = await run(link, "entries_at", keys, [names.group, *entry_ids])
    except GroupMissing:
        found = [await _of_nobody(link, one, one, 1) for one in entry_ids]
        return [located for each in found for located in each]
    return [_located(names.stream, row) for row in rows]


@dataclass(frozen=True, slots=True)
class First:
    """The first entries over all parts, at one moment."""

    entries: list[Located]
    is_more: bool


async def first_entries(
    link: Link,
    count: int,
    *,
    parts: Collection[Part] = tuple(Part),
    worker: str | None = None,
    idle_over_ms: int | None = None,
) -> First:
    """Up to `count` entries in the order of the parts, in one round trip.

    With `worker` or `idle_over_ms` only what is held: by that one, or left alone for that long.
    """
    names = link.names
    keys = [names.stream, names.line, names.live, names.delayed]
    idle = "" if idle_over_ms is None else idle_over_ms
    fixed: list[Value] = [names.group, WAITING, count, idle, worker or ""]
    try:
        rows, delayed, more = await run(link, "first_entries", keys, [*fixed, *parts])
    except GroupMissing:
        if worker is not None or idle_over_ms is not None or Part.UNREAD not in parts:
            return First([], is_more=False)
        unread = await _of_nobody(link, "-", "+", count + 1)
        return First(unread[:count], is_more=len(unread) > count)
    found = [_located(names.stream, row) for row in rows]
    found += [delayed_entry(names.stream, member, float(due)) for member, due in delayed]
    return First(found, is_more=more == b"1")


async def oldest_unread(link: Link) -> str | None:
    """The id of the entry that the group delivers next; None where it has delivered all."""
    ids = await _unread(link, "", 1)
    return ids[0] if ids else None


async def due_at(link: Link, due_ms: int) -> list[Located]:
    """The delayed entries that are due at just that time (Unix ms)."""
    rows = await link.command(
        "ZRANGE", link.names.delayed, due_ms, due_ms, "BYSCORE", "LIMIT", 0, PAGE
    )
    return [delayed_entry(link.names.stream, member, due_ms) for member in rows]


async def _held(link: Link, at: Cursor, count: int) -> tuple[list[Located], Cursor | None]:
    """Worker by worker; of those that hold nothing nobody is asked."""
    holding = [
        name
        for name, facts in (await consumers(link)).items()
        if name != WAITING and name >= at.worker and (facts["pending"] or name == at.worker)
    ]
    for name in holding:
        after = at.after if name == at.worker else ""
        ids = await _pending_ids(link, name, after, count)
        if ids:
            found = await entries_at(link, ids)
            mine = [one for one in found if one.consumer == name]
            return mine, Cursor(Part.HELD, ids[-1], name)
    return [], None


async def _listed(link: Link, at: Cursor, count: int) -> tuple[list[Located], Cursor | None]:
    if at.part is Part.WAITING:
        ids = await _pending_ids(link, WAITING, at.after, count)
    else:
        ids = await _unread(link, at.after, count)
    expected = WAITING if at.part is Part.WAITING else ""
    found = [one for one in await entries_at(link, ids) if one.consumer == expected]
    return found, Cursor(at.part, ids[-1]) if len(ids) == count else None


async def _pending_ids(link: Link, consumer: str, after: str, count: int) -> list[str]:
    words: list[Value] = [link.names.group, consumer, f"({after}" if after else "-", count]
    return await _ids(link, "pending_ids", words)


async def _unread(link: Link, after: str, count: int) -> list[str]:
    words: list[Value] = [link.names.group, after or "0-0", count]
    try:
        reply = await run(link, "unread", [link.names.stream], words)
    except GroupMissing:
        found = await _of_nobody(link, f"({after}" if after else "-", "+", count)
        return [one.entry.entry_id for one in found if one.entry.entry_id]
    return [each.decode() for each in reply]


async def _of_nobody(link: Link, first: str, last: str, count: int) -> list[Located]:
    """Entries of a stream that no worker has begun to read yet: it has no group, all is unread."""
    stream = link.names.stream
    rows = await link.command("XRANGE", stream, first, last, "COUNT", count)
    return [Located(parse_entry(stream, one, fields), bool(fields)) for one, fields in rows]


async def _ids(link: Link, name: str, words: Sequence[Value]) -> list[str]:
    try:
        reply = await run(link, name, [link.names.stream], words)
    except GroupMissing:
        return []
    return [each.decode() for each in reply]


async def _delayed(link: Link, at: Cursor, count: int) -> tuple[list[Located], Cursor | None]:
    first = int(at.after or 0)
    rows = await link.command("ZRANGE", link.names.delayed, first, first + count - 1, "WITHSCORES")
    found = [delayed_entry(link.names.stream, member, due) for member, due in rows]
    return found, Cursor(Part.DELAYED, str(first + count)) if len(rows) == count else None


def delayed_entry(stream: str, member: bytes, due: float) -> Located:
    """A member of the delayed set as an entry."""
    try:
        flat = json.loads(member.decode("utf-8", "surrogateescape"))
        words = [word.encode("utf-8", "surrogateescape") for word in flat]
        fields = dict(zip(words[::2], words[1::2], strict=True))
    except (ValueError, AttributeError, TypeError):
        fields = {}  # only a person can have written it; it goes to the dead letters when due
    entry = parse_entry(stream, "0-0", fields)
    return Located(entry, has_body=bool(fields), due_at_ms=int(due))


def _located(stream: str, row: Sequence[Any]) -> Located:
    entry_id, consumer, idle_ms, deliveries, flat, line = row
    fields = dict(zip(flat[::2], flat[1::2], strict=True))
    return Located(
        parse_entry(stream, entry_id, fields),
        has_body=bool(flat),
        consumer=consumer.decode(),
        idle_ms=int(idle_ms),
        deliveries=int(deliveries),
        line=int(line),
    )
