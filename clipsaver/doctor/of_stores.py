"""What Redis and PostgreSQL told, judged. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC

from clipsaver.doctor.facts import PostgresFacts, RedisFacts
from clipsaver.doctor.findings import Finding, ok, problem, warning
from clipsaver.errors import ClipsaverError, DependencyError, ExitCode
from clipsaver.queue.server import Hazard, is_new_enough
from clipsaver.records import Denial
from clipsaver.redis_calls.unavailable import OLDEST_REDIS
from clipsaver.trio_io.sentinel_view import SentinelView

ROOM_WANTED = 1 << 30
"""Free bytes below which a disk is worth a word: a million clips take about as much."""
ROOM_NEEDED = 64 << 20
_AWAY, _USAGE = ExitCode.UNREACHABLE, ExitCode.USAGE


def megabytes(size_bytes: int) -> str:
    """As a person reads it."""
    return f"{size_bytes / 1e6:,.0f} MB" if size_bytes < 1e9 else f"{size_bytes / 1e9:,.1f} GB"


def away(check: str, error: ClipsaverError) -> Finding:
    """A store that could not be asked."""
    found = error.obstacle if isinstance(error, DependencyError) else str(error)
    said = str(error).removeprefix(found).strip(" ()")
    advice = "see to it; workers wait meanwhile"
    return problem(check, found, advice, error.exit_code, *([said] if said else []))


def late(check: str, seconds: float) -> Finding:
    """A store that did not answer while the check had time."""
    return problem(
        check, f"it gave no answer in {seconds:.0f} s", "is it overloaded, or cut off?", _AWAY
    )


def judge_redis(facts: RedisFacts) -> Iterator[Finding]:
    """Version, durability and memory."""
    name = f"{facts.kind} {facts.version} at {facts.server}"
    if not is_new_enough(facts.speaks):
        yield problem(
            "Redis", f"{name} is too old", f"use {OLDEST_REDIS} or newer, or any Valkey", _USAGE
        )
    elif facts.is_replica:
        yield problem("Redis", f"{name} is a replica", "point redis.url at the primary", _AWAY)
    elif facts.writes_fail:
        yield problem(
            "Redis",
            f"{name} could not write to its disk",
            "make room there, and see its log",
            _AWAY,
        )
    else:
        yield ok("Redis", name)
    if facts.sentinels is not None:
        yield _sentinels(facts.sentinels)
    yield from _durability(facts)


def _sentinels(view: SentinelView) -> Finding:
    """Whether another server would take the primary's place."""
    replicas = "1 replica" if view.replicas == 1 else f"{view.replicas:,} replicas"
    found = (
        f"{view.service} is {view.primary} with {replicas}; {view.answered} of {view.asked} "
        f"sentinels answer, {view.quorum} have to agree that it is down"
    )
    if view.replicas == 0:
        return warning(
            "Sentinel", found, "add a replica: nothing can take its place", *view.problems
        )
    if view.sentinels < max(view.quorum, 2):
        advice = "add sentinels: three on three machines, or nothing takes its place if it dies"
        return warning("Sentinel", found, advice, *view.problems)
    if view.answered < view.asked:
        return warning("Sentinel", found, "see to those that do not answer", *view.problems)
    return ok("Sentinel", found)


def _durability(facts: RedisFacts) -> Iterator[Finding]:
    if facts.is_append_only:
        yield ok("AOF", "jobs survive a crash of it: appendonly yes")
    else:
        yield warning(
            "AOF",
            "jobs that wait are lost if it crashes: appendonly no",
            "CONFIG SET appendonly yes, and the same in its configuration",
        )
    memory = facts.memory
    limit = f"maxmemory {megabytes(memory.limit)}, {memory.policy}" if memory.limit else "no limit"
    used = f"{megabytes(facts.used_bytes)} in use, {limit}"
    if memory.hazard is not Hazard.NOTHING:
        what = "jobs" if memory.hazard is Hazard.STREAM else "fences, locks and heartbeats"
        yield warning(
            "memory",
            f"when it is full it throws {what} away: {used}",
            "CONFIG SET maxmemory-policy noeviction, and the same in its configuration",
        )
    elif memory.limit and facts.used_bytes >= 0.95 * memory.limit:
        yield problem("memory", f"it is full: {used}", "give it more memory", _AWAY)
    else:
        yield ok("memory", f"it throws nothing away: {used}")


def judge_postgres(facts: PostgresFacts) -> Iterator[Finding]:
    """Version, tables, rights and room."""
    version = facts.status.server_version
    place = facts.place.removeprefix("the PostgreSQL ")
    name = f"PostgreSQL {version // 10000}.{version % 10000}, {place}"
    if facts.is_read_only:
        yield problem(
            "PostgreSQL", f"{name} is read-only", "set database.url to the primary", _AWAY
        )
    else:
        yield ok("PostgreSQL", name)
    yield _tables(facts)
    if facts.lacking:
        yield problem(
            "rights",
            f"its user lacks {len(facts.lacking):,} of them",
            "grant them, or use the schema's owner",
            _AWAY,
            *facts.lacking,
        )
    yield room("room", facts.free_bytes, f"the database takes {megabytes(facts.size_bytes)}")


def _tables(facts: PostgresFacts) -> Finding:
    status = facts.status
    stands = f'schema "{status.schema}" at version {status.version} of {status.code_version}'
    if (obstacle := status.obstacle()) is not None:
        return problem("tables", stands, obstacle, _USAGE)
    names = [one.name for one in status.pending]
    if not names:
        return ok("tables", stands)
    if facts.migrates:
        return ok("tables", f"{stands}; a worker that starts brings it up to date", *names)
    return problem("tables", stands, "run `clipsaver db migrate`", _USAGE, *names)


def room(check: str, free_bytes: int | None, found: str) -> Finding:
    """Whether a disk has room."""
    if free_bytes is None:
        return ok(check, f"{found}; what is free there cannot be seen from here")
    told = f"{found}, {megabytes(free_bytes)} are free"
    if free_bytes < ROOM_NEEDED:
        return problem(check, told, "make room", _AWAY)
    return warning(check, told, "make room soon") if free_bytes < ROOM_WANTED else ok(check, told)


def judge_denials(
    standing: Mapping[int, Denial], names: Mapping[int, str], forgotten: int
) -> Iterator[Finding]:
    """What workers remember of channels that were denied; `names` are of those that are known."""
    if forgotten:
        yield ok(
            "denials",
            f"{forgotten:,} {'channel' if forgotten == 1 else 'channels'} that had been denied may "
            "be read again: jobs ask for them from now on",
        )
    if standing:
        yield warning(
            "denials",
            f"{len(standing):,} {'channel is' if len(standing) == 1 else 'channels are'} "
            "remembered as denied; jobs end there without asking",
            "let the bot see them, then ask again here; or drop their jobs",
            *(
                f"{names.get(channel_id, 'channel')} ({channel_id}): {one.error} since "
                f"{one.denied_at.astimezone(UTC):%Y-%m-%d %H:%M UTC}, asked again at "
                f"{one.ask_again_at.astimezone(UTC):%Y-%m-%d %H:%M UTC}"
                for channel_id, one in standing.items()
            ),
        )
