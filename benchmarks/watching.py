"""A day of watching a guild, on a clock of its own: `make bench ARGS=watching`.

Posts with clips in channels, threads and forums, new channels and threads, archives, edits,
deletions, late embeds, a night without a post, and half an hour in which nobody watches. Each
minute is one turn; its jobs are done by the real scans, against real PostgreSQL and Valkey and a
simulated Discord. Counted is what was missed, how late it was, and what it cost in requests.

A second look reads the last hour again where something was posted in it; a clip's message that is
missing at the end of a page is asked for itself.
"""

from __future__ import annotations

import argparse
import shutil
import tempfile
import time
from collections.abc import Sequence
from functools import partial
from pathlib import Path

import psycopg
import trio

from benchmarks.record import add_option, recorded
from benchmarks.watched_day import NIGHT, START, Day
from benchmarks.watcher import INTERVAL_S, Interval, Watcher, open_watcher
from clipsaver.embedded import open_servers_blocking
from clipsaver.log import configure_logging

OUTAGE_S = 30 * 60.0
_AFTERWARDS_S = 11 * INTERVAL_S
"""So that what changed last is looked at again, too."""


def made_up(outage_at: float) -> range:
    """When what was posted had to wait for the end of the outage (whole Unix seconds)."""
    return range(int(outage_at - INTERVAL_S), int(outage_at + OUTAGE_S))


async def watch_whole(watcher: Watcher, *, outage_at: float) -> None:
    """All turns of the day but those of an outage that begins then (Unix seconds)."""
    while watcher.now < watcher.day.end + _AFTERWARDS_S:
        if outage_at <= watcher.now < outage_at + OUTAGE_S:
            watcher.now = outage_at + OUTAGE_S
        await watcher.turn()
        watcher.now += INTERVAL_S


async def report(watcher: Watcher, *, outage_at: float, took_s: float) -> None:
    """What it saw, and what that cost."""
    there, stored = watcher.day.clips(), await watcher.clips()
    delays: dict[bool, list[float]] = {False: [0.0], True: [0.0]}
    for one, delay_s in watcher.found_after_s.items():
        delays[int(watcher.day.posted[one]) in made_up(outage_at)].append(delay_s)
    turns = watcher.intervals
    quiet = [one for one in turns if not (one.news or one.looked_at or one.is_survey)]
    new = [one for one in turns if one.news and not (one.looked_at or one.is_survey)]
    looks = [one for one in turns if one.looked_at and not one.is_survey]
    surveys = [one for one in turns if one.is_survey]
    print(f"{len(turns):,} intervals of {INTERVAL_S:g} s, in {took_s:.0f} s")
    print(f"  messages with clips that came while it was watched: {len(watcher.found_after_s):,}")
    print(f"  clips that are there {len(there):,}, missed {len(there - stored)}")
    print(f"  clips on record that are there no more: {len(stored - there)}")
    print(f"  from post to row: at most {max(delays[False]):.1f} s")
    print(f"  of what was posted in the outage: at most {max(delays[True]):,.0f} s")
    print(f"  nothing new:      {len(quiet):4} intervals, requests at most {_most(quiet, 2)}")
    print(
        f"  something new:    {len(new):4} intervals, 2 + channels with news + at most {_most(new)}"
    )
    print(f"  with second look: {len(looks):4} intervals, 2 + channels + at most {_most(looks)}")
    print(f"  with a survey:    {len(surveys):4} intervals, requests {_requests(surveys)}")
    print(f"  requests in all: {sum(one.requests for one in turns):,}", flush=True)


def _most(intervals: Sequence[Interval], plus: int = 0) -> int:
    return plus + max((one.beyond for one in intervals), default=0)


def _requests(intervals: Sequence[Interval]) -> str:
    return ", ".join(str(one.requests) for one in intervals)


async def watched(hours: float, seed: int, database_url: str, redis_url: str) -> None:
    """A day from its first turn to the report."""
    with psycopg.connect(database_url, autocommit=True) as connection:
        # A day's commits wait for no disk: what is durable is not asked here.
        connection.execute("alter role current_user set synchronous_commit = off")
    day, outage_at = Day(hours, seed), START + hours * 3600 / 2
    async with open_watcher(
        day, database_url=database_url, redis_url=redis_url, schema="watching"
    ) as watcher:
        began = time.monotonic()
        await watch_whole(watcher, outage_at=outage_at)
        await report(watcher, outage_at=outage_at, took_s=time.monotonic() - began)


def main() -> None:
    """Servers of our own, and one day."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--hours", type=float, default=24.0)
    parser.add_argument("--seed", type=int, default=1)
    add_option(parser)
    arguments = parser.parse_args()
    configure_logging("warning")
    folder = Path(tempfile.mkdtemp(prefix="clipsaver-bench-"))
    try:
        with (
            recorded("watching", __doc__, wanted=arguments.record),
            open_servers_blocking(folder, postgres=True, valkey=True) as servers,
        ):
            assert servers.database_url
            assert servers.redis_url
            print(f"{arguments.hours:g} hours, {len(NIGHT)} of them night, seed {arguments.seed}")
            trio.run(
                partial(
                    watched,
                    arguments.hours,
                    arguments.seed,
                    servers.database_url,
                    servers.redis_url,
                )
            )
    finally:
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()
