"""Who learns of an outage of Redis puts takeovers off, however it learns of it."""

from __future__ import annotations

from typing import Any, cast

import trio
import trio.testing

from clipsaver.errors import RedisUnavailable
from clipsaver.outage import Outage
from clipsaver.queue.entries import parse_entry
from clipsaver.queue.lease import Lease
from clipsaver.queue.link import Consumer, Link
from clipsaver.queue.names import Names
from clipsaver.worker.leases import LeaseKeeper


class _Away:
    names = Names("clips", "workers")

    async def run(self, *_: object) -> None:
        await trio.lowlevel.checkpoint()
        raise RedisUnavailable("away")


def _me() -> Consumer:
    return Consumer(cast(Link, cast(Any, _Away())), "me", "host", 15_000)


async def test_a_worker_that_waited_for_redis_at_start_lets_others_renew_first() -> None:
    """A server that only stood still tells by nothing that it was away."""
    outage, now = Outage("redis"), trio.current_time()
    outage.began(RedisUnavailable("away"))
    outage.ended()
    keeper = LeaseKeeper(_me(), outage)
    keeper.takeovers.reached(now, uptime_s=1e6)
    assert not keeper.takeovers.may_take_over(now + 14.9)
    assert keeper.takeovers.may_take_over(now + 15.1)


async def test_one_that_found_it_there_takes_over_at_once() -> None:
    keeper, now = LeaseKeeper(_me(), Outage("redis")), trio.current_time()
    keeper.takeovers.reached(now, uptime_s=1e6)
    assert keeper.takeovers.may_take_over(now)


async def test_a_renewal_that_fails_puts_takeovers_off(autojump_clock: trio.abc.Clock) -> None:
    """While every slot is taken only the renewals ask Redis for anything."""
    keeper = LeaseKeeper(_me(), Outage("redis"))
    keeper.takeovers.reached(trio.current_time(), uptime_s=1e6)
    lease = Lease(parse_entry("clips", "1-0", {}), fence=1, deliveries=1)
    async with trio.open_nursery() as nursery:
        with keeper.holding(lease):
            nursery.start_soon(keeper.run)
            await trio.testing.wait_all_tasks_blocked()
            assert not keeper.takeovers.may_take_over(trio.current_time() + 1e6)
        nursery.cancel_scope.cancel()
