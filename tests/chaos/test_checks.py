"""The checks of a run: each says what is wrong, and nothing where nothing is."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import psycopg
import pytest
import redis

from chaos import checks
from chaos.checks import Run
from chaos.plan import Fault, Kind, Store
from chaos.stage import GROUP, STREAM
from chaos.telling import told
from chaos.watch import Lost, Recovery, Watched, quiet_recoveries, unsaid
from chaos.work import Task, Work
from clipsaver.database.migrations import migrate
from clipsaver.jobs import GuildJob
from clipsaver.scanning.guild_plan import search_for
from clipsaver.trio_io.postgres import TrioConnection

Database = psycopg.Connection[tuple[object, ...]]

TASK = Task({"type": "message", "job_id": "a"}, each=3)
PART = Task({"type": "batch", "job_id": "b"}, together=50)
RUN = Run("s/1-0", "a", "message", 5, "SUCCEEDED", 0, 3)


def test_each_job_has_one_run_that_went_well() -> None:
    joined = {"s/2-0": "s/1-0"}
    assert checks.ends([RUN], {"s/1-0": TASK, "s/2-0": TASK}, joined) == []
    (lost,) = checks.ends([RUN], {"s/1-0": TASK, "s/2-0": TASK}, {})
    assert lost == "pushed and acknowledged, and no run of it: s/2-0"
    assert checks.ends([replace(RUN, job_id="z")], {"s/1-0": TASK}, {})
    assert checks.ends([replace(RUN, state="RUNNING")], {"s/1-0": TASK}, {})
    assert checks.ends([replace(RUN, attempts=1)], {"s/1-0": TASK}, {})


def test_each_message_was_counted_as_often_as_it_was_to_be_read() -> None:
    part = replace(RUN, run_id="s/3-0", job_id="b", type="batch", messages=50)
    nothing_left = replace(part, run_id="s/4-0", messages=0)
    surveyed = replace(part, run_id="s/5-0", job_id="guild-made", channel_id=9, messages=7)
    guild = Task({"type": "guild", "guild_id": "77", "job_id": "g"})
    searched = search_for(GuildJob(guild_id="77")).job_id
    search = Run("s/7-0", searched, "guild", None, "SUCCEEDED", 0, 12)
    work = Work(tasks=[TASK, PART, guild], surveyed={9: 7})
    assert checks.readings([RUN, part, nothing_left, surveyed, search], work) == []
    for wrong in (
        [replace(RUN, messages=6), part, surveyed],
        [RUN, part, replace(nothing_left, messages=50), surveyed],
        [RUN, part],
        [RUN, part, surveyed, replace(surveyed, run_id="s/6-0", channel_id=10)],
        [RUN, part, surveyed, replace(search, job_id="search 78 by 00000000")],
    ):
        assert len(checks.readings(wrong, work)) == 1


def test_only_some_are_named() -> None:
    assert told("lost", []) == []
    assert told("lost", range(7)) == ["lost: 0, 1, 2, 3, 4 and 2 more"]


def test_a_recovery_counts_where_nothing_else_was_wrong() -> None:
    def fault(kind: Kind) -> Fault:
        return Fault(0.0, kind, 0, Store.VALKEY, 0.0)

    watched = Watched(recoveries=[Recovery(100.0, 103.5), Recovery(200.0, None)])
    watched.troubles = [(100.0, 101.0, fault(Kind.TIMED_KILL)), (150.0, 196.9, fault(Kind.FULL))]
    assert quiet_recoveries(watched, 3.0) == watched.recoveries
    full = Watched(recoveries=[Recovery(100.0, 109.0, had_room=False)])
    assert quiet_recoveries(full, 3.0) == []
    watched.troubles += [(103.0, 104.0, fault(Kind.CUT)), (190.0, 197.1, fault(Kind.VALKEY))]
    assert quiet_recoveries(watched, 3.0) == []


def test_a_worker_that_lost_a_run_names_it() -> None:
    lost = [Lost("w.log", "s/1-0")]
    assert unsaid(lost, {"w.log": [{"event": "lease_lost", "run": "s/1-0"}]}) == []
    ended = {"event": "job_ended", "run": "s/1-0", "outcome": "abandoned"}
    assert unsaid(lost, {"w.log": [ended]}) == []
    assert unsaid(lost, {"w.log": [ended | {"outcome": "done"}]}) == lost
    assert unsaid(lost, {"w.log": [ended | {"run": "s/2-0"}], "x.log": [ended]}) == lost


def test_nothing_may_be_left_in_redis(redis_url: str) -> None:
    with redis.Redis.from_url(redis_url) as client:
        client.flushdb()
        assert checks.leftovers(client) == []
        client.xadd(f"{{{STREAM}}}:events", {"event": "done"})
        client.set(f"{{{STREAM}}}:job:1", "", ex=60)
        assert checks.leftovers(client) == []
        client.set(f"{{{STREAM}}}:job:2", "")
        assert checks.leftovers(client) == [f"keys without an expiry: {{{STREAM}}}:job:2"]
        client.flushdb()
        client.zadd(f"{{{STREAM}}}:line", {"1-0": 1.0})
        client.xadd(f"{{{STREAM}}}:dead", {"job": ""})
        client.zadd(f"{{{STREAM}}}:delayed", {"[]": 1.0})
        client.xgroup_create(STREAM, GROUP, "0", mkstream=True)
        client.xadd(STREAM, {"job": ""})
        client.xreadgroup(GROUP, "one", {STREAM: ">"})
        told = " ".join(checks.leftovers(client))
        for what in ("on the stream", "pending", "delayed", "dead letters", "line"):
            assert what in told


@pytest.fixture
async def tables(database_url: str) -> Iterator[Database]:
    """The tables with the diary on them."""
    connection = await TrioConnection.connect(database_url, autocommit=True)
    await migrate(connection, "clipsaver")
    connection.pgconn.finish()
    with psycopg.connect(database_url, autocommit=True) as looking:
        looking.execute(checks.DIARY)
        yield looking


def _begin(tables: Database) -> None:
    tables.execute(
        "insert into clipsaver.runs (run_id, job, type, guild_id, state, fence) "
        "values ('s/1-0', '{}', 'message', 1, 'RUNNING', 10)"
    )


_END = "update clipsaver.runs set state = 'SUCCEEDED', ended_at = now()"


async def test_the_diary_knows_a_run_that_ended_once(tables: Database) -> None:
    _begin(tables)
    assert checks.diary(tables) == ["ended more or less than once: s/1-0"]
    tables.execute("update clipsaver.runs set pages = 1, messages = 100")
    tables.execute(_END)
    tables.execute(_END)  # its answer had got lost
    assert checks.diary(tables) == []


@pytest.mark.parametrize(
    "changes",
    [
        [_END, "update clipsaver.runs set pages = 1"],
        [_END, "update clipsaver.runs set fence = 11"],
        [_END, "update clipsaver.runs set state = 'RUNNING', ended_at = null", _END],
        ["update clipsaver.runs set fence = 9", _END],
        ["update clipsaver.runs set pages = 2", "update clipsaver.runs set pages = 1", _END],
    ],
)
async def test_the_diary_knows_what_must_not_happen(tables: Database, changes: list[str]) -> None:
    _begin(tables)
    for change in changes:
        tables.execute(change.encode())
    assert checks.diary(tables)


async def test_clips_and_coverage_are_held_to_what_was_planted(tables: Database) -> None:
    work = Work(whole={5: (100, 300)}, named={400}, planted={"200-1": 5, "400-1": 5, "500-1": 5})
    tables.execute("insert into clipsaver.guilds (guild_id) values (1)")
    tables.execute("insert into clipsaver.channels (channel_id, guild_id, type) values (5, 1, 0)")
    tables.execute(
        "insert into clipsaver.scan_coverage (channel_id, settings_hash, covered) "
        "values (5, 'x', '{[0,301)}')"
    )
    assert checks.coverage(tables, work) == []
    assert checks.clips(tables, work) == ["clips are missing: 200-1, 400-1"]
    tables.execute("update clipsaver.scan_coverage set covered = '{[0,150),[151,301)}'")
    assert checks.coverage(tables, work) == ["channels with gaps in their coverage: 5"]
