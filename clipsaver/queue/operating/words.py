"""Verdicts, counts and lengths of time in words. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from clipsaver.queue.operating.pending import Counts, PendingEntry
from clipsaver.queue.operating.verdicts import Place
from clipsaver.queue.operating.workers import Worker, WorkerState
from clipsaver.queue.worker_statistics import WorkerStatistics


def span(ms: float) -> str:
    """`0.3 s`, `12 s`, `5 min`, `3 h`, `4 days`."""
    seconds = max(0.0, ms / 1000)
    if seconds < 9.95:
        return f"{seconds:.1f} s"
    for size, most, unit in ((1, 120, "s"), (60, 120, "min"), (3600, 48, "h")):
        if seconds / size < most:
            return f"{seconds / size:.0f} {unit}"
    return f"{seconds / 86400:.0f} days"


def obstacle_in_words(name: str | None, left_ms: float | None) -> str:
    """`bucket 3.2 s`: what is waited for by its stable name, and how much longer."""
    left = f" {span(left_ms)}" if left_ms is not None and left_ms > 0 else ""
    return f"{name or 'something'}{left}"


def what_comes(one: PendingEntry) -> str:
    """What happens next to an entry, such as `its worker is gone; taken over in 12 s`."""
    verdict = one.verdict
    words = _where(one, verdict.in_ms or 0)
    if verdict.is_poison:
        return f"{words}; {'is' if _is_held(one) else 'then'} buried as poison"
    return f"{words}; last try" if verdict.is_last_try else words


def what_comes_in_short(one: PendingEntry) -> str:
    """The same where there is little room, such as `gone, taken over in 12 s`."""
    verdict = one.verdict
    words = _where_in_short(one, verdict.in_ms or 0)
    if verdict.is_poison:
        return f"poison, {'buried' if _is_held(one) else 'then buried'}: {words}"
    return f"{words}, last try" if verdict.is_last_try else words


def aged(one: PendingEntry, by_ms: int) -> PendingEntry:
    """An entry that was looked at so long ago, if nobody has touched it since.

    How long one that is held was left alone is not known any more: it stays as it was seen.
    """
    if by_ms == 0:
        return one
    in_ms, idle_ms = one.verdict.in_ms, one.idle_ms
    return replace(
        one,
        verdict=replace(one.verdict, in_ms=None if in_ms is None else in_ms - by_ms),
        idle_ms=idle_ms if one.worker is None or one.is_alive else idle_ms + by_ms,
        waits_ms=None if one.waits_ms is None else max(0, one.waits_ms - by_ms),
    )


def counts_in_words(counts: Counts) -> str:
    """How many stand where, in one line."""
    if not counts.all:
        return "nothing is pending: no entry is held, waits or is delayed"
    held = f"{counts.held:,} held"
    if counts.held:
        workers = "1 worker" if counts.by_workers == 1 else f"{counts.by_workers:,} workers"
        held += f" by {workers}"
    if counts.of_gone:
        held += f" ({counts.of_gone:,} by workers that are gone)"
    others = ((counts.waiting, "in line"), (counts.unread, "not read yet"))
    words = [held, *(f"{number:,} {what}" for number, what in others if number)]
    words.append(f"{counts.delayed:,} delayed")
    return ", ".join(words)


def troubles(said: WorkerStatistics | None) -> Iterator[str]:
    """What keeps all jobs of a worker from going on, as it says."""
    if said is None:
        return
    for name, away_s in (
        ("Redis", said.away.redis_s),
        ("database", said.away.database_s),
        ("Discord", said.away.discord_s),
        ("thumbnails", said.away.thumbnails_s),
    ):
        if away_s is not None:
            yield f"{name} away {span(away_s * 1000)}"
    if said.discord.token_held_for_s is not None:
        yield "token rejected"


def watching_in_words(said: WorkerStatistics | None) -> str:
    """`watches 3 guilds`, where it is the one that does; else empty."""
    if said is None or not said.watching:
        return ""
    return f"watches {said.watching:,} {'guild' if said.watching == 1 else 'guilds'}"


def ending_in_words(one: Worker) -> str:
    """How long a worker that is to end goes on; nothing of one that is not."""
    jobs = f"{one.running or 'no'} {'job' if one.running == 1 else 'jobs'}"
    if one.state is WorkerState.DRAINING:
        return f"{jobs} left"
    if one.state is not WorkerState.STOPPING:
        return ""
    left_ms = one.grace_left_ms()
    return f"{span(left_ms)} left for {jobs}" if left_ms else f"hands back {jobs}"


def _is_held(one: PendingEntry) -> bool:
    return one.verdict.place in (Place.HELD, Place.LATE)


def _when(in_ms: int) -> str:
    return f"in {span(in_ms)}" if in_ms > 0 else "now"


def _obstacle(one: PendingEntry) -> str:
    waits = one.status.waits_for if one.status else None
    return f"waits for {obstacle_in_words(waits, one.waits_ms)}" if waits else ""


def _where(one: PendingEntry, in_ms: int) -> str:
    when = _when(in_ms)
    match one.verdict.place:
        case Place.HELD:
            waits = _obstacle(one)
            return f"held, {waits}" if waits else "held"
        case Place.LATE:
            return f"lease late, runs out {when}"
        case Place.ORPHANED:
            return f"its worker is gone; taken over {when}"
        case Place.TAKEOVER:
            return f"lease ran out {span(-in_ms)} ago; the next free slot takes it over"
        case Place.WAITING:
            return f"in line, place {one.line:,}" if one.line else "waits for a free slot"
        case Place.UNREAD:
            return "not read yet; waits for a free slot"
        case Place.RETRY:
            why = f": {one.reason}" if one.reason else ""
            return f"retry {when}{why}"
        case Place.PUT_OFF:
            why = f", waits for {one.reason}" if one.reason else ""
            return f"goes on {when}{why}"
        case Place.GONE:
            return "deleted from the stream by somebody; the job is lost"


def _where_in_short(one: PendingEntry, in_ms: int) -> str:
    when = _when(in_ms)
    match one.verdict.place:
        case Place.HELD:
            return _obstacle(one) or "held"
        case Place.LATE:
            return f"lease late, {span(in_ms)} left" if in_ms > 0 else "lease late, runs out now"
        case Place.ORPHANED:
            return f"taken over {when}"
        case Place.TAKEOVER:
            return "takeover due"
        case Place.WAITING:
            return f"in line at {one.line:,}" if one.line else "waits for a slot"
        case Place.UNREAD:
            return "not read yet"
        case Place.RETRY:
            return f"retry {when}"
        case Place.PUT_OFF:
            return f"goes on {when}"
        case Place.GONE:
            return "lost: deleted"
