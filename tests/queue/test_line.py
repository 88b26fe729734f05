"""Whose turn it is: guilds take turns, live jobs go first, and nobody is shut out."""

from __future__ import annotations

import json

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from redis import Redis

from clipsaver.queue import intake, lease, produce
from clipsaver.queue.lua import script
from clipsaver.queue.names import Names
from clipsaver.queue.outcomes import Verdict, settle
from clipsaver.queue.policy import Slice
from tests.queue.probe import BATCH, MESSAGE

NAMES = Names("clips", "workers")


def of_guild(guild: int, *, live: bool = False) -> bytes:
    kind = "message" if live else "batch"
    job = {"type": kind, "guild_id": str(guild), "channel_id": "2"}
    return json.dumps(job | ({"message_ids": ["3"]} if live else {})).encode()


def ids_of(entries):
    return [entry.entry_id for entry in entries]


async def test_a_live_job_goes_before_what_waits(link, me, probe):
    ids = await produce.push(link, [BATCH, BATCH, MESSAGE, BATCH])
    assert ids_of((await intake.take_next(me, 2, others=2)).entries) == [ids[2], ids[0]]
    pending = await probe.pending()
    assert {pending[each].deliveries for each in (ids[0], ids[2])} == {1}
    # Those that wait are nobody's, and were never delivered as far as anyone counts.
    waiting = {each: pending[each] for each in (ids[1], ids[3])}
    assert {(row.consumer, row.deliveries) for row in waiting.values()} == {(intake.WAITING, 0)}


async def test_reserved_slots_get_live_jobs_alone(link, me):
    ids = await produce.push(link, [BATCH, MESSAGE, BATCH, MESSAGE, MESSAGE])
    assert ids_of((await intake.take_next(me, 2, others=0)).entries) == [ids[1], ids[3]]
    assert ids_of((await intake.take_next(me, 2, others=1)).entries) == [ids[4], ids[0]]
    assert ids_of((await intake.take_next(me, 2, others=0)).entries) == []
    assert ids_of((await intake.take_next(me, 2, others=2)).entries) == [ids[2]]


async def test_another_guilds_job_is_next_after_ten_thousand_of_one(link, me):
    await produce.push(link, [of_guild(1)] * 10_000)
    taken = await intake.take_next(me, 64, others=64)
    (late,) = await produce.push(link, [of_guild(2)])
    while taken.has_more:
        taken = await intake.take_next(me, 1, others=1)
        if late in ids_of(taken.entries):
            break
    else:
        taken = await intake.take_next(me, 2, others=2)
    assert late in ids_of(taken.entries)


async def test_ten_thousand_live_jobs_shut_nobody_out(link, me):
    await produce.push(link, [of_guild(1, live=True)] * 1000)
    (late,) = await produce.push(link, [of_guild(2)])
    count = 0
    while True:
        found = ids_of((await intake.take_next(me, 8, others=8, line_up=5000)).entries)
        count += len(found)
        if late in found:
            break
    assert 64 <= count <= 2 * 64 + 8


async def test_of_a_guilds_jobs_that_made_way_those_with_much_left_go_on_first(link, me, probe):
    held = [await probe.taken(me) for _ in range(25)]
    for one in held[:20]:
        assert await settle(me, one, Slice(1)) is Verdict.SETTLED
    await intake.take_next(me, 0, others=0)
    for one, left_pages in zip(held[20:], (0, 3, 1000, 60, 1000), strict=True):
        assert await settle(me, one, Slice(left_pages)) is Verdict.SETTLED
    order = (await intake.take_next(me, 25, others=25)).entries
    places = [
        (left_pages, at)
        for at, entry in enumerate(order)
        if (left_pages := entry.carried.left_pages) != 1
    ]
    assert places == [(1000, 0), (1000, 1), (60, 2), (3, 10), (0, 20)]
    # For each of them one that waited went to the end, behind the one of which nothing is known.
    runs = [entry.run_id for entry in order]
    assert runs[20:] == [held[at].run_id for at in (20, 10, 0, 1, 2)]


async def test_no_job_goes_before_those_of_which_nothing_is_known(link, me, probe):
    begun, long = [await probe.taken(me) for _ in range(2)]
    ids = await produce.push(link, [BATCH] * 3)
    assert await settle(me, begun, Slice()) is Verdict.SETTLED
    assert await settle(me, long, Slice(1000)) is Verdict.SETTLED
    order = (await intake.take_next(me, 5, others=5)).entries
    assert ids_of(order[:3]) == ids
    assert [entry.run_id for entry in order[3:]] == [begun.run_id, long.run_id]


async def test_a_guild_has_no_more_turns_for_what_is_left_of_its_jobs(link, me, probe):
    held = [await probe.taken(me, of_guild(1)) for _ in range(10)]
    theirs = await produce.push(link, [of_guild(2)] * 40)
    await produce.push(link, [of_guild(1)] * 20)
    for _ in range(4):
        for one in held:
            await settle(me, one, Slice(1000))
        found = (await intake.take_next(me, 20, others=20)).entries
        assert sum(entry.entry_id in theirs for entry in found) == 10
        held = [await lease.take(me, one, {}) for one in found if one.entry_id not in theirs]


async def test_who_has_waited_for_a_day_makes_way_for_nobody(link, me):
    def waits(entry_id: str, left_pages: int):
        cs = json.dumps({"left_pages": left_pages})
        return link.command("XADD", NAMES.stream, entry_id, "job", BATCH, "cs", cs)

    old, new, long = [(await waits(*one)).decode() for one in (("1-0", 1), ("*", 1), ("*", 1000))]
    assert ids_of((await intake.take_next(me, 3, others=3)).entries) == [old, long, new]


async def test_looking_for_shorter_jobs_holds_nobody_up(link, me):
    words = ["XADD", NAMES.stream, "*", "job", BATCH, "cs", '{"left_pages":9}']
    for _ in range(300):
        await link.command(*words)
    await intake.take_next(me, 0, others=0)
    await link.command("DEL", *link.names.places[1:])
    await link.command("CONFIG RESETSTAT")
    await intake.reclaim(me)
    looks = (await link.redis.info("commandstats"))["cmdstat_xrange"]["calls"]
    assert await link.command("ZCARD", link.names.line) == 300
    assert looks <= 300 + 1024


@pytest.mark.parametrize(
    "cs", [b'{"left_pages":"9"}', b'{"left_pages":-1}', b'["left_pages"]', b"{", b"\xff"]
)
async def test_what_is_left_and_cannot_be_told_moves_nobody(link, me, cs):
    ids = await produce.push(link, [BATCH] * 3)
    late = await link.command("XADD", NAMES.stream, "*", "job", BATCH, "cs", cs)
    order = ids_of((await intake.take_next(me, 4, others=4)).entries)
    assert order == [*ids, late.decode()]


async def test_what_comes_back_goes_first(link, me, other, probe):
    held = [await probe.pushed(me) for _ in range(2)]
    await produce.push(link, [BATCH, MESSAGE])
    await intake.take_next(other, 0, others=0)
    assert await intake.put_back(me, held) == 2
    found = ids_of((await intake.take_next(other, 4, others=4)).entries)
    assert found[1:3] == ids_of(held)  # the live job is before all


async def test_new_entries_are_put_in_line_in_bounded_steps(link, me):
    ids = await produce.push(link, [BATCH] * 25)
    first = await intake.take_next(me, 1, others=1, line_up=10)
    assert (ids_of(first.entries), first.has_more) == (ids[:1], True)
    second = await intake.take_next(me, 1, others=1, line_up=10)
    assert second.has_more
    assert not (await intake.take_next(me, 1, others=1, line_up=10)).has_more
    assert ids_of((await intake.take_next(me, 30, others=30)).entries) == ids[3:]


async def test_a_line_that_was_lost_is_made_anew(link, me, probe):
    ids = await produce.push(link, [BATCH, MESSAGE, BATCH])
    await intake.take_next(me, 0, others=0)
    await link.command("DEL", link.names.line, link.names.live, link.names.turns)
    assert (await intake.take_next(me, 3, others=3)).entries == ()
    assert (await intake.reclaim(me)).count == 0
    assert ids_of((await intake.take_next(me, 3, others=3)).entries) == [ids[1], ids[0], ids[2]]


async def test_entries_that_were_deleted_while_they_waited_are_named(link, me, probe):
    ids = await produce.push(link, [BATCH] * 3)
    await intake.take_next(me, 0, others=0)
    await link.command("XDEL", link.names.stream, ids[1])
    found = await intake.take_next(me, 3, others=3)
    assert (ids_of(found.entries), found.gone) == ([ids[0], ids[2]], (ids[1],))
    assert set(await probe.pending()) == {ids[0], ids[2]}
    assert not await link.command("EXISTS", *link.names.places[1:])


async def test_places_that_are_nobodys_stop_nobody(link, me):
    ids = await produce.push(link, [BATCH] * 2)
    await intake.take_next(me, 0, others=0)
    await link.command("ZADD", link.names.line, -5, "garbage", -4, "123-0")
    await link.command("XACK", link.names.stream, link.names.group, ids[0])
    found = await intake.take_next(me, 5, others=5)
    assert (ids_of(found.entries), found.gone) == (ids[1:], ())


@pytest.mark.parametrize(
    ("job", "is_live"),
    [
        (b'{"type" : "message"}', True),
        (b'{"guild_id":"1",\n"type"\t:\n"message"}', True),
        (b'{"guild_id":1,"type":"message"}', True),
        (b'{"guild_id":null,"type":"message"}', True),
        (b'{"type":"message","priority":"live"}', True),
        (b'{"type":"message","priority":"backfill"}', False),
        (b'{"type":"batch","priority":"live"}', True),
        (b'{"type":"rescan","priority":"live"}', False),
        (json.dumps({"type": "batch", "reason": '"type":"message"'}).encode(), False),
        (b'{"type":"batch","settings":{"type":"message"}}', False),
        (b'{"type":["message"]}', False),
        (b'{"type":"message"', False),
        (b'["type","message"]', False),
        (b'"\\"type\\":\\"message\\""', False),
        (b'{"type":"message_deletion"}', True),
        (b'{"type":"message","x":"' + b"y" * 65_536 + b'"}', False),
        (b"\xff\x00", False),
        (b"[" * 5000 + b'"type":"message"' + b"]" * 5000, False),
    ],
)
async def test_what_counts_as_a_live_job(link, me, job, is_live):
    (entry_id,) = await produce.push(link, [job])
    live = await intake.take_next(me, 1, others=0)
    assert ids_of(live.entries) == ([entry_id] if is_live else [])
    if not is_live:
        assert ids_of((await intake.take_next(me, 1, others=1)).entries) == [entry_id]


async def test_an_entry_without_a_job_waits_like_others(link, me):
    await link.command("XADD", NAMES.stream, "*", "type", '"type":"message"')
    assert (await intake.take_next(me, 1, others=0)).entries == ()
    (entry,) = (await intake.take_next(me, 1, others=1)).entries
    assert entry.job is None


guilds = st.integers(1, 4)
pushes = st.lists(st.tuples(guilds, st.booleans()), min_size=1, max_size=8)
steps = st.lists(st.one_of(pushes, st.integers(1, 3)), min_size=1, max_size=15)


@given(steps)
@settings(deadline=None, max_examples=60, suppress_health_check=list(HealthCheck))
def test_guilds_take_turns_and_live_jobs_go_first(redis_url, steps):
    """While both wait, no guild gets two turns more than another."""
    with Redis.from_url(redis_url) as redis:
        redis.flushall()
        redis.xgroup_create(NAMES.stream, NAMES.group, "0", mkstream=True)
        take = redis.register_script(script("next").source.decode())
        waits: dict[bytes, tuple[int, bool]] = {}
        turns_since: dict[tuple[int, int], int] = {}
        """By (who waits, who was served): starts since the first began to wait."""
        for step in steps:
            if isinstance(step, list):
                for guild, live in step:
                    entry_id = redis.xadd(NAMES.stream, {"job": of_guild(guild, live=live)})
                    waits[entry_id] = guild, live
                continue
            rows, gone, _ = take(NAMES.places, [NAMES.group, "me", step, step, 1000])
            assert not gone
            assert len(rows) == min(step, len(waits))
            for entry_id, _ in rows:
                guild, live = waits.pop(entry_id)
                if not live:
                    assert not [kind for _, kind in waits.values() if kind], "a live job waits"
                    for other in {other for other, _ in waits.values()} - {guild}:
                        count = turns_since[other, guild] = turns_since.get((other, guild), 0) + 1
                        assert count <= 2, f"guild {other} waits while {guild} has a third turn"
                for pair in [pair for pair in turns_since if pair[0] == guild]:
                    del turns_since[pair]
            still = {guild for guild, _ in waits.values()}
            turns_since = {pair: n for pair, n in turns_since.items() if pair[0] in still}
