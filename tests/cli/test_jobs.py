"""`clipsaver jobs`, `workers`, `cancel` and `queue repair` on real servers."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime

import msgspec
import psycopg
import pytest

from clipsaver.cli.jobs_text import jobs_text
from clipsaver.cli.workers_text import workers_text
from clipsaver.database.run_list import ListedRun
from clipsaver.operating.ended import ended_row
from clipsaver.queue.control import Order, read_order
from clipsaver.queue.intake import ensure_group
from clipsaver.queue.link import Consumer, Link
from clipsaver.queue.names import Names
from clipsaver.queue.operating.jobs import row_of
from clipsaver.queue.operating.sketch import Sketch
from clipsaver.queue.operating.verdicts import Place, Verdict
from clipsaver.queue.operating.workers import Worker, WorkerState
from clipsaver.queue.presence import beat
from clipsaver.queue.produce import status_of
from clipsaver.queue.worker_statistics import Away, Discord, Process, WorkerStatistics
from clipsaver.records import RunState
from clipsaver.trio_io.redis import open_redis
from tests import warm
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


NOW_MS = 1_795_649_474_142
RUNNING = {"state": "running", "pages": "3", "messages": "300", "clips": "7", "share": "0.2500"}
"""A run's hash, by a worker that tells no more."""


def a_row(place=Place.HELD, **fields):
    return row_of(replace(ENTRY, verdict=Verdict(place), status=status_of({**RUNNING, **fields})))


def lines_of(*rows):
    return jobs_text("first", rows, NOW_MS, is_more=False, run_prefix="clips/").splitlines()


def test_rows_of_jobs():
    running = a_row(rate="100.20", eta_at=str(NOW_MS + 9_000), stage="scan", waits_for="")
    dead = ended_row(a_run(RunState.FAILED, "not_found", "no\x1b[1m\nchannel"))
    done = ended_row(a_run(RunState.SUCCEEDED))
    lines = lines_of(running, dead, done)
    assert lines[3].split() == ["5-0", "batch", "2", "running", "25%", "300", "7", "100/s,", "10",
                                "s"]  # fmt: skip
    assert lines[4].endswith("2026-01-02 03:04; not_found: no channel")
    assert lines[5].endswith("2026-01-02 03:04")
    assert "\x1b" not in "".join(lines)


def test_what_search_found_of_the_clips():
    running, ended = a_row(by_search="5"), ended_row(a_run(RunState.SUCCEEDED))
    lines = lines_of(running, replace(ended, clips_by_search=1_234, clips=2_000))
    assert "7 (5 by search)" in lines[3]
    assert "2,000 (1,234 by search)" in lines[4]
    assert json.loads(msgspec.json.encode(running))["clips_by_search"] == 5


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({}, "held"),  # by an older version
        ({"stage": "list", "rate": "", "eta_at": ""}, "list"),
        ({"stage": "scan", "rate": "0.00"}, "scan"),
        ({"rate": "12.6"}, "13/s"),
        ({"rate": "12.6", "eta_at": str(NOW_MS - 5)}, "13/s"),  # overdue
        ({"rate": "3.0", "eta_at": str(NOW_MS + 12_000_000)}, "3/s, 3 h 20 min"),
        ({"rate": "3.0", "waits_for": "discord"}, "waits for discord"),
        ({"rate": "3.0", "waits_for": "bucket"}, "3/s"),
        ({"rate": "0.00", "waits_for": "bucket"}, "waits for bucket"),
        (
            {"rate": "0.00", "waits_for": "bucket", "waits_until": str(NOW_MS + 3200)},
            "waits for bucket 3.2 s",
        ),
    ],
)
def test_why_a_job_does_not_get_on_or_how_fast_it_does(fields, words):
    line = lines_of(a_row(**fields))[3]
    assert line.partition("  7      ")[2] == words


def test_what_a_program_is_told_of_a_job_has_its_units():
    fields = {"stage": "scan", "rate": "0.50", "eta_at": "9", "waits_for": "bucket",
              "waits_of": "GET /x 2", "waits_since": "7", "waits_until": "8"}  # fmt: skip
    told = json.loads(msgspec.json.encode(a_row(**fields)))
    assert told["messages_per_s"] == 0.5
    assert [told[name] for name in ("stage", "waits_for", "waits_of")] == [
        "scan", "bucket", "GET /x 2",
    ]  # fmt: skip
    assert [told[name] for name in ("eta_at_ms", "waits_since_ms", "waits_until_ms")] == [9, 7, 8]


def test_the_last_words_of_a_worker_that_is_gone_are_not_of_now():
    row = a_row(Place.ORPHANED, rate="50.0", eta_at="9", waits_for="discord", stage="scan")
    assert (row.messages_per_s, row.eta_at_ms, row.waits_for) == (None, None, None)
    assert (row.share, row.stage) == (0.25, "scan")


def test_a_row_fits_a_hundred_columns():
    job = Sketch("rescan", "928427413694734396", "1568603481285681438")
    running = replace(
        a_row(rate="999.0", eta_at=str(NOW_MS + 12_000_000)),
        run_id="clips/1795649474142-12", job=job, messages=123_456, clips=12_345, share=1.0,
    )  # fmt: skip
    ended = replace(ended_row(a_run(RunState.CANCELLED)), job=job)
    assert max(map(len, lines_of(running))) <= 100
    assert max(map(len, lines_of(ended, a_row()))) <= 100
    worker = Worker(
        "ip-10-0-12-34-12345-0f3a2b", WorkerState.STOPPING, 64, up_s=400_000.0, slots=64,
        running=60, beat_ms_ago=1200,
        statistics=WorkerStatistics(outcomes={"done": 123_456, "dead": 12, "retry": 1_200},
                                    process=Process(memory_bytes=1_234_000_000)),
    )  # fmt: skip
    text = workers_text([worker])
    ending = "; hands back 60 jobs"  # what more there is to say comes last, and is cut first
    assert text.endswith(f"1.2 s ago{ending}\n")
    assert max(map(len, text.removesuffix(f"{ending}\n").splitlines())) <= 100


def test_an_entry_without_a_report_is_a_job_too():
    row = row_of(ENTRY)
    assert (row.state, row.share, row.messages, row.note) == ("running", None, 0, "held")
    assert (row.stage, row.messages_per_s, row.waits_for) == (None, None, None)


def test_rows_of_workers():
    said = WorkerStatistics(
        outcomes={"done": 1_500, "dead": 2, "retry": 3, "slice": 9},
        process=Process(memory_bytes=81_400_000),
        away=Away(discord_s=40.0),
        discord=Discord(token_held_for_s=3.0),
    )
    alive = Worker(
        "w-1", WorkerState.RUNNING, 2, "h", "7", "0.1.0", 65.0, 8, 1, 3, 1200, statistics=said
    )
    silent = replace(alive, statistics=None)  # of an older version
    gone = Worker("w-2", WorkerState.GONE, 4, takeover_in_ms=12_000)
    late = Worker("w-3", WorkerState.GONE, 4, takeover_in_ms=0)
    watcher = replace(alive, statistics=WorkerStatistics(watching=2))
    lines = workers_text([alive, silent, gone, late, watcher]).splitlines()
    assert lines[1].split() == ["w-1", "running", "65", "s", "3", "of", "8", "2", "1,500", "5",
                                "81", "MB", "1.2", "s", "ago;", "Discord", "away", "40", "s;",
                                "token", "rejected"]  # fmt: skip
    assert lines[2].split() == ["w-1", "running", "65", "s", "3", "of", "8", "2", "-", "-", "-",
                                "1.2", "s", "ago"]  # fmt: skip
    assert lines[3].endswith("taken over in 12 s")
    assert lines[4].endswith("taken over now")
    assert lines[5].endswith("1.2 s ago; watches 2 guilds")
    assert workers_text([]) == "no worker is alive; start one: clipsaver run\n"


def command(redis_url, database_url, *words):
    return warm.run(*words, env={"REDIS_URL": redis_url, "DATABASE_URL": database_url, "PATH": ""})


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
    with psycopg.connect(database_url) as connection:
        connection.execute(
            "update clipsaver.runs set remaining = '{[0,9),[20,30)}', clips_by_search = 1200"
        )
    shown = command(*where, "jobs", "show", third).stdout
    assert "left to read  2 gaps, from the beginning to 2015-01-01 00:00\n" in shown
    assert "by search     1,200 of the clips\n" in shown
    assert "goes on       before 30 (2015-01-01 00:00)\n" in shown
    report = json.loads(command(*where, "jobs", "show", third, "--json").stdout)
    assert report["rows"][0]["row"]["to_read"]["gaps"] == 2
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
        # However long the commands take, it was changed lately.
        connection.execute(
            "update clipsaver.runs set updated_at = now() + '1 hour' where state = 'RUNNING'"
        )
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
    nobody = command(*where, "workers", "tree", "w-9")
    assert (nobody.returncode, nobody.stdout) == (2, "")
    assert "no worker 'w-9' is alive" in nobody.stderr
