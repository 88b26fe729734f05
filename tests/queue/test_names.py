"""One process has a consumer's name, until it leaves or its heartbeats end."""

from __future__ import annotations

from dataclasses import replace

import pytest
import trio

from clipsaver.errors import UsageError
from clipsaver.queue import presence, server
from tests.queue.probe import full_memory

FACTS = {"pid": 7, "started_at": 1_790_000_000}


@pytest.fixture
def twin(me):
    """Another process of the same name, elsewhere."""
    return replace(me, instance="twin", host="host-b")


async def test_the_first_has_it_and_the_second_learns_who(me, twin):
    assert await presence.claim_name(me, FACTS, expires_ms=5000) is None
    assert await presence.claim_name(me, FACTS, expires_ms=5000) is None  # the answer got lost
    holder = await presence.claim_name(twin, {"pid": 8, "started_at": 2}, expires_ms=5000)
    assert holder is not None
    assert (holder.host, holder.pid, holder.since) == ("host-a", "7", "1790000000")
    assert abs(int(holder.beat) / 1000 - await _now(me)) < 5


async def _now(me):
    return (await me.link.command("TIME"))[0]


async def test_of_many_at_once_one_wins(me):
    won = []

    async def claim(number):
        one = replace(me, instance=str(number))
        if await presence.claim_name(one, FACTS, expires_ms=5000) is None:
            won.append(number)

    async with trio.open_nursery() as nursery:
        for number in range(20):
            nursery.start_soon(claim, number)
    assert len(won) == 1


async def test_a_worker_of_before_there_were_claims_counts(me, link):
    await link.command("HSET", link.names.worker("me"), "pid", "5")
    await link.command("PEXPIRE", link.names.worker("me"), 5000)
    holder = await presence.claim_name(me, FACTS, expires_ms=5000)
    assert holder is not None
    assert (holder.pid, holder.host, holder.beat) == ("5", "", "")


async def test_a_beat_of_one_that_lost_the_name_changes_nothing(me, twin, link):
    assert await presence.beat(me, {"state": "running"}, expires_ms=5000)
    assert await presence.has_name(me)
    assert not await presence.has_name(twin)
    assert not await presence.beat(twin, {"state": "stopping"}, expires_ms=9000)
    key = link.names.worker("me")
    assert await link.command("HGET", key, "state") == b"running"
    assert await link.command("PTTL", key) <= 5000
    await presence.leave(twin)
    assert await link.command("EXISTS", key) == 1
    await presence.leave(me)
    assert await presence.has_name(twin)


async def test_a_heartbeat_that_was_evicted_is_written_again(me, link):
    await presence.beat(me, {}, expires_ms=5000)
    await link.command("DEL", link.names.worker("me"))
    assert await presence.beat(me, {}, expires_ms=5000)


async def test_a_full_memory_takes_no_name_away(me, link):
    await presence.beat(me, {}, expires_ms=1000)
    async with full_memory(link):
        assert await presence.beat(me, {}, expires_ms=9000)
    assert await link.command("PTTL", link.names.worker("me")) > 1000


@pytest.mark.parametrize(
    ("version", "fine"),
    [("7.0.0", True), ("7.2.4", True), ("10.0", True), ("6.2.14", False), ("", True)],
)  # fmt: skip
def test_which_versions_will_do(version, fine):
    assert server.is_new_enough(version) is fine


async def test_a_server_that_is_too_old_is_refused(link, monkeypatch):
    await server.check_version(link)
    monkeypatch.setattr(server, "OLDEST_REDIS", "99.0")
    with pytest.raises(UsageError, match=r"too old: it is \d+.* 7\.0 or newer"):
        await server.check_version(link)
