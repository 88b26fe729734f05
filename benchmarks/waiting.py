"""How soon a job starts, and what a hundred thousand that wait cost the others.

`make bench ARGS=waiting`. One worker on real servers, with jobs of no work (see `jobs`):

- idle, single jobs: from the moment at which one is on the stream to that at which the worker has
  taken it, both by the clock of Redis in whole milliseconds;
- jobs a second, and the worker's memory, while about 100 jobs wait all the time and while 100,000
  do.
"""

from __future__ import annotations

import argparse
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import redis

from benchmarks.fleet import ground
from benchmarks.jobs import STREAM, Side, ours
from benchmarks.record import add_option, recorded
from benchmarks.scanning import empty
from clipsaver.embedded import Servers
from clipsaver.log import configure_logging

FEW, MANY = 100, 100_000
STARTS = 500


@contextmanager
def worker(side: Side) -> Iterator[subprocess.Popen[bytes]]:
    """One worker for the time of the block."""
    process = side.start(0)
    try:
        yield process
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(30)


def memory_mib(process: subprocess.Popen[bytes]) -> float:
    """What the process has resident."""
    lines = Path(f"/proc/{process.pid}/status").read_text().splitlines()
    (line,) = [line for line in lines if line.startswith("VmRSS")]
    return int(line.split()[1]) / 1024


def wait_for(client: redis.Redis, left: int) -> None:
    """Until no more than so many are on the stream."""
    while client.xlen(STREAM) > left:
        time.sleep(0.002)


def starts_ms(client: redis.Redis, side: Side) -> list[int]:
    """From the push of each job to its start, sorted."""
    waits = []
    with worker(side):
        side.push(50)
        wait_for(client, 0)
        for _ in range(STARTS):
            side.push(1)
            (key,) = newest(client)
            wait_for(client, 0)
            taken_at = client.hget(f"{{{STREAM}}}:job:{STREAM}/{key}", "taken_at")
            assert taken_at is not None
            waits.append(int(taken_at) - int(key.partition("-")[0]))
    return sorted(waits)


def newest(client: redis.Redis) -> list[str]:
    """The id that was given last."""
    return [client.xinfo_stream(STREAM)["last-generated-id"].decode()]


def rate_with(client: redis.Redis, side: Side, waiting: int, jobs: int) -> tuple[float, float]:
    """Jobs a second and the worker's memory in MiB, while so many wait."""
    side.push(waiting)
    begun, done = 0.0, 0
    with worker(side) as process:
        wait_for(client, waiting - 1)
        while done < 1.2 * jobs:
            left = client.xlen(STREAM)
            if left < waiting:  # as many again as were done
                side.push(waiting - left)
                done += waiting - left
            if not begun and done >= 0.2 * jobs:
                begun, done_then = time.monotonic(), done
            time.sleep(0.005)
        return (done - done_then) / (time.monotonic() - begun), memory_mib(process)


def fresh(client: redis.Redis, servers: Servers) -> None:
    """As if nobody had ever been there."""
    client.flushall()
    empty(servers)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--jobs", type=int, default=10_000, help="measured at each depth")
    add_option(parser)
    arguments = parser.parse_args()
    configure_logging(level="error")
    with (
        recorded("waiting", __doc__, wanted=arguments.record),
        ground(channels=1, messages=1) as (folder, servers, served),
        redis.Redis.from_url(servers.redis_url or "") as client,
    ):
        side = ours(folder, servers, served)
        waits = starts_ms(client, side)
        p50, p99 = waits[len(waits) // 2], waits[len(waits) * 99 // 100]
        print(f"from push to start, idle, {STARTS} jobs: p50 {p50} ms, p99 {p99} ms", flush=True)
        results = {}
        for depth in (FEW, MANY):
            fresh(client, servers)
            results[depth] = rate, memory = rate_with(client, side, depth, arguments.jobs)
            print(f"{depth:7,} waiting: {rate:7,.0f} jobs/s, {memory:.1f} MiB", flush=True)
        ratio = results[MANY][0] / results[FEW][0]
        more = results[MANY][1] - results[FEW][1]
        print(f"with {MANY:,}: {ratio:.2f} times the jobs a second, {more:+.1f} MiB")


if __name__ == "__main__":
    main()
