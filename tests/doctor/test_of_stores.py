"""Redis and PostgreSQL, judged."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from clipsaver.database.migrations import AppliedMigration, SchemaStatus, known_migrations
from clipsaver.doctor.facts import Offset, PostgresFacts, RedisFacts
from clipsaver.doctor.findings import Finding, Mark
from clipsaver.doctor.of_stores import away, judge_denials, judge_postgres, judge_redis, late
from clipsaver.doctor.stores import look_at_redis
from clipsaver.errors import DatabaseUnavailable, ExitCode, UsageError
from clipsaver.queue.link import Link
from clipsaver.queue.names import Names
from clipsaver.queue.server import Memory
from clipsaver.records import Denial
from clipsaver.trio_io.redis import open_redis
from clipsaver.trio_io.sentinel_view import SentinelView
from tests.sentinels import SERVICE, Watched

SAME = Offset(-0.1, 0.1)
REDIS = RedisFacts(
    server="unix:///r", kind="Redis", version="7.2.4", speaks="7.2.4",
    memory=Memory(0, "noeviction"), used_bytes=1_000_000, is_append_only=True, writes_fail=False,
    is_replica=False, clock=SAME,
)  # fmt: skip
SENTINELS = SentinelView(
    service="clips", asked=3, answered=3, primary="10.0.0.1:6379", is_up=True, replicas=2,
    sentinels=3, quorum=2,
)  # fmt: skip
DONE = tuple(
    AppliedMigration(one.version, one.name, one.checksum, datetime.now(UTC))
    for one in known_migrations()
)
STATUS = SchemaStatus("clipsaver", 140_005, DONE, known_migrations())
POSTGRES = PostgresFacts(
    place="the PostgreSQL database d at h", status=STATUS, migrates=True, is_read_only=False,
    lacking=(), size_bytes=10**9, free_bytes=10**11, clock=SAME,
)  # fmt: skip
WARNING, PROBLEM = Mark.WARNING, Mark.PROBLEM


def bad(findings: Any) -> list[tuple[str, Mark, int]]:
    return [(one.check, one.mark, int(one.code)) for one in findings if one.mark is not Mark.OK]


def test_all_is_well() -> None:
    assert bad(judge_redis(REDIS)) == []
    assert bad(judge_postgres(POSTGRES)) == []


def test_sentinels_that_would_promote_a_replica() -> None:
    told = list(judge_redis(replace(REDIS, sentinels=SENTINELS)))
    assert bad(told) == []
    (one,) = (finding for finding in told if finding.check == "Sentinel")
    assert one.found == (
        "clips is 10.0.0.1:6379 with 2 replicas; 3 of 3 sentinels answer, 2 have to agree that it "
        "is down"
    )


@pytest.mark.parametrize(
    ("changed", "advice"),
    [
        ({"replicas": 0}, "add a replica"),
        ({"sentinels": 1, "asked": 1, "answered": 1, "quorum": 1}, "add sentinels"),
        ({"quorum": 4}, "add sentinels"),
        ({"answered": 2, "problems": ("refused",)}, "see to those"),
    ],
    ids=str,
)
def test_sentinels_that_would_not(changed: dict[str, Any], advice: str) -> None:
    view = replace(SENTINELS, **changed)
    told = list(judge_redis(replace(REDIS, sentinels=view)))
    assert bad(told) == [("Sentinel", WARNING, 0)]
    (one,) = (finding for finding in told if finding.check == "Sentinel")
    assert advice in one.advice
    assert one.details == view.problems


async def test_what_a_primary_and_its_sentinels_tell(watched: Watched) -> None:
    async with open_redis(watched.url) as client:
        facts = await look_at_redis(Link(client, Names("clips", "workers"), watched.url))
    assert not facts.is_replica
    assert facts.sentinels == SentinelView(
        service=SERVICE,
        asked=1,
        answered=1,
        primary=f"127.0.0.1:{watched.primary}",
        is_up=True,
        sentinels=1,
        quorum=1,
    )
    assert bad(judge_redis(facts))[0] == ("Sentinel", WARNING, 0)


async def test_a_server_that_is_named_itself_has_no_sentinels(redis_url: str) -> None:
    async with open_redis(redis_url) as client:
        facts = await look_at_redis(Link(client, Names("clips", "workers"), redis_url))
    assert facts.sentinels is None


@pytest.mark.parametrize(
    ("changed", "found"),
    [
        ({"speaks": "6.2.9"}, ("Redis", PROBLEM, 2)),
        ({"is_replica": True}, ("Redis", PROBLEM, 3)),
        ({"writes_fail": True}, ("Redis", PROBLEM, 3)),
        ({"is_append_only": False}, ("AOF", WARNING, 0)),
        ({"memory": Memory(10**9, "allkeys-lru")}, ("memory", WARNING, 0)),
        ({"memory": Memory(10**9, "volatile-ttl")}, ("memory", WARNING, 0)),
        ({"memory": Memory(1_000_000, "noeviction")}, ("memory", PROBLEM, 3)),
    ],
    ids=str,
)
def test_redis(changed: dict[str, Any], found: tuple[str, Mark, int]) -> None:
    assert bad(judge_redis(replace(REDIS, **changed))) == [found]


@pytest.mark.parametrize(
    ("changed", "found"),
    [
        ({"is_read_only": True}, ("PostgreSQL", PROBLEM, 3)),
        ({"lacking": ("insert on clipsaver.clips",)}, ("rights", PROBLEM, 3)),
        ({"free_bytes": 5 * 10**8}, ("room", WARNING, 0)),
        ({"free_bytes": 1000}, ("room", PROBLEM, 3)),
        ({"status": replace(STATUS, server_version=130_011)}, ("tables", PROBLEM, 2)),
        ({"status": replace(STATUS, known=STATUS.known[:-1])}, ("tables", PROBLEM, 2)),
        (
            {"status": replace(STATUS, applied=DONE[:-1]), "migrates": False},
            ("tables", PROBLEM, 2),
        ),
    ],
    ids=lambda value: str(list(value)) if isinstance(value, dict) else "",
)
def test_postgres(changed: dict[str, Any], found: tuple[str, Mark, int]) -> None:
    assert bad(judge_postgres(replace(POSTGRES, **changed))) == [found]


def test_what_a_worker_does_by_itself_is_no_problem() -> None:
    pending = replace(POSTGRES, status=replace(STATUS, applied=()))
    assert bad(judge_postgres(pending)) == []
    assert bad(judge_postgres(replace(POSTGRES, free_bytes=None))) == []


def test_a_store_that_is_away_is_told_with_its_own_words() -> None:
    found = away("PostgreSQL", DatabaseUnavailable("it is down", said="refused"))
    assert (found.found, found.details, found.code) == ("it is down", ("refused",), 3)
    assert away("Redis", UsageError("too old")).code is ExitCode.USAGE
    assert late("Redis", 10.0).code is ExitCode.UNREACHABLE


def test_denials_are_told_with_what_they_are_called() -> None:
    at = datetime(2026, 11, 1, 12, tzinfo=UTC)
    denial = Denial("access_denied", "no", "GET /", 403, 50001, at, at.replace(hour=13))
    findings: list[Finding] = list(judge_denials({5: denial, 6: denial}, {5: "staff"}, 1))
    assert [one.mark for one in findings] == [Mark.OK, Mark.WARNING]
    assert findings[1].details == (
        "staff (5): access_denied since 2026-11-01 12:00 UTC, asked again at 2026-11-01 13:00 UTC",
        "channel (6): access_denied since 2026-11-01 12:00 UTC, asked again at "
        "2026-11-01 13:00 UTC",
    )
    assert list(judge_denials({}, {}, 0)) == []
