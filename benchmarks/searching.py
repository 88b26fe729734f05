"""How soon the clips of a large guild are known by search, beside history alone.

`make bench ARGS=searching`. A guild of 200 channels and 300 threads, before a server that lets
through 50 requests in any second, of which 20 search, and a page a second of each channel (5 in
5 s); each answer takes 110 to 130 ms. One worker that waits, with 64 places and an allowance of
45 requests a second, is given one guild job: by strategy `search`, which reads nothing else, by
`auto`, and by `history`; each time on an empty database. What stays from one to the next are the
limits of the token, of which a new log costs the first one a second of silence. The allowance is
what `discord.requests_per_second` is where nobody sets it.

Times are from the push of the job to the moment at which a clip is in the database. Requests are
those that the server has let through by then, of all kinds: lists of channels and threads, the
search, and what history reads beside it. The full read ends with the last run; its share of the
allowance is counted over all of it, from the first request to the last.
"""

from __future__ import annotations

import argparse
import bisect
import itertools
import json
import os
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import psycopg
import redis

from benchmarks.fleet import Discord, Traffic, ground
from benchmarks.record import add_option, recorded
from benchmarks.scanning import empty, environment
from clipsaver.embedded import Servers
from clipsaver.log import configure_logging
from clipsaver.queue.names import Names

STREAM = "discord_clip_jobs"
NAMES = Names(STREAM, "worker_group")
CONCURRENCY = 64
RATE = 45.0
PARTS = 10
KNOWN = 0.95
"""The share of the clips whose time is taken."""
LOOK_EVERY_S = 1.0
GIVE_UP_AFTER_S = 3600.0


@dataclass(frozen=True)
class Course:
    """What became of one guild job. Times are Unix seconds."""

    strategy: str
    pushed_at: float
    ended_at: float
    seen: list[float]
    """When each clip was stored, sorted."""
    stored: dict[str, str]
    """Each clip, and where in its message it is."""
    granted: list[float]
    """Requests that the server let through."""
    searches: list[float]
    refused: Counter[str]
    """By what each was refused for: user, global."""
    by_search: int
    """Clips that a run of a search was the first to store."""
    by_history: int

    def known_after_s(self, share: float, clips: int) -> float:
        """From the push until so much of all clips was stored; the first one with 0."""
        at = max(1, -int(-share * clips // 1)) - 1
        return self.seen[at] - self.pushed_at if at < len(self.seen) else float("inf")

    def requests(self, after_s: float) -> int:
        """Let through by then."""
        return bisect.bisect_right(self.granted, self.pushed_at + after_s)

    def pace(self, parts: int) -> list[float]:
        """Requests in a second, in each of so many parts of the full read."""
        first, length_s = self.granted[0], (self.granted[-1] - self.granted[0]) / parts
        ends = [bisect.bisect_right(self.granted, first + length_s * n) for n in range(parts + 1)]
        return [(end - begin) / length_s for begin, end in itertools.pairwise(ends)]

    @property
    def took_s(self) -> float:
        return self.ended_at - self.pushed_at

    @property
    def share(self) -> float:
        """Of the allowance."""
        return (len(self.granted) - 1) / (self.granted[-1] - self.granted[0]) / RATE


@dataclass(frozen=True)
class Ground:
    """Where all of it takes place."""

    folder: Path
    servers: Servers
    discord: Discord

    @contextmanager
    def worker(self) -> Iterator[None]:
        """One that is there and waits, for the time of the block."""
        config = self.folder / "config.toml"
        config.write_text(
            f'data_dir = "{self.folder}"\n'
            f'[discord]\napi_url = "{self.discord.world["api_url"]}"\n'
            f"requests_per_second = {RATE}\n"
            f"[worker]\nconcurrency = {CONCURRENCY}\n"
            '[thumbnails]\nenabled = false\n[log]\nlevel = "error"\n'
        )
        process = subprocess.Popen(
            [sys.executable, "-m", "clipsaver", "run", "--config", str(config)],
            env={**os.environ, **environment(self.servers, self.discord.world)},
            stdout=subprocess.DEVNULL,
        )
        try:
            self._await(process)
            yield
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(60)

    def follow(self, strategy: str) -> Course:
        """One guild job on empty stores, until all that it led to is over."""
        empty(self.servers)
        with self._redis() as client:
            for key in client.scan_iter():
                if not key.startswith(b"{clipsaver:"):  # the limits of the token
                    client.delete(key)
        with self.worker():
            whole = self.discord.traffic()  # what a worker asks before it waits is not counted
            whole.granted, whole.refused = [], []
            job = {"type": "guild", "guild_id": self.discord.world["guild"], "strategy": strategy}
            pushed_at = time.time()
            with self._redis() as client:
                client.xadd(STREAM, {"job": json.dumps(job)})
            self._await_end(whole, pushed_at)
            whole.add(self.discord.traffic())
        return self._course(strategy, pushed_at, whole, time.time() - whole.now)

    def _redis(self) -> redis.Redis:
        assert self.servers.redis_url
        return redis.Redis.from_url(self.servers.redis_url)

    def _database(self) -> psycopg.Connection[tuple[object, ...]]:
        assert self.servers.database_url
        return psycopg.connect(self.servers.database_url, autocommit=True)

    def _await(self, process: subprocess.Popen[bytes]) -> None:
        """Until it beats."""
        deadline = time.monotonic() + 60
        with self._redis() as client:
            while time.monotonic() < deadline:
                for key in client.scan_iter(match=f"{{{STREAM}}}:worker:*"):
                    if client.hget(key, "pid") == str(process.pid).encode():
                        return
                if process.poll() is not None:
                    break
                time.sleep(0.02)
        raise RuntimeError("no worker came, or it ended")

    def _await_end(self, whole: Traffic, pushed_at: float) -> None:
        """Until no job is on the stream, or put off."""
        with self._redis() as client:
            while left := client.xlen(STREAM) + client.zcard(NAMES.delayed):
                if time.time() > pushed_at + GIVE_UP_AFTER_S:
                    raise RuntimeError(f"{left} jobs are left")
                whole.add(self.discord.traffic())
                time.sleep(LOOK_EVERY_S)

    def _course(self, strategy: str, pushed_at: float, whole: Traffic, ahead_s: float) -> Course:
        with self._database() as connection:
            clips = connection.execute(
                "select clip_id, source, first_seen_at from clipsaver.clips"
                " where deleted_at is null order by first_seen_at"
            ).fetchall()
            unsound = connection.execute(
                "select count(*), min(error_message) from clipsaver.runs where state <> 'SUCCEEDED'"
            ).fetchone()
            told = connection.execute(
                "select max(ended_at), sum(clips_by_search), sum(clips_added) from clipsaver.runs"
            ).fetchone()
        assert unsound == (0, None), unsound
        assert told is not None
        ended_at, by_search, added = told
        assert isinstance(ended_at, datetime)
        return Course(
            strategy,
            pushed_at,
            ended_at.timestamp(),
            [row[2].timestamp() for row in clips],  # type: ignore[attr-defined]
            {str(row[0]): str(row[1]) for row in clips},
            [at + ahead_s for at in whole.granted],
            [at + ahead_s for at in whole.searches],
            Counter(scope for _, scope in whole.refused),
            int(str(by_search)),
            int(str(added)) - int(str(by_search)),
        )


def print_course(course: Course, clips: dict[str, str]) -> None:
    """The figures of one."""
    first_s = course.known_after_s(0, len(clips))
    known_s = course.known_after_s(KNOWN, len(clips))
    missing = Counter(source for clip, source in clips.items() if clip not in course.stored)
    wrong = len(course.stored.keys() - clips.keys())
    print(f"  {course.strategy}")
    print(
        f"    first clip after {first_s:.2f} s; {KNOWN:.0%} of the clips after {known_s:.1f} s, "
        f"{course.requests(known_s):,} requests"
    )
    print(
        f"    all of it: {course.took_s:.1f} s, {len(course.granted):,} requests, of which "
        f"{len(course.searches):,} search; {course.refused.total()} more were refused"
        f"{told(course.refused)}; "
        f"{course.share:.1%} of the allowance"
    )
    paces = " ".join(f"{pace:.0f}" for pace in course.pace(PARTS))
    print(f"    in tenths of that time: {paces} requests in a second")
    print(
        f"    {course.by_search:,} clips were found by search first, {course.by_history:,} by "
        f"history; {missing.total():,} missing{told(missing)}, {wrong} that are none"
    )


def told(counts: Counter[str]) -> str:
    """` (192 component, 3 forward)`."""
    words = ", ".join(f"{count:,} {source}" for source, count in counts.most_common())
    return f" ({words})" if words else ""


def compare(auto: Course, history: Course, clips: int) -> None:
    """What the figures are for."""
    fast, slow = auto.known_after_s(KNOWN, clips), history.known_after_s(KNOWN, clips)
    asked, all_asked = auto.requests(fast), history.requests(slow)
    searches = bisect.bisect_right(auto.searches, auto.pushed_at + fast)
    print(f"  until {KNOWN:.0%} of the clips are known")
    print(
        f"    requests  1/{all_asked / asked:.1f} of history alone, of those that search "
        f"1/{all_asked / searches if searches else float('inf'):.1f}; at most 1/10 is wanted"
    )
    print(
        f"    time      1/{auto.took_s / fast:.1f} of its full read, at most 1/10 is wanted; "
        f"1/{slow / fast:.1f} of history alone",
        flush=True,
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--messages", type=int, default=1_000_000, help="in the whole guild")
    parser.add_argument("--quick", action="store_true", help="a tenth of them")
    parser.add_argument("--kinds", choices=["plain", "all"], default="plain", help="of messages")
    parser.add_argument("--searches", type=int, default=20, help="that are let through in --window")
    parser.add_argument("--window", type=float, default=1.0, help="in seconds")
    parser.add_argument("--only", choices=["auto", "history", "search"])
    add_option(parser)
    arguments = parser.parse_args()
    configure_logging("warning")
    wishes = {
        "messages": arguments.messages // (10 if arguments.quick else 1),
        "search": (arguments.searches, arguments.window),
        "full": arguments.kinds == "all",
    }
    with (
        recorded("searching", __doc__, wanted=arguments.record),
        ground("benchmarks.large_guild", **wishes) as (folder, servers, served),
    ):
        world = served.world
        clips: dict[str, str] = world["clips"]
        print(
            f"{world['messages']:,} messages in {world['readable']} channels and threads, the "
            f"longest of {world['longest']:,}; {len(clips):,} clips"
            f"{told(Counter(clips.values()))}; {arguments.searches} searches in "
            f"{arguments.window:g} s"
        )
        courses = {}
        for strategy in ("search", "auto", "history"):
            if arguments.only in (None, strategy):
                courses[strategy] = Ground(folder, servers, served).follow(strategy)
                print_course(courses[strategy], clips)
        if not arguments.only:
            compare(courses["auto"], courses["history"], len(clips))


if __name__ == "__main__":
    main()
