"""Every entry that is held, waits in line, was not read yet or is delayed, a page at a time.

However many there are, no more than a page is asked for at once. Each page is true of its moment;
an entry that moves while pages are turned may be seen twice or not at all.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Container, Mapping, Sequence
from dataclasses import dataclass, fields

import msgspec

from clipsaver.queue.entries import Entry
from clipsaver.queue.intake import WAITING
from clipsaver.queue.link import Link
from clipsaver.queue.operating.heartbeats import consumers, heartbeats
from clipsaver.queue.operating.places import PAGE, Cursor, Located, Part, locate_page
from clipsaver.queue.operating.reports import Told, told_of
from clipsaver.queue.operating.sketch import Sketch, sketch
from clipsaver.queue.operating.verdicts import Rules, Signs, Verdict, verdict
from clipsaver.queue.produce import JobStatus, status_of


@dataclass(frozen=True, slots=True)
class PendingEntry:
    """One entry; times are ms."""

    entry_id: str | None
    """Its id on the stream; None while it is delayed."""
    run_id: str
    entry: Entry
    """All of it, for who acts on it."""
    job: Sketch
    verdict: Verdict
    worker: str | None
    """Whose name it is under, where it is a worker's."""
    host: str | None
    is_alive: bool
    """Whether that worker beats."""
    idle_ms: int
    deliveries: int
    """Without a committed page or an outcome, over all places that it has been in."""
    attempts: int
    waits: int
    line: int | None
    """Its place in line, from 1."""
    due_at_ms: int | None
    reason: str | None
    """Why it failed last, or what it waits for, by its stable name."""
    error: str | None
    status: JobStatus | None
    """What its run has done; None before its first delivery."""
    waits_ms: int | None = None
    """How much longer what its holder waits for is in the way; None where that cannot be told."""


def told(one: PendingEntry) -> dict[str, object]:
    """The entry for programs: all but the job's own text."""
    names = [field.name for field in fields(one) if field.name != "entry"]
    return {name: msgspec.to_builtins(getattr(one, name)) for name in names}


@dataclass(frozen=True, slots=True)
class Page:
    """Some entries, and where the others are; None = that was all."""

    entries: tuple[PendingEntry, ...]
    next: Cursor | None


@dataclass(frozen=True, slots=True)
class Counts:
    """How many stand where, by the counts of the stream and of its group."""

    held: int
    by_workers: int
    """How many workers have them."""
    of_gone: int
    """Of those that are held: by workers that do not beat any more."""
    waiting: int
    unread: int
    """Too few by those that are held and whose body somebody deleted."""
    delayed: int

    @property
    def all(self) -> int:
        return self.held + self.waiting + self.unread + self.delayed


async def count(link: Link) -> Counts:
    """How many stand where, without looking at one of them."""
    names = link.names
    known = await consumers(link)
    alive = await heartbeats(link, [name for name, facts in known.items() if facts["pending"]])
    length, delayed = await link.together([("XLEN", names.stream), ("ZCARD", names.delayed)])
    return counts_of(known, alive, length=int(length), delayed=int(delayed))


def counts_of(
    known: Mapping[str, Mapping[str, int]], alive: Container[str], *, length: int, delayed: int
) -> Counts:
    """The counts, from what `consumers` says, who beats, and how long stream and set are."""
    holding = {
        name: facts["pending"]
        for name, facts in known.items()
        if facts["pending"] and name != WAITING
    }
    held = sum(holding.values())
    waiting = known.get(WAITING, {}).get("pending", 0)
    return Counts(
        held=held,
        by_workers=len(holding),
        of_gone=sum(number for name, number in holding.items() if name not in alive),
        waiting=waiting,
        unread=max(0, length - held - waiting),
        delayed=delayed,
    )


async def read_page(
    link: Link,
    rules: Rules,
    cursor: Cursor | None = None,
    *,
    parts: Collection[Part] = tuple(Part),
    count: int = PAGE,
) -> Page:
    """The page at `cursor`; a page may be empty although more follow."""
    found, following = await locate_page(link, cursor, parts=parts, count=count)
    return Page(await described(link, rules, found), following)


async def each(
    link: Link,
    rules: Rules,
    is_meant: Callable[[PendingEntry], bool],
    do: Callable[[PendingEntry], None],
    *,
    parts: Collection[Part] = tuple(Part),
    limit: int = 0,
) -> bool:
    """Does it with the first `limit` entries that are meant (0 = all); returns whether there are
    more."""
    cursor, done = None, 0
    while True:
        page = await read_page(link, rules, cursor, parts=parts)
        for one in filter(is_meant, page.entries):
            if limit and done == limit:
                return True
            do(one)
            done += 1
        if page.next is None:
            return False
        cursor = page.next


async def described(link: Link, rules: Rules, found: Sequence[Located]) -> tuple[PendingEntry, ...]:
    """The entries with their verdicts."""
    if not found:
        return ()
    holders = sorted({one.consumer for one in found} - {"", WAITING})
    beats = await heartbeats(link, holders)
    seconds, micros = await link.command("TIME")
    now_ms = int(seconds) * 1000 + int(micros) // 1000
    return entries_of(found, await reports_on(link, found), beats, rules, now_ms)


async def reports_on(link: Link, found: Sequence[Located]) -> dict[str, Told]:
    """What the hashes of their runs say, by run id."""
    run_ids = list(dict.fromkeys(one.entry.run_id for one in found))
    return dict(zip(run_ids, await told_of(link, run_ids), strict=True))


def entries_of(
    found: Sequence[Located],
    reports: Mapping[str, Told],
    beats: Mapping[str, Mapping[str, str]],
    rules: Rules,
    now_ms: int,
) -> tuple[PendingEntry, ...]:
    """The entries with their verdicts, from what `reports_on` and `heartbeats` say."""
    return tuple(
        _described(one, reports.get(one.entry.run_id, {}), beats.get(one.consumer), rules, now_ms)
        for one in found
    )


def _described(
    one: Located,
    told: Told,
    beat: Mapping[str, str] | None,
    rules: Rules,
    now_ms: int,
) -> PendingEntry:
    carried = one.entry.carried
    status = status_of(told) if told else None
    is_delayed = one.due_at_ms is not None
    is_aside = one.consumer == WAITING
    deliveries = one.deliveries + int(told.get("crashes", 0))
    signs = Signs(
        is_delayed=is_delayed,
        due_in_ms=(one.due_at_ms or now_ms) - now_ms,
        is_pending=bool(one.consumer),
        is_aside=is_aside,
        is_alive=beat is not None,
        has_body=one.has_body,
        idle_ms=one.idle_ms,
        deliveries=deliveries,
        attempts=carried.attempts,
        failed=is_delayed and carried.waits == 0,
    )
    reason = (status and (status.waits_for or status.reason)) or carried.reason or None
    until_ms = status.obstacle.until_ms if status and status.obstacle else None
    return PendingEntry(
        entry_id=None if is_delayed else one.entry.entry_id,
        run_id=one.entry.run_id,
        entry=one.entry,
        job=sketch(one.entry.job),
        verdict=verdict(signs, rules),
        worker=None if is_aside else one.consumer or None,
        host=beat.get("host") if beat else None,
        is_alive=beat is not None,
        idle_ms=one.idle_ms,
        deliveries=deliveries,
        attempts=carried.attempts,
        waits=carried.waits,
        line=one.line or None,
        due_at_ms=one.due_at_ms,
        reason=reason,
        error=(status and status.error) or carried.error or None,
        status=status,
        waits_ms=None if until_ms is None else max(0, until_ms - now_ms),
    )
