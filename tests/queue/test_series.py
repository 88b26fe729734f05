"""What workers did, minute by minute: nothing twice, nothing lost, and gone after two hours."""

from __future__ import annotations

import random
from dataclasses import replace

import pytest

from clipsaver.errors import RedisUnavailable
from clipsaver.queue import produce, series
from clipsaver.queue.series import Done, Ledger
from tests.queue.probe import BATCH


def done(count, outcome="done"):
    """So much of everything."""
    counts = {name: count for name in Done.__struct_fields__ if name != "outcomes"}
    return Done(outcomes={outcome: count} if count else {}, **counts)


def test_every_count_is_added_and_taken_off():
    assert done(3) + done(4) == done(7)
    assert done(7) - done(4) == done(3)
    both = done(1, "dead") + done(2, "retry")
    assert both.outcomes == {"dead": 1, "retry": 2}
    assert done(5) - done(5) == Done()


@pytest.mark.parametrize("seed", range(20))
def test_whatever_gets_lost_all_work_counts_once(seed):
    """Writes fail, before they arrive or after; minutes pass; the clock goes back now and then."""
    rng, ledger, shown, total, minute = random.Random(seed), Ledger(), {}, Done(), 100
    for _ in range(300):
        minute += rng.choice((0, 0, 0, 1, 1, 7, -2))
        total += done(rng.randrange(5))
        for line in ledger.due(minute, total):
            ledger.sent(line)
            fate = rng.choice(("fine", "lost", "answer lost"))
            if fate != "lost":
                shown[line.minute] = line.done
            if fate != "fine":
                break
            ledger.arrived()
    for line in ledger.due(minute, total):
        shown[line.minute] = line.done
    assert sum(shown.values(), Done()) == total
    assert min(one.pages for one in shown.values()) >= 0


def test_a_minutes_work_is_the_minutes_own():
    ledger, shown = Ledger(), {}
    for minute, total in ((1, 3), (1, 5), (2, 5), (2, 9), (4, 10)):
        for line in ledger.due(minute, done(total)):
            ledger.sent(line)
            ledger.arrived()
            shown[line.minute] = line.done.pages
    assert shown == {1: 5, 2: 4, 4: 1}


@pytest.fixture
def clock(monkeypatch):
    """The minute that Redis is asked for; it can be set."""

    class Clock:
        minute = 29_000_000

    async def minute(link):
        return Clock.minute

    monkeypatch.setattr(series, "_minute", minute)
    return Clock


async def test_workers_are_added_up_minute_by_minute(link, me, other, clock):
    mine, theirs = Ledger(), Ledger()
    await series.write(me, mine, done(3))
    await series.write(me, mine, done(4))
    await series.write(other, theirs, done(10, "retry"))
    clock.minute += 2
    await series.write(me, mine, done(5))
    await series.write(other, theirs, done(10, "retry"))
    found = await series.read(link, minutes=4)
    assert [one.began_at // 60 - clock.minute for one in found] == [-3, -2, -1, 0]
    assert [one.total.pages for one in found] == [0, 14, 0, 1]
    assert found[1].workers == {"me": done(4), "other": done(10, "retry")}
    assert found[1].total.outcomes == {"done": 4, "retry": 10}
    assert list(found[3].workers) == ["me"]


async def test_an_idle_minute_says_only_what_was_left_to_do(link, me, clock):
    await series.write(me, Ledger(), Done())
    key = link.names.series(clock.minute)
    assert await link.command("HGETALL", key) == {b"left": b"0"}
    assert 7_200_000 < await link.command("PTTL", key) <= 7_260_000


async def test_what_is_left_is_that_of_the_last_look_of_each_minute(link, me, clock):
    ledger = Ledger()
    await series.write(me, ledger, done(1))
    await produce.push(link, [BATCH] * 3)
    await link.command("ZADD", link.names.delayed, 5, "one")
    await series.write(me, ledger, done(1))
    clock.minute += 2
    await produce.push(link, [BATCH])
    await series.write(me, ledger, done(2))
    found = await series.read(link, minutes=4)
    assert [one.left for one in found] == [None, 4, None, 5]
    assert [one.total.pages for one in found] == [0, 1, 0, 1]
    assert [list(one.workers) for one in found] == [[], ["me"], [], ["me"]]


async def test_a_minute_is_kept_for_two_hours(link, me, clock):
    await series.write(me, Ledger(), done(1))
    left_ms = await link.command("PTTL", link.names.series(clock.minute))
    assert 7_200_000 < left_ms <= 7_260_000
    clock.minute += 119
    assert len(await series.read(link, minutes=999)) == 120
    assert (await series.read(link))[0].total == done(1)


async def test_a_worker_that_starts_again_adds_to_its_name(link, me, clock):
    await series.write(me, Ledger(), done(1))
    await series.write(replace(me, instance="reborn"), Ledger(), done(2))
    (minute,) = await series.read(link, minutes=1)
    assert minute.workers == {"me": done(3)}


async def test_what_another_version_counts_is_passed_over(link, me, clock):
    await series.write(me, Ledger(), done(1))
    key = link.names.series(clock.minute)
    await link.command("HSET", key, "x:later", '{"pages": "?"}', "y:newer", '{"pages": 2, "z": 1}')
    (minute,) = await series.read(link, minutes=1)
    assert minute.workers == {"me": done(1), "newer": Done(pages=2)}


async def test_a_lost_answer_counts_nothing_twice(link, me, clock):
    class Deaf:
        """Does what it is told, and the answer gets lost."""

        async def execute_command(self, *words, **options):
            await link.redis.execute_command(*words, **options)
            raise ConnectionResetError("gone")

    ledger = Ledger()
    with pytest.raises(RedisUnavailable):
        await series.write(replace(me, link=replace(link, redis=Deaf())), ledger, done(3))
    clock.minute += 1
    await series.write(me, ledger, done(5))
    assert [one.total.pages for one in await series.read(link, minutes=2)] == [3, 2]


async def test_minutes_are_those_of_redis(link):
    seconds, _ = await link.command("TIME")
    (minute,) = await series.read(link, minutes=1)
    assert minute.began_at % 60 == 0
    assert -61 < seconds - minute.began_at < 61
