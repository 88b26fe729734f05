"""Entries that a person sends to the dead letters, whoever holds them."""

from __future__ import annotations

import enum
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

import msgspec

from clipsaver.jobs import KEPT_OF_LARGE_JOB, MAX_JOB_BYTES
from clipsaver.queue.entries import encode_carried
from clipsaver.queue.link import Link
from clipsaver.queue.operating.audit import Act
from clipsaver.queue.operating.dead_letters.letter import BURIED
from clipsaver.queue.operating.lua import run
from clipsaver.queue.operating.pending import PendingEntry
from clipsaver.queue.operating.release import job_and_lock
from clipsaver.redis_calls.scripts import Value
from clipsaver.redis_calls.unavailable import GroupMissing


class Fate(enum.StrEnum):
    """What came of it for one entry."""

    BURIED = "buried"
    MOVED = "moved"
    """It is not where it was seen: whoever takes it finds the run ended, and buries it."""
    GONE = "gone"
    """Somebody deleted its body from the stream: there is nothing to bury."""


@dataclass(frozen=True, slots=True)
class Buried:
    """One entry."""

    run_id: str
    fate: Fate
    letter_id: str | None = None
    was_held: bool = False
    """A worker had it, and is woken."""


def epitaph(act: Act) -> str:
    """Why these are dead, for a person."""
    return f"buried by {act.who}" + (f": {act.why}" if act.why else "")


async def bury(link: Link, act: Act, entries: Sequence[PendingEntry]) -> list[Buried]:
    """Moves the entries to the dead letters; some hundred at most.

    Call it after the runs were ended in the database: a crash between the two leaves entries that
    whoever takes them buries. May be repeated.
    """
    if not entries:
        return []
    names = link.names
    keys: list[Value] = [names.stream, names.events, names.audit, names.delayed, names.cancel]
    keys += [names.line, names.live, names.dead]
    arguments: list[Value] = [*act.words("pending bury"), names.group]
    arguments += [MAX_JOB_BYTES, KEPT_OF_LARGE_JOB]
    for one in entries:
        keys += job_and_lock(names, one)
        arguments += [one.run_id, one.entry_id or "", one.due_at_ms or ""]
        arguments += [*_texts(one, epitaph(act))]
    try:
        reply = await run(link, "bury_entries", keys, arguments)
    except GroupMissing:
        return [Buried(one.run_id, Fate.MOVED) for one in entries]
    return [
        Buried(
            one.run_id,
            Fate(fate.decode()),
            letter_id=rest[0].decode() if rest else None,
            was_held=rest[1:] == [b"1"],
        )
        for one, (fate, *rest) in zip(entries, reply, strict=True)
    ]


def _texts(one: PendingEntry, why: str) -> tuple[bytes, bytes, bytes]:
    """The new `cs`, the facts of the death, and the detail of the event."""
    carried, job = one.entry.carried, one.entry.job or b""
    facts = {
        "reason": BURIED,
        "error": why,
        "fingerprint": BURIED,
        "attempts": one.attempts,
        "waits": one.waits,
        "deliveries": one.deliveries,
        "hosts": carried.hosts,
        "worker": one.worker or "",
        "stage": (one.status and one.status.stage) or "",
        "entry": one.entry_id or "",
        "run": one.run_id,
        "first_at": carried.first_at,
        "job_bytes": len(job),
        "job_sha256": hashlib.sha256(job).hexdigest(),
    }
    about = {
        "type": one.job.type,
        "guild_id": one.job.guild_id,
        "channel_id": one.job.channel_id,
        "job_id": one.job.job_id,
    }
    detail = {**{name: fact for name, fact in about.items() if fact}, "reason": BURIED}
    last = msgspec.structs.replace(carried, reason=BURIED, error=why[:300])
    return (
        encode_carried(last),
        msgspec.json.encode(facts),
        msgspec.json.encode({**detail, "error": why}),
    )
