"""Jobs of no work a second, beside streaq's on the same server.

`make bench ARGS=jobs`. One worker and four, 32 jobs at once each; both sides take jobs that do
nothing from the same Valkey. Ours begin with a lease and a fence, have a row in `runs` in a real
PostgreSQL that is written when they begin and when they end, report their progress once and tell
events; streaq's run on Trio with its logging off and store their result. Ours come from one guild
and stand in line.

The rate is that between the moments at which a tenth and all of the jobs have left the stream, so
neither side's start counts. CPU time is that of workers and servers from first to last, by the
operating system.
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import redis

from benchmarks.fleet import Discord, ground
from benchmarks.record import add_option, recorded
from benchmarks.scanning import empty, environment
from clipsaver.embedded import Servers
from clipsaver.log import configure_logging

CONCURRENCY = 32
STREAM = "discord_clip_jobs"
STREAQ_STREAM = "streaq:default:queues:normal"
GIVE_UP_AFTER_S = 240.0


class Side:
    """One of the two: how jobs get on its stream, and how its workers start."""

    def __init__(
        self,
        stream: str,
        push: Callable[[int], None],
        start: Callable[[int], subprocess.Popen[bytes]],
    ) -> None:
        self.stream, self.push, self.start = stream, push, start

    def rate(self, client: redis.Redis, jobs: int, workers: int) -> float:
        """Jobs a second."""
        self.push(jobs)
        assert client.xlen(self.stream) == jobs
        processes = [self.start(number) for number in range(workers)]
        try:
            return rate_of(client, self.stream, jobs)
        finally:
            for process in processes:
                process.send_signal(signal.SIGTERM)
            for process in processes:
                process.wait(30)


def rate_of(client: redis.Redis, stream: str, jobs: int) -> float:
    """How fast the stream gets empty."""
    begun_at, left_then = None, 0
    deadline = time.monotonic() + GIVE_UP_AFTER_S
    while left := client.xlen(stream):
        if begun_at is None and left <= 0.9 * jobs:
            begun_at, left_then = time.monotonic(), left
        if time.monotonic() > deadline:
            raise RuntimeError(f"{left} of {jobs} jobs of {stream} are left")
        time.sleep(0.005)
    assert begun_at is not None
    return left_then / (time.monotonic() - begun_at)


def ours(
    folder: Path, servers: Servers, served: Discord, *, lease_s: float = 15.0, holds: bool = False
) -> Side:
    """clipsaver's workers; jobs of one guild, each for a channel of its own.

    With `holds` the jobs do not end.
    """

    def push(count: int) -> None:
        assert servers.redis_url
        with redis.Redis.from_url(servers.redis_url) as client:
            for start in range(0, count, 1000):
                pipeline = client.pipeline(transaction=False)
                for number in range(start, min(start + 1000, count)):
                    job = {"type": "batch", "guild_id": "7", "channel_id": str(1000 + number)}
                    pipeline.xadd(STREAM, {"job": json.dumps(job)})
                pipeline.execute()

    def start(number: int) -> subprocess.Popen[bytes]:
        config = folder / f"config-{number}.toml"
        config.write_text(
            f'data_dir = "{folder}"\n'
            f'[discord]\napi_url = "{served.world["api_url"]}"\n'
            f"[redis]\nlease_seconds = {lease_s}\n"
            f"[worker]\nshutdown_grace = 1\nconcurrency = {CONCURRENCY}\nreserved = 0\n"
            '[thumbnails]\nenabled = false\n[log]\nlevel = "error"\n'
        )
        work = "hold" if holds else "nothing"
        command = [sys.executable, "-m", "benchmarks.idle_worker", str(config), work]
        return subprocess.Popen(command, env={**os.environ, **environment(servers, served.world)})

    return Side(STREAM, push, start)


def streaqs(servers: Servers) -> Side:
    """streaq's workers."""
    assert servers.redis_url
    peer = [sys.executable, "-m", "benchmarks.peer_streaq", servers.redis_url]

    def push(count: int) -> None:
        subprocess.run([*peer, "push", str(count)], check=True)

    def start(_: int) -> subprocess.Popen[bytes]:
        return subprocess.Popen([*peer, "work", str(CONCURRENCY)])

    return Side(STREAQ_STREAM, push, start)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--jobs", type=int, default=20_000, help="in each round")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--workers", type=int, nargs="+", default=[1, 4])
    parser.add_argument("--only", choices=["clipsaver", "streaq"])
    add_option(parser)
    arguments = parser.parse_args()
    configure_logging(level="error")
    with (
        recorded("jobs", __doc__, wanted=arguments.record),
        ground(channels=1, messages=1) as (folder, servers, served),
        redis.Redis.from_url(servers.redis_url or "") as client,
    ):
        sides = {"clipsaver": ours(folder, servers, served), "streaq": streaqs(servers)}
        if arguments.only:
            sides = {arguments.only: sides[arguments.only]}
        for workers in arguments.workers:
            rates: dict[str, list[float]] = {name: [] for name in sides}
            for _ in range(arguments.rounds):
                for name, side in sides.items():
                    client.flushall()
                    empty(servers)
                    rates[name].append(side.rate(client, arguments.jobs, workers))
            print(f"{workers} worker{'s' * (workers > 1)}, {arguments.jobs:,} jobs a round")
            best = {name: max(each) for name, each in rates.items()}
            for name, each in rates.items():
                rounds = ", ".join(f"{rate:,.0f}" for rate in each)
                print(f"    {name:10} {rounds} jobs/s")
            if len(best) == 2:
                middle = {name: sorted(each)[len(each) // 2] for name, each in rates.items()}
                ratio = middle["clipsaver"] / middle["streaq"]
                print(f"    clipsaver to streaq, medians: {ratio:.2f} times", flush=True)


if __name__ == "__main__":
    main()
