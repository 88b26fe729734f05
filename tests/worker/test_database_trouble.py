"""A PostgreSQL that refuses for a while: the worker says why, loses nothing and goes on."""

from __future__ import annotations

import itertools
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, cast

import pytest
import trio
from structlog.testing import capture_logs

from clipsaver.config import Secret
from clipsaver.simulator import Fault
from clipsaver.trio_io.postgres import TrioConnection
from tests.worker.site import PAGES, Site, Worker, a_world, open_site, planted, scan_of, until

Logs = list[Any]
_numbers = itertools.count(1)

_FULL = """
create function {schema}.full_disk() returns trigger language plpgsql as
$$ begin raise sqlstate '53100' using message = 'could not extend file: No space left'; end $$;
create trigger full_disk before insert or update on {schema}.{table}
for each statement execute function {schema}.full_disk()
"""


@dataclass(frozen=True, slots=True)
class Trouble:
    """What an admin does, and undoes; and what the worker has to say of it."""

    begin: str
    end: str
    words: str


TROUBLES = {
    "read-only": Trouble(
        "alter database {name} set default_transaction_read_only = on",
        "alter database {name} reset default_transaction_read_only",
        "it is read-only, as a replica is; set database.url to the primary",
    ),
    "no connection": Trouble(
        "alter role {role} connection limit 0",
        "alter role {role} connection limit -1",
        "it has no connection left; raise its max_connections or the CONNECTION LIMIT",
    ),
    "closed": Trouble(
        "alter database {name} allow_connections false",
        "alter database {name} allow_connections true",
        "somebody has closed that database",
    ),
    "no login": Trouble(
        "alter role {role} nologin",
        "alter role {role} login",
        "it refuses the user or password; correct database.url",
    ),
}
FULL_DISKS = {
    f"disk full for {table}": Trouble(
        _FULL.replace("{table}", table),
        "drop function {schema}.full_disk cascade",
        "its disk is full; make room there",
    )
    for table in ("clips", "runs", "channels")
}


@dataclass(frozen=True, slots=True)
class _Stage:
    site: Site
    outside: TrioConnection[Any]
    """In the maintenance database: one cannot be closed from within."""
    inside: TrioConnection[Any]
    names: dict[str, str]

    async def do(self, query: str) -> None:
        connection = self.inside if "{schema}" in query else self.outside
        await connection.execute(query.format(**self.names))

    async def cut_off(self) -> None:
        """Ends the worker's sessions: what an admin changes holds for new ones."""
        query = "select pg_terminate_backend(pid) from pg_stat_activity where usename = %s"
        await self.outside.execute(query, [self.names["role"]])


@pytest.fixture
def logs() -> Iterator[Logs]:
    with capture_logs() as told:
        yield cast("Logs", told)


@asynccontextmanager
async def _stage(postgres_dsn: str, database_url: str, redis_url: str) -> AsyncIterator[_Stage]:
    """A site in a database of its own, for a user who is no superuser."""
    role, name = f"worker_{next(_numbers)}", database_url.partition("@/")[2].partition("?")[0]
    world = a_world(channels=2, messages=1200)
    admin = await TrioConnection.connect(postgres_dsn, autocommit=True)
    await admin.execute(f"create role {role} login")
    await admin.execute(f"grant create on database {name} to {role}")
    inside = await TrioConnection.connect(database_url, autocommit=True)
    async with open_site(world, database_url=database_url, redis_url=redis_url) as site:
        url = database_url.replace("clipsaver@", f"{role}@")
        site.config = site.configured(database={"url": Secret(url)})
        site.simulator.faults.always(PAGES, Fault.latency(0.03))
        yield _Stage(site, admin, inside, {"role": role, "name": name, "schema": "clipsaver"})
        assert await site.clips() == planted(site.world)
        rows = await site.rows("select state, attempts, messages, pages from runs")
        assert rows == [("SUCCEEDED", 0, 1200, 13)] * 2
        assert await site.dead() == []
    await inside.execute(f"drop owned by {role}")
    await admin.execute(f"drop role {role}")
    await inside.close()
    await admin.close()


@asynccontextmanager
async def _worker(site: Site) -> AsyncIterator[None]:
    """A worker that may wait for its stores before it has begun."""
    worker = Worker()

    async def run(*, task_status: trio.TaskStatus[None]) -> None:
        task_status.started()
        await worker.run(site.config)

    async with trio.open_nursery() as nursery:
        await nursery.start(run)
        yield
        worker.stopping.set()


async def _said(logs: Logs, event: str, words: str = "") -> None:
    async def condition() -> bool:
        return any(log["event"] == event and words in log.get("error", "") for log in logs)

    await until(condition, f"{event}: {words}")


@pytest.mark.parametrize("trouble", TROUBLES)
async def test_it_is_waited_for_in_the_middle_and_at_start(
    postgres_dsn: str, database_url: str, redis_url: str, logs: Logs, trouble: str
) -> None:
    what = TROUBLES[trouble]
    async with _stage(postgres_dsn, database_url, redis_url) as stage:
        site = stage.site
        await stage.do(what.begin)
        await site.push(*map(scan_of, site.channels))
        async with _worker(site):
            await _said(logs, "database_away", what.words)
            await stage.do(what.end)
            await _said(logs, "database_back")
            await site.has_read(5)
            logs.clear()
            await stage.do(what.begin)
            await stage.cut_off()
            await _said(logs, "database_away", what.words)
            await stage.do(what.end)
            await _said(logs, "database_back")
            await site.all_done(2)
    away = [log["error"] for log in logs if log["event"] == "database_away"]
    assert len([error for error in away if what.words in error]) <= 2, away


@pytest.mark.parametrize("trouble", FULL_DISKS)
async def test_a_full_disk_is_waited_for(
    postgres_dsn: str, database_url: str, redis_url: str, logs: Logs, trouble: str
) -> None:
    """A page, the begin and end of a run, and what a scan writes itself."""
    what = FULL_DISKS[trouble]
    async with _stage(postgres_dsn, database_url, redis_url) as stage:
        site = stage.site
        async with _worker(site):
            await site.push(scan_of(site.channels[0]))
            await site.has_read(3)
            await stage.do(what.begin)
            await site.push(scan_of(site.channels[1]))
            await _said(logs, "database_away", what.words)
            await stage.do(what.end)
            await _said(logs, "database_back")
            await site.all_done(2)
    assert [log["event"] for log in logs].count("database_away") <= 3
