"""How much of its allowance a token uses, and how often it is refused.

`make bench ARGS=allowance`. 60 channels without limits of their own, before a server that lets
through 50 requests in any second and refuses the rest. The allowance is
`discord.requests_per_second`, counted by the server from the first to the last request that it let
through.
"""

from __future__ import annotations

import argparse

from benchmarks.fleet import Fleet, fresh, ground
from benchmarks.record import add_option, recorded
from clipsaver.log import configure_logging

CHANNELS = 60


def measure(
    rate: float, jitter_s: float, sizes: list[int], seconds: float, kill_every_s: float | None
) -> None:
    """A line for each number of workers."""
    # Channels of a worker that was killed rest for a lease, and the others are read the faster.
    spare = 3 if kill_every_s else 1.3
    messages = int(rate * seconds / CHANNELS * spare) * 100 + 500
    with ground(channels=CHANNELS, messages=messages, jitter_s=jitter_s) as (
        folder,
        servers,
        served,
    ):
        killed = f", one killed each {kill_every_s:g} s" if kill_every_s else ""
        print(f"{rate:g}/s with up to {jitter_s * 1000:g} ms of jitter{killed}, {seconds:g} s")
        for size in sizes:
            fresh(servers, served)
            fleet = Fleet(folder, servers, served, rate, size, CHANNELS)
            seen = fleet.run(seconds, kill_every_s=kill_every_s)
            print(
                f"  {size:2} workers  {seen.share(rate):6.1%} of the allowance, "
                f"{len(seen.refused)} refused of {len(seen.granted) + len(seen.refused):,}",
                flush=True,
            )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=60.0, help="of each measurement")
    parser.add_argument("--workers", type=int, nargs="+", default=[1, 2, 4, 8, 16])
    parser.add_argument("--only", choices=["20ms", "40ms", "killed"])
    add_option(parser)
    arguments = parser.parse_args()
    configure_logging("warning")
    many = [size for size in arguments.workers if size >= 4]
    with recorded("allowance", __doc__, wanted=arguments.record):
        if arguments.only in (None, "20ms"):
            measure(49.0, 0.020, arguments.workers, arguments.seconds, None)
        if arguments.only in (None, "40ms"):
            measure(47.0, 0.040, arguments.workers, arguments.seconds, None)
        if arguments.only in (None, "killed"):
            measure(49.0, 0.020, many, arguments.seconds, 5.0)


if __name__ == "__main__":
    main()
