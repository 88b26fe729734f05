"""How soon others have what a killed worker held: `make bench ARGS=recovery`.

Two workers on real servers. One has 32 jobs in hand that do not end; it is killed with SIGKILL, and
the time is taken until each of its entries is the other's. Then a new worker comes, and the other
one is killed. A lease is 3 s, the shortest that the configuration takes.
"""

from __future__ import annotations

import argparse
import subprocess
import time
from collections import Counter

import redis

from benchmarks.fleet import ground
from benchmarks.jobs import CONCURRENCY, STREAM, ours
from benchmarks.record import add_option, recorded
from clipsaver.log import configure_logging

GROUP = "worker_group"
LEASE_S = 3.0
ALLOWED_S = LEASE_S + 2.0


def holders(client: redis.Redis) -> Counter[str]:
    """How many entries each worker has."""
    rows = client.xpending_range(STREAM, GROUP, "-", "+", 10 * CONCURRENCY)
    return Counter(row["consumer"].decode() for row in rows)


def held_by_one(client: redis.Redis, *, but: str | None = None) -> str:
    """The worker that has all entries, once one has that is not `but`."""
    while True:
        found = holders(client)
        for name, count in found.items():
            if count == CONCURRENCY and name != but and "-" in name:
                return name
        time.sleep(0.005)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=15)
    add_option(parser)
    arguments = parser.parse_args()
    configure_logging(level="error")
    with (
        recorded("recovery", __doc__, wanted=arguments.record),
        ground(channels=1, messages=1) as (folder, servers, served),
        redis.Redis.from_url(servers.redis_url or "") as client,
    ):
        side = ours(folder, servers, served, lease_s=LEASE_S, holds=True)
        side.push(CONCURRENCY)
        client.xgroup_create(STREAM, GROUP, "0")
        workers: list[subprocess.Popen[bytes]] = [side.start(0)]
        name = held_by_one(client)
        took = []
        for number in range(1, arguments.kills + 1):
            workers.append(side.start(number))
            ready(client, workers[-1])
            victim = workers.pop(0)
            victim.kill()
            killed_at = time.monotonic()
            name = held_by_one(client, but=name)
            took.append(time.monotonic() - killed_at)
            victim.wait()
        for worker in workers:
            worker.terminate()
            worker.wait(60)
    took.sort()
    print(f"{len(took)} kills, {CONCURRENCY} entries each, lease {LEASE_S:g} s")
    print(
        f"    taken over after {took[0]:.2f} to {took[-1]:.2f} s, median {took[len(took) // 2]:.2f}"
    )
    print(f"    allowed are {ALLOWED_S:g} s")


def ready(client: redis.Redis, worker: subprocess.Popen[bytes]) -> None:
    """Once this worker beats."""
    while True:
        for key in client.scan_iter(match=f"{{{STREAM}}}:worker:*"):
            if client.hget(key, "pid") == str(worker.pid).encode():
                time.sleep(LEASE_S)  # so that the victim has renewed at different moments
                return
        time.sleep(0.02)


if __name__ == "__main__":
    main()
