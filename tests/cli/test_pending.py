"""`clipsaver pending` on a real server, and the words it has for what comes next."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import replace

import pytest

from clipsaver.cli.pending_text import entries_text
from clipsaver.jobs import BatchJob, encode
from clipsaver.queue import lease, produce
from clipsaver.queue.entries import Carried, Entry
from clipsaver.queue.intake import ensure_group, read
from clipsaver.queue.link import Consumer, Link
from clipsaver.queue.names import Names
from clipsaver.queue.operating.pending import Counts, PendingEntry
from clipsaver.queue.operating.sketch import Sketch
from clipsaver.queue.operating.verdicts import Place, Verdict
from clipsaver.queue.operating.words import (
    aged,
    counts_in_words,
    span,
    what_comes,
    what_comes_in_short,
)
from clipsaver.queue.produce import status_of
from clipsaver.trio_io.redis import open_redis
from tests import warm

ENTRY = PendingEntry(
    entry_id="5-0", run_id="clips/5-0", entry=Entry("5-0", b"{}", Carried(run="clips/5-0")),
    job=Sketch("batch", "1", "2"), verdict=Verdict(Place.HELD),
    worker="w-1", host="h", is_alive=True, idle_ms=1500, deliveries=1, attempts=0, waits=0,
    line=None, due_at_ms=None, reason=None, error=None, status=None,
)  # fmt: skip


@pytest.mark.parametrize(
    ("verdict", "words"),
    [
        (Verdict(Place.HELD), "held"),
        (Verdict(Place.LATE, 3000), "lease late, runs out in 3.0 s"),
        (Verdict(Place.ORPHANED, 12_000), "its worker is gone; taken over in 12 s"),
        (
            Verdict(Place.TAKEOVER, -4000),
            "lease ran out 4.0 s ago; the next free slot takes it over",
        ),
        (Verdict(Place.WAITING), "in line, place 1,234"),
        (Verdict(Place.UNREAD), "not read yet; waits for a free slot"),
        (Verdict(Place.RETRY, 250_000), "retry in 4 min: not_found"),
        (Verdict(Place.PUT_OFF, -1), "goes on now, waits for not_found"),
        (Verdict(Place.GONE), "deleted from the stream by somebody; the job is lost"),
        (Verdict(Place.HELD, is_last_try=True), "held; last try"),
        (Verdict(Place.UNREAD, is_poison=True), "not read yet; waits for a free slot; then buried "
         "as poison"),
    ],
)  # fmt: skip
def test_words_for_what_comes_next(verdict, words):
    assert what_comes(replace(ENTRY, verdict=verdict, line=1234, reason="not_found")) == words


def a_waiting_one(waits_ms):
    status = status_of({"state": "running", "waits_for": "bucket"})
    return replace(ENTRY, status=status, waits_ms=waits_ms)


def test_what_holds_up_a_held_entry_and_for_how_much_longer():
    assert what_comes(a_waiting_one(3200)) == "held, waits for bucket 3.2 s"
    assert what_comes(a_waiting_one(None)) == "held, waits for bucket"
    assert what_comes_in_short(a_waiting_one(3200)) == "waits for bucket 3.2 s"
    assert what_comes(aged(a_waiting_one(3200), 1200)) == "held, waits for bucket 2.0 s"
    assert what_comes(aged(a_waiting_one(3200), 9000)) == "held, waits for bucket"


@pytest.mark.parametrize(
    ("verdict", "words"),
    [
        (Verdict(Place.HELD), "held"),
        (Verdict(Place.LATE, 3000), "lease late, 3.0 s left"),
        (Verdict(Place.LATE, -1), "lease late, runs out now"),
        (Verdict(Place.ORPHANED, 12_000), "taken over in 12 s"),
        (Verdict(Place.TAKEOVER, -4000, is_last_try=True), "takeover due, last try"),
        (Verdict(Place.TAKEOVER, -4000, is_poison=True), "poison, then buried: takeover due"),
        (Verdict(Place.LATE, 3000, is_poison=True), "poison, buried: lease late, 3.0 s left"),
        (Verdict(Place.WAITING), "in line at 1,234"),
        (Verdict(Place.UNREAD), "not read yet"),
        (Verdict(Place.RETRY, 250_000), "retry in 4 min"),
        (Verdict(Place.PUT_OFF, -1), "goes on now"),
        (Verdict(Place.GONE), "lost: deleted"),
    ],
)
def test_short_words_for_what_comes_next(verdict, words):
    assert what_comes_in_short(replace(ENTRY, verdict=verdict, line=1234)) == words


def test_an_entry_that_was_seen_a_while_ago():
    orphan = replace(ENTRY, is_alive=False, verdict=Verdict(Place.ORPHANED, 12_000))
    assert what_comes_in_short(aged(orphan, 10_000)) == "taken over in 2.0 s"
    assert aged(orphan, 10_000).idle_ms == ENTRY.idle_ms + 10_000
    held = aged(ENTRY, 10_000)  # its holder may have renewed: that is not known
    assert (held.idle_ms, what_comes(held)) == (ENTRY.idle_ms, "held")


@pytest.mark.parametrize(
    ("ms", "words"),
    [(40, "0.0 s"), (9_940, "9.9 s"), (9_960, "10 s"), (119_000, "119 s"), (125_000, "2 min"),
     (3 * 3600_000, "3 h"), (72 * 3600_000, "3 days"), (-5, "0.0 s")],
)  # fmt: skip
def test_lengths_of_time(ms, words):
    assert span(ms) == words


def test_rows_are_printable_and_runs_are_short():
    other = replace(ENTRY, entry_id="9-0", worker="w\x1b[2J", is_alive=False)
    counts = Counts(held=2, by_workers=1, of_gone=1, waiting=3, unread=0, delayed=1)
    lines = entries_text(counts, [ENTRY, other], is_more=True, run_prefix="clips/").splitlines()
    assert lines[0] == "2 held by 1 worker (1 by workers that are gone), 3 in line, 1 delayed"
    assert lines[3].split() == ["5-0", "batch", "1", "2", "w-1", "1.5", "s", "1", "0", "held"]
    assert "w gone" in lines[4]
    assert lines[4].endswith("held (run 5-0)")
    assert lines[5] == "there are more: --limit N, or --limit 0 for all"
    assert "\x1b" not in "".join(lines)


def test_nothing_at_all():
    assert counts_in_words(Counts(0, 0, 0, 0, 0, 0)).startswith("nothing is pending")


def command(redis_url, *words):
    return warm.run("pending", *words, env={"REDIS_URL": redis_url, "PATH": ""})


async def some_jobs(redis_url):
    """Two of which `w-1` has, who does not beat, and one that nobody has read."""
    async with open_redis(redis_url) as redis:
        link = Link(redis, Names("discord_clip_jobs", "worker_group"), "the test server")
        await ensure_group(link)
        jobs = [encode(BatchJob(guild_id=guild, channel_id="2")) for guild in "123"]
        ids = await produce.push(link, jobs)
        worker = Consumer(link, "w-1", "h", 15_000)
        for entry in await read(worker, 2, block_ms=1):
            assert await lease.take(worker, entry, {}) is not None
        return ids


async def test_the_command_shows_and_releases(redis_url):
    first, second, third = await some_jobs(redis_url)
    shown = command(redis_url)
    assert (shown.returncode, shown.stderr) == (0, "")
    assert "2 held by 1 worker (2 by workers that are gone), 1 not read yet" in shown.stdout
    assert "its worker is gone; taken over in" in shown.stdout

    rows = [json.loads(line) for line in command(redis_url, "--json").stdout.splitlines()]
    assert [row["entry_id"] for row in rows] == [first, second, third]
    (row,) = command(redis_url, "--json", "--guild", "3").stdout.splitlines()
    assert json.loads(row)["entry_id"] == third

    unclear = command(redis_url, "release", "--worker", "w-1")
    assert (unclear.returncode, unclear.stdout) == (2, "")
    assert (
        "nothing was changed: there are 2, and nobody to ask; give --yes to release them"
        in unclear.stderr
    )
    assert command(redis_url, "release").returncode == 2
    dry = command(redis_url, "release", first, "--dry-run", "--json")
    assert json.loads(dry.stdout) == {"would_release": [f"discord_clip_jobs/{first}"]}
    assert "2 held" in command(redis_url).stdout

    done = command(redis_url, "release", "--worker", "w-1", "--yes")
    assert (done.returncode, done.stdout) == (0, "2 released\n")
    missing = command(redis_url, "release", "9-9", third)
    assert (missing.returncode, missing.stdout) == (1, "1 are held by nobody\n")
    assert "nothing that is held, waits or is delayed has the name 9-9" in missing.stderr
    assert command(redis_url).stdout.startswith("0 held, 2 in line, 1 not read yet, 0 delayed")


def test_it_can_be_watched(redis_url):
    watching = subprocess.Popen(
        [sys.executable, "-m", "clipsaver", "pending", "--watch", "--json"],
        env={"REDIS_URL": redis_url, "PATH": ""},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        for _ in range(2):
            assert json.loads(watching.stdout.readline())["counts"]["held"] == 0
    finally:
        watching.terminate()
        watching.communicate(timeout=20)
    assert watching.returncode == 130
