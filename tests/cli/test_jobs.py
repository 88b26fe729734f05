"""`clipsaver jobs`, `workers`, `cancel` and `queue repair` on real servers."""

from __future__ import annotations

import json
import subprocess
import sys
from datetime import UTC, datetime

import psycopg

from clipsaver.cli.jobs_text import ended_row, jobs_text
from clipsaver.cli.workers import workers_text
from clipsaver.database.run_list import ListedRun
from clipsaver.queue.control import Order, read_order
from clipsaver.queue.intake import ensure_group
from clipsaver.queue.link import Consumer, Link
from clipsaver.queue.names import Names
from clipsaver.queue.operating.jobs import JobRow, row_of
from clipsaver.queue.operating.sketch import Sketch
from clipsaver.queue.operating.workers import Worker, WorkerState
from clipsaver.queue.presence import beat
from clipsaver.records import RunState
from clipsaver.trio_io.redis import open_redis
from tests.cli.test_pending import ENTRY, some_jobs

WHEN = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)


def a_run(state, error=None, message=None):
    return ListedRun(
        "clips/5-0",
        None,
        "batch",
        1,
        2,
        state,
        0,
        1,
        3,
        300,
        7,
        3,
        error,
        message,
        WHEN,
        WHEN,
        WHEN,
    )


def test_rows_of_jobs():
    running = JobRow(
        "clips/5-0", "running", Sketch("batch", "1", "2"), 0.25, 3, 300, 7, "w\x1b[1m", "held"
    )
    dead = ended_row(a_run(RunState.FAILED, "not_found", "no\nchannel"))
    done = ended_row(a_run(RunState.SUCCEEDED))
    text = jobs_text(
        "first", [running, dead, done], {"clips/5-0": 100.0}, is_more=False, run_prefix="clips/"
    )
    lines = text.splitlines()
    assert lines[3].split() == ["5-0", "batch", "2", "running", "25%", "300", "7", "100/s", "10",
                                "s", "w", "held"]  # fmt: skip
    assert lines[4].endswith("2026-01-02 03:04:05 UTC; not_found: no channel")
    assert lines[5].endswith("2026-01-02 03:04:05 UTC")
    assert "\x1b" not in text


def test_an_entry_without_a_report_is_a_job_too():
    row = row_of(ENTRY)
    assert (row.state, row.share, row.messages, row.note) == ("running", None, 0, "held")


def test_rows_of_workers():
    alive = Worker("w-1", WorkerState.RUNNING, 2, "h", "7", "0.1.0", 65.0, 8, 1, 3, 1200)
    gone = Worker("w-2", WorkerState.GONE, 4, takeover_in_ms=12_000)
    late = Worker("w-3", WorkerState.GONE, 4, takeover_in_ms=0)
    lines = workers_text([alive, gone, late]).splitlines()
    assert "65 s" in lines[1]
    assert "3 of 8 (1 for live jobs)" in lines[1]
    assert lines[1].endswith("1.2 s ago")
    assert lines[2].endswith("none; what it holds is taken over in 12 s")
    assert lines[3].endswith("taken over now")
    assert workers_text([]) == "no worker is alive; start one: clipsaver run\n"


def command(redis_url, database_url, *words):
    return subprocess.run(
        [sys.executable, "-m", "clipsaver", *words],
        env={"REDIS_URL": redis_url, "DATABASE_URL": database_url, "PATH": ""},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        timeout=30,
    )


async def test_the_commands_show_and_cancel(redis_url, database_url):
    first, second, third = await some_jobs(redis_url)
    where = (redis_url, database_url)
    assert command(*where, "db", "migrate").returncode == 0

    rows = [json.loads(line) for line in command(*where, "jobs", "--json").stdout.splitlines()]
    assert [row["run_id"] for row in rows] == [
        f"discord_clip_jobs/{entry}" for entry in (first, second, third)
    ]
    assert [row["state"] for row in rows] == ["waiting"] * 3  # nobody beats for those that are held
    shown = command(*where, "jobs", "show", first)
    assert shown.returncode == 0
    assert "its worker is gone" in shown.stdout
    assert "state         running" in shown.stdout
    nobody = command(*where, "jobs", "show", "nightly")
    assert (nobody.returncode, nobody.stdout) == (2, "")
    assert "no job goes by 'nightly'" in nobody.stderr
    (gone,) = command(*where, "workers", "--json").stdout.splitlines()
    assert json.loads(gone)["state"] == "gone"

    dry = command(*where, "cancel", "--guild", "1", "--dry-run", "--json")
    assert json.loads(dry.stdout) == {"would_cancel": [f"discord_clip_jobs/{first}"]}
    assert command(*where, "cancel").returncode == 2
    assert "there are 3, and nobody to ask" in command(*where, "cancel", "--type", "batch").stderr
    one = command(*where, "cancel", third, "--why", "a\x1b[2J test")
    assert (one.returncode, one.stdout) == (0, "1 cancelled\n")
    both = command(*where, "cancel", "--type", "batch", "--yes", "--json")
    assert set(json.loads(both.stdout)["fates"].values()) == {"held"}
    again = command(*where, "cancel", third)
    assert (again.returncode, again.stdout) == (1, "0 cancelled\n")
    assert f"{third} is over: CANCELLED" in again.stderr

    ended = command(*where, "jobs", "--state", "cancelled")
    assert ended.stdout.startswith("nothing is pending")
    assert ended.stdout.count("cancelled by ") == 3
    assert "\x1b" not in ended.stdout
    report = json.loads(command(*where, "jobs", "show", third, "--json").stdout)
    assert report["rows"][0]["row"]["state"] == "CANCELLED"
    assert report["rows"][0]["job"]["guild_id"] == "3"
    with psycopg.connect(database_url) as connection:
        states = connection.execute("select distinct state from clipsaver.runs").fetchall()
    assert states == [("CANCELLED",)]


async def test_the_command_puts_back_what_is_lost(redis_url, database_url):
    where = (redis_url, database_url)
    assert command(*where, "db", "migrate").returncode == 0
    add = """
        insert into clipsaver.runs (run_id, job, type, guild_id, channel_id, state, fence)
        values (%s, '{"type": "batch", "guild_id": "1", "channel_id": "2"}', 'batch', 1, 2, %s, 5)
    """
    runs = ["discord_clip_jobs/1000-0", "discord_clip_jobs/1000-1"]
    with psycopg.connect(database_url) as connection:
        for run_id in runs:
            connection.execute(add, [run_id, "QUEUED"])
        connection.execute(add, ["discord_clip_jobs/1000-2", "RUNNING"])
    dry = command(*where, "queue", "repair", "--dry-run")
    assert dry.returncode == 0
    assert "runs that are not over: 3, without an entry: 2\n" in dry.stdout
    assert "but changed by a worker within the last lease: 1;" in dry.stdout
    assert dry.stdout.endswith("nothing was changed\n")
    assert command(*where, "queue", "repair").returncode == 2
    done = json.loads(command(*where, "queue", "repair", "--yes", "--json").stdout)
    assert done["put_back"] == runs
    again = command(*where, "queue", "repair")
    assert "without an entry: 0\n" in again.stdout
    rows = [json.loads(line) for line in command(*where, "jobs", "--json").stdout.splitlines()]
    assert [row["run_id"] for row in rows] == runs


async def test_orders_are_for_workers_that_are_alive(redis_url):
    async with open_redis(redis_url) as redis:
        link = Link(redis, Names("discord_clip_jobs", "worker_group"), "the test server")
        await ensure_group(link)
        for name in ("w-1", "w-2"):
            await beat(Consumer(link, name, "h", 15_000), {}, expires_ms=60_000)
    where = (redis_url, "postgresql:///nowhere")
    assert command(*where, "workers", "pause").returncode == 2
    assert "there are 2, and nobody to ask" in command(*where, "workers", "pause", "--all").stderr
    dry = command(*where, "workers", "drain", "--all", "--dry-run", "--json")
    assert json.loads(dry.stdout)["would_order"] == ["w-1", "w-2"]
    paused = command(*where, "workers", "pause", "w-1", "w-9")
    assert (paused.returncode, paused.stdout) == (1, "w-1\nordered to pause: 1\n")
    assert "no worker that is alive has the name w-9" in paused.stderr
    async with open_redis(redis_url) as redis:
        link = Link(redis, Names("discord_clip_jobs", "worker_group"), "the test server")
        assert await read_order(Consumer(link, "w-1", "h", 1)) is Order.PAUSE
        assert await read_order(Consumer(link, "w-2", "h", 1)) is None
    assert command(*where, "workers", "resume", "--all", "--yes").returncode == 0
