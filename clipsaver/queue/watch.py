"""Who of all workers watches guilds, and what is remembered from one turn to the next.

One worker holds the lease and does the turns of all guilds. A turn's jobs and what it remembers are
written in one step, which only the holder can do, and only upon the memory that its turn began
with: so a turn that two workers do adds its jobs once.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from clipsaver.jobs import AnyJob, encode
from clipsaver.queue.entries import added_by
from clipsaver.queue.link import Consumer, Link
from clipsaver.queue.produce import NOTED_MS, text_of
from clipsaver.redis_calls.scripts import Value

REMEMBERED_MS = 7 * 24 * 3_600_000
"""For how long after its last turn a guild's memory stays."""
TURN_AT = "turn_at"
"""The field that each turn changes."""


@dataclass(frozen=True, slots=True)
class TurnChanges:
    """What one turn of a guild leaves behind."""

    turn_at_before: str
    """`turn_at` as the turn found it; empty = nothing was remembered."""
    remembered: Mapping[str, str]
    """Fields of the memory and their new values, `turn_at` among them."""
    forgotten: Collection[str]
    wanted_at_ms: int
    """Unix time at which the turn began to look: the jobs count as asked for then."""
    jobs: Mapping[str, AnyJob]
    """By the names under which `produce.not_begun` finds them while they wait."""


async def hold(me: Consumer) -> bool:
    """Take the lease for one term, or keep it; False where another worker has it."""
    return bool(await me.link.run("watch_hold", [me.names.watch], [me.instance, me.lease_ms]))


async def release(me: Consumer) -> None:
    """Let others watch at once, where the lease is ours."""
    await me.link.run("watch_release", [me.names.watch], [me.instance])


async def memory_of(link: Link, guild_id: int) -> dict[str, str]:
    """What is remembered of a guild, by field; empty where nothing is."""
    return text_of(await link.command("HGETALL", link.names.watched(guild_id)))


async def forget(link: Link, guild_id: int) -> None:
    """Remember nothing of a guild any more: it was purged."""
    await link.command("DEL", link.names.watched(guild_id))


async def end_turn(me: Consumer, guild_id: int, changes: TurnChanges) -> bool:
    """Add the turn's jobs and remember it; False where it was not ours to end: nothing is done."""
    names, jobs, remembered = me.names, changes.jobs, changes.remembered
    keys = [names.watch, names.watched(guild_id), names.stream, *map(names.queued, jobs)]
    arguments: list[Value] = [me.instance, changes.turn_at_before, REMEMBERED_MS, NOTED_MS]
    arguments += [len(jobs), len(remembered), added_by(changes.wanted_at_ms)]
    arguments += map(encode, jobs.values())
    arguments += [word for pair in remembered.items() for word in pair]
    arguments += changes.forgotten
    return bool(await me.link.run("watch_turn", keys, arguments))
