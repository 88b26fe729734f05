"""`clipsaver pending bury` and `drop`, and `clipsaver dead undo`, against real servers."""

from __future__ import annotations

import json

import psycopg
import pytest
import trio

from clipsaver.cli.main import main
from clipsaver.database import migrations
from clipsaver.jobs import BatchJob, encode
from clipsaver.queue import lease, produce
from clipsaver.queue.intake import ensure_group, read
from clipsaver.queue.link import Consumer, Link
from clipsaver.queue.names import Names
from clipsaver.queue.operating.audit import Act
from clipsaver.queue.operating.dead_letters.dead import look
from clipsaver.queue.operating.dead_letters.dead_actions import retry
from clipsaver.trio_io.postgres import TrioConnection
from clipsaver.trio_io.redis import open_redis

STREAM = "discord_clip_jobs"


def on_stream(redis_url, do):
    """What `do` returns, given the stream of the configuration."""

    async def run():
        async with open_redis(redis_url) as redis:
            return await do(Link(redis, Names(STREAM, "worker_group"), "the test server"))

    return trio.run(run)


@pytest.fixture
def jobs(redis_url, database_url, monkeypatch, tmp_path):
    """Entry ids of three jobs, one for each guild, of which `w-1` has the first."""
    monkeypatch.setenv("REDIS_URL", redis_url)
    monkeypatch.setenv("DATABASE_URL", database_url)
    monkeypatch.chdir(tmp_path)

    async def tables():
        connection = await TrioConnection.connect(database_url, autocommit=True)
        async with connection:
            await migrations.migrate(connection, "clipsaver")

    trio.run(tables)

    async def push(link):
        await ensure_group(link)
        jobs = [encode(BatchJob(guild_id=guild, channel_id="2")) for guild in "123"]
        ids = await produce.push(link, jobs)
        worker = Consumer(link, "w-1", "h", 15_000)
        (entry,) = await read(worker, 1, block_ms=1)
        assert await lease.take(worker, entry, {}) is not None
        return ids

    return on_stream(redis_url, push)


def rows(database_url):
    with psycopg.connect(database_url) as connection:
        found = connection.execute(
            "select run_id, state, error, error_message from clipsaver.runs order by run_id"
        )
        return found.fetchall()


def letters(redis_url):
    return on_stream(redis_url, lambda link: look(link, count=9)).letters


def test_bury_looks_asks_and_buries(jobs, redis_url, database_url, capsys):
    first, second, third = jobs
    assert main(["pending", "bury", first, "--dry-run"]) == 0
    assert "1 would be buried; nothing was changed" in capsys.readouterr().out
    assert main(["pending", "bury"]) == 2
    assert main(["pending", "bury", "--type", "batch"]) == 2
    assert "there are 3, and nobody to ask" in capsys.readouterr().err
    assert rows(database_url) == []

    assert main(["pending", "bury", first, third, "9-9", "--yes", "--why", "no"]) == 1
    told = capsys.readouterr()
    assert told.out.startswith("2 buried, 1 of them stopped while they ran\n")
    assert "has the name 9-9" in told.err
    new, old = letters(redis_url)
    assert (new.run_id, old.run_id) == (f"{STREAM}/{third}", f"{STREAM}/{first}")
    assert f"  {STREAM}/{first} is the dead letter {old.letter_id} now\n" in told.out
    for row, run in zip(rows(database_url), (first, third), strict=True):
        assert row[:3] == (f"{STREAM}/{run}", "FAILED", "buried")
        assert row[3].endswith(": no")
        assert row[3] == old.death.error

    assert main(["pending", "bury", second, "--json"]) == 0
    facts = json.loads(capsys.readouterr().out)
    assert facts["fates"] == {f"{STREAM}/{second}": "buried"}
    assert list(facts["letters"]) == [f"{STREAM}/{second}"]


def test_drop_cancels_and_the_audit_keeps_a_copy(jobs, database_url, capsys):
    first, second, _ = jobs
    assert main(["pending", "drop", "--guild", "2", "--json", "--dry-run"]) == 0
    assert json.loads(capsys.readouterr().out) == {"would_drop": [f"{STREAM}/{second}"]}
    assert main(["pending", "drop", "--guild", "1", "--guild", "2", "--yes"]) == 0
    assert capsys.readouterr().out == "2 dropped, 1 of them stopped while they ran\n"
    states = [row[:3] for row in rows(database_url)]
    assert states == [(f"{STREAM}/{run}", "CANCELLED", "cancelled") for run in (first, second)]
    assert main(["audit", "list", "--json"]) == 0
    (event,) = map(json.loads, capsys.readouterr().out.splitlines())
    assert (event["action"], event["count"]) == ("pending drop", 2)
    guilds = [json.loads(one["fields"]["job"])["guild_id"] for one in event["copies"]]
    assert guilds == ["1", "2"]
    assert main(["pending", "drop", first]) == 1


def test_undo_makes_a_letter_of_a_retry_again(jobs, redis_url, capsys):
    assert main(["pending", "bury", jobs[1]]) == 0
    (letter,) = letters(redis_url)
    on_stream(redis_url, lambda link: retry(link, [letter.letter_id], Act("a@b")))
    assert letters(redis_url) == ()
    capsys.readouterr()
    assert main(["dead", "undo", letter.letter_id, "--dry-run"]) == 0
    assert "1 may be undone; nothing was changed" in capsys.readouterr().out
    assert main(["dead", "undo", letter.letter_id]) == 0
    (again,) = letters(redis_url)
    assert capsys.readouterr().out == (
        f"1 are dead letters again\n  {letter.letter_id} is {again.letter_id} now\n"
    )
    assert again.death == letter.death
    assert main(["dead", "undo", letter.letter_id, "--json"]) == 1
    assert json.loads(capsys.readouterr().out)["fates"] == {letter.letter_id: "gone"}
