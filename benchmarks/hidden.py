"""What a limit costs that only refusals show: `make bench ARGS=hidden`.

16 channels with 5 requests per 5 s each, of which the headers say 999 of 1,000 left, and up to
60 ms of latency. First for a token that nobody has used, then after a restart of the workers, then
after a Redis that was emptied.
"""

from __future__ import annotations

import argparse

import redis

from benchmarks.fleet import Fleet, fresh, ground
from benchmarks.record import add_option, recorded
from benchmarks.scanning import push
from clipsaver.log import configure_logging

CHANNELS = 16
LATENCY_S = 0.06


def measure(size: int, seconds: float) -> None:
    """A line for each life of the token."""
    wishes = {
        "channels": CHANNELS,
        "messages": int(3 * seconds + 60) * 100,
        "jitter_s": LATENCY_S,
        "per_channel": (5, 5.0),
        "hidden": True,
    }
    with ground(**wishes) as (folder, servers, served):
        fresh(servers, served)
        fleet = Fleet(folder, servers, served, 45.0, size, CHANNELS)
        for life in ("a new token", "workers restarted", "Redis emptied"):
            if life == "Redis emptied":
                assert servers.redis_url
                with redis.Redis.from_url(servers.redis_url) as client:
                    client.flushall()
                push(servers, served.world)
            seen = fleet.run(seconds)
            print(
                f"  {size:2} workers, {life + ',':18} {seconds:g} s: "
                f"{len(seen.refused)} refused of {len(seen.granted) + len(seen.refused):,}, "
                f"{len(seen.granted) / CHANNELS / seconds:.2f} a second and channel",
                flush=True,
            )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=60.0, help="of each life")
    parser.add_argument("--workers", type=int, nargs="+", default=[1, 4])
    add_option(parser)
    arguments = parser.parse_args()
    configure_logging("warning")
    with recorded("hidden", __doc__, wanted=arguments.record):
        print(f"{CHANNELS} channels, hidden 5 per 5 s, up to {LATENCY_S * 1000:g} ms of latency")
        for size in arguments.workers:
            measure(size, arguments.seconds)


if __name__ == "__main__":
    main()
