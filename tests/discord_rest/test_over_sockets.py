"""The client as it is, with its own transport, against the simulator. The clock is the real one."""

from contextlib import asynccontextmanager

import pytest
import trio

from clipsaver import errors
from clipsaver.discord_rest.client import open_client
from clipsaver.discord_rest.flow import Policy
from clipsaver.discord_rest.limits.opening import open_limits
from clipsaver.simulator import Fault, Limits, Rate, World, open_simulator
from clipsaver.trio_io.redis import open_redis


@asynccontextmanager
async def a_discord(url, *, messages=250, limits=None, rate=1000.0, compress=False, **options):
    world = World.generate(seed=7, channels=2, messages=messages, simple=True)
    async with (
        open_simulator(world, limits=limits, compress=compress) as simulator,
        open_redis(url) as redis,
        open_limits(
            redis, server="here", token=simulator.token, requests_per_second=rate, egress="here"
        ) as permits,
        open_client(
            simulator.token,
            api_url=simulator.api_url,
            permits=permits,
            request_timeout_s=5,
            policy=Policy(backoff_s=0.01),
            **options,
        ) as client,
    ):
        yield simulator, client


async def read_all(client, channel_id):
    """Every id of a channel, newest first, and the requests that it took."""
    ids, requests, before = [], 0, None
    while True:
        page = await client.history(channel_id, before=before)
        requests += page.requests
        if not page.messages:
            return ids, requests
        ids += [int(message.id) for message in page.messages]
        before = ids[-1]


def channels_of(simulator):
    return list(simulator.world.channels)


@pytest.mark.parametrize("compress", [False, True])
async def test_a_channel_is_read_whole_and_in_order(redis_url, compress):
    async with a_discord(redis_url, compress=compress) as (simulator, client):
        channel_id = channels_of(simulator)[0]
        assert (await client.me()).bot
        assert (await client.channel(channel_id)).id == str(channel_id)
        ids, requests = await read_all(client, channel_id)
        assert len(ids) == 250
        assert ids == sorted(set(ids), reverse=True)
        assert requests == 4
        oldest = await client.history(channel_id, after=0, limit=3)
        assert [int(one.id) for one in oldest.messages] == ids[-3:]
        (found,) = (await client.find_message(channel_id, ids[5])).messages
        assert found.id == str(ids[5])
        assert simulator.statistics().open_connections == 1


async def test_faults_on_the_wire_are_overcome(redis_url):
    async with a_discord(redis_url) as (simulator, client):
        channel_id = channels_of(simulator)[0]
        for fault in (
            Fault.status(503),
            Fault.reset_mid_body(),
            Fault.cut_short(),
            Fault.garbage(),
        ):
            simulator.faults.next("GET /channels/*/messages", fault)
        page = await client.history(channel_id)
        assert len(page.messages) == 100
        assert page.requests == 5


async def test_visible_limits_are_never_run_into(redis_url):
    limits = Limits(whole_token=Rate(50, 1.0), per_route=Rate(3, 0.5))
    async with a_discord(redis_url, limits=limits, rate=45.0) as (simulator, client):
        for channel_id in channels_of(simulator):
            ids, requests = await read_all(client, channel_id)
            assert len(ids) == 250
            assert requests == 4
        assert simulator.statistics().status_count(429) == 0


async def test_a_hidden_limit_costs_one_429(redis_url):
    limits = Limits(whole_token=None, per_route=Rate(3, 0.5), hidden=True)
    async with a_discord(redis_url, messages=600, limits=limits) as (simulator, client):
        for channel_id in channels_of(simulator):
            ids, _ = await read_all(client, channel_id)
            assert len(ids) == 600
        assert simulator.statistics().limited == {"user": 1}
        assert client.statistics().limits.learnt


async def test_a_revoked_token_is_sent_once(redis_url):
    async with a_discord(redis_url) as (simulator, client):
        simulator.world.revoke(simulator.token)
        channel_id = channels_of(simulator)[0]
        for _ in range(5):
            with pytest.raises(errors.TokenRejected):
                await client.history(channel_id)
        assert simulator.statistics().status_count(401) == 1


async def test_a_cancelled_request_leaves_nothing_behind(redis_url):
    async with a_discord(redis_url) as (simulator, client):
        channel_id = channels_of(simulator)[0]
        simulator.faults.next("GET /channels/*/messages", Fault.hang())
        with trio.move_on_after(0.05):
            await client.history(channel_id)
        assert client.statistics().limits.on_their_way == 0
        assert len((await client.history(channel_id)).messages) == 100
