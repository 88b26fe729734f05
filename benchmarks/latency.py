"""What the limits add to a request when there is room: `make bench ARGS=latency`.

Permits are asked for by one task, and by 20 at once, from limits in a Redis of their own with an
allowance that they do not reach. Beside it, in the same run: a PING to the same Redis, which is the
least that anything shared by several workers can cost.
"""

from __future__ import annotations

import argparse
import random
import shutil
import tempfile
from collections.abc import Awaitable, Callable
from functools import partial
from pathlib import Path

import trio

from benchmarks.record import add_option, recorded
from clipsaver.discord_rest import routes
from clipsaver.discord_rest.headers import LimitHeaders
from clipsaver.discord_rest.limits.opening import open_limits
from clipsaver.discord_rest.limits.permits import Turn
from clipsaver.discord_rest.limits.shared import SharedLimits
from clipsaver.discord_rest.outcomes import Answer
from clipsaver.embedded import open_servers_blocking
from clipsaver.log import configure_logging
from clipsaver.trio_io.redis import TrioRedis, open_redis

REQUESTS = 1_000
PER_SECOND = 50
"""As many as Discord allows."""
SAID = LimitHeaders(limit=1000, remaining=999, reset_after_s=1.0, bucket="b", from_discord=True)


async def permitted(limits: SharedLimits, channel: int) -> None:
    """One request without its exchange."""
    request = routes.MESSAGES.to(channel=channel)
    permit = limits.permit(request, turn=Turn.BACKFILL, deadline=trio.current_time() + 60)
    async with permit:
        permit.answered(Answer(200, SAID, b"", trio.current_time()))


async def timed(do: Callable[[int], Awaitable[object]], tasks: int, times: list[float]) -> None:
    """REQUESTS of them, PER_SECOND, at times that have nothing to do with each other."""
    chance = random.Random(tasks)

    async def one(number: int) -> None:
        for _ in range(REQUESTS // tasks):
            await trio.sleep(chance.expovariate(PER_SECOND / tasks))
            begun = trio.current_time()
            await do(number)
            times.append(trio.current_time() - begun)

    async with trio.open_nursery() as nursery:
        for number in range(tasks):
            nursery.start_soon(one, number)


def line(name: str, times: list[float]) -> str:
    ordered = sorted(times)
    median, p99 = (ordered[int(share * len(ordered))] * 1000 for share in (0.5, 0.99))
    longest = ordered[-1] * 1000
    return f"  {name:20} median {median:5.2f} ms, p99 {p99:5.2f} ms, longest {longest:5.2f} ms"


async def ping(redis: TrioRedis, _: int) -> None:
    await redis.execute_command("PING")


async def measure(url: str) -> None:
    async with (
        open_redis(url) as redis,
        open_limits(
            redis, server="here", token="t", requests_per_second=10_000.0, egress="here"
        ) as limits,
    ):
        await permitted(limits, 0)  # after the second in which a new token is silent
        async with trio.open_nursery() as nursery:
            for _ in range(16):  # connections are there
                nursery.start_soon(ping, redis, 0)
        for tasks in (1, 20):
            for name, do in (
                (f"permits, {tasks} at once", partial(permitted, limits)),
                (f"PING, {tasks} at once", partial(ping, redis)),
            ):
                times: list[float] = []
                await timed(do, tasks, times)
                print(line(name, times), flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    add_option(parser)
    arguments = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="clipsaver-bench-"))
    configure_logging("warning")
    try:
        with (
            recorded("latency", __doc__, wanted=arguments.record),
            open_servers_blocking(folder, valkey=True, postgres=False) as servers,
        ):
            assert servers.redis_url
            print(f"{REQUESTS:,} permits with room, {PER_SECOND} a second, and as many PINGs")
            trio.run(measure, servers.redis_url)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()
