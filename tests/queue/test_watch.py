"""One worker of all watches, and a turn leaves its traces once."""

from __future__ import annotations

from dataclasses import replace

import pytest

from clipsaver.jobs import BatchJob
from clipsaver.queue import produce, watch
from clipsaver.queue.watch import TurnChanges

GUILD = 7
JOB = BatchJob(guild_id="7", channel_id="8", priority="live")


def turn(before: str, at: str, *, forgotten=(), jobs=None, **fields: str) -> TurnChanges:
    return TurnChanges(before, {"turn_at": at, **fields}, forgotten, 5, jobs or {})


async def run_out(me) -> None:
    """As if the lease's term were over."""
    await me.link.command("DEL", me.names.watch)


async def test_one_has_the_lease_until_it_lets_go(me, other):
    assert await watch.hold(me)
    assert await watch.hold(me)
    assert not await watch.hold(other)
    await watch.release(other)  # it is not its own
    assert not await watch.hold(other)
    await watch.release(me)
    assert await watch.hold(other)


async def test_the_lease_runs_out_by_itself_and_is_renewed(me):
    await watch.hold(me)
    await me.link.command("PEXPIRE", me.names.watch, 1000)
    await watch.hold(me)
    assert 1000 < await me.link.command("PTTL", me.names.watch) <= me.lease_ms


async def test_another_process_of_the_same_name_has_not_the_lease(me):
    await watch.hold(me)
    assert not await watch.hold(replace(me, instance="twin"))


async def test_a_turn_adds_its_jobs_and_is_remembered(me, link, probe):
    await watch.hold(me)
    jobs = {"a": JOB, "b": JOB}
    assert await watch.end_turn(me, GUILD, turn("", "1", jobs=jobs, x="1", y="2"))
    assert await watch.memory_of(link, GUILD) == {"turn_at": "1", "x": "1", "y": "2"}
    assert len(await probe.stream()) == 2
    assert set(await produce.not_begun(link, ["a", "b", "c"])) == {"a", "b"}
    assert await watch.end_turn(me, GUILD, turn("1", "2", forgotten=["x"], y="3"))
    assert await watch.memory_of(link, GUILD) == {"turn_at": "2", "y": "3"}
    assert len(await probe.stream()) == 2
    left_ms = await link.command("PTTL", link.names.watched(GUILD))
    assert 0 < left_ms <= watch.REMEMBERED_MS


async def test_a_turn_that_is_done_twice_adds_its_jobs_once(me, link, probe):
    await watch.hold(me)
    changes = turn("", "1", jobs={"a": JOB})
    assert await watch.end_turn(me, GUILD, changes)
    assert not await watch.end_turn(me, GUILD, changes)
    assert len(await probe.stream()) == 1


async def test_who_lost_the_lease_changes_nothing(me, other, link, probe):
    await watch.hold(me)
    await run_out(me)
    assert not await watch.end_turn(me, GUILD, turn("", "1", jobs={"a": JOB}))
    await watch.hold(other)
    assert not await watch.end_turn(me, GUILD, turn("", "1", jobs={"a": JOB}))
    assert await watch.memory_of(link, GUILD) == {}
    assert await probe.stream() == {}
    assert await watch.end_turn(other, GUILD, turn("", "1", jobs={"a": JOB}))


@pytest.mark.parametrize("count", [0, 1200])
async def test_a_guild_may_have_very_many_channels(me, link, count):
    await watch.hold(me)
    many = {f"channel:{number}": str(number) for number in range(count)}
    jobs = dict.fromkeys(many, JOB)
    assert await watch.end_turn(me, GUILD, turn("", "1", jobs=jobs, **many))
    assert await watch.memory_of(link, GUILD) == {"turn_at": "1", **many}
    assert await watch.end_turn(me, GUILD, turn("1", "2", forgotten=many))
    assert await watch.memory_of(link, GUILD) == {"turn_at": "2"}
