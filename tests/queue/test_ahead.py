"""`message` jobs out of turn, for slots that are reserved for them."""

from __future__ import annotations

import json

import pytest

from clipsaver.queue import intake, produce
from tests.queue.probe import BATCH, MESSAGE

DELETION = b'{"type":"message_deletion","guild_id":"1","channel_id":"2","message_ids":["3"]}'


def ids_of(entries):
    return [entry.entry_id for entry in entries]


async def test_a_message_job_overtakes_what_waits_before_it(link, me, other, probe):
    ids = await produce.push(link, [BATCH, DELETION, BATCH, MESSAGE, BATCH])
    ahead = await intake.read_message_ahead(me, 1)
    assert ids_of(ahead.entries) == [ids[3]]
    assert ahead.entries[0].job == MESSAGE
    pending = await probe.pending()
    assert (pending[ids[3]].consumer, pending[ids[3]].deliveries) == ("me", 1)
    assert {pending[entry_id].consumer for entry_id in ids[:3]} == {intake.ASIDE}
    assert ids[4] not in pending
    # Those that were passed are first in line, and were never delivered as far as anyone counts.
    assert ids_of((await intake.claim(other, 5)).entries) == ids[:3]
    assert {row.deliveries for row in (await probe.pending()).values()} == {1}
    assert ids_of(await intake.read(other, 5, block_ms=1)) == ids[4:]


async def test_without_a_message_job_nothing_is_read(link, me, probe):
    ids = await produce.push(link, [BATCH] * 5)
    ahead = await intake.read_message_ahead(me, 1)
    assert (ahead.entries, ahead.cursor) == ((), ids[-1])
    assert await probe.pending() == {}


async def test_the_cursor_spares_what_was_looked_at(link, me):
    await produce.push(link, [BATCH] * 250)
    ahead = await intake.read_message_ahead(me, 1, look_at=120)
    assert ahead.cursor == list(await _ids(link))[119]
    (message,) = await produce.push(link, [MESSAGE])
    assert (await intake.read_message_ahead(me, 1, cursor=ahead.cursor, look_at=120)).entries == ()
    ahead = await intake.read_message_ahead(me, 1, cursor=ahead.cursor, look_at=200)
    assert ids_of(ahead.entries) == [message]
    assert (await intake.read_message_ahead(me, 1, cursor=ahead.cursor)).entries == ()


async def test_a_cursor_that_was_overtaken_by_reading_is_harmless(link, me, other):
    cursor = (await intake.read_message_ahead(me, 1)).cursor
    await produce.push(link, [BATCH] * 3)
    await intake.read(other, 3, block_ms=1)
    (message,) = await produce.push(link, [MESSAGE])
    assert ids_of((await intake.read_message_ahead(me, 1, cursor=cursor)).entries) == [message]


async def test_it_reads_in_steps_up_to_a_far_message_job(link, me, probe):
    ids = await produce.push(link, [BATCH] * 950)
    (message,) = await produce.push(link, [MESSAGE])
    ahead = await intake.read_message_ahead(me, 1, look_at=1000)
    assert ids_of(ahead.entries) == [message]
    pending = await probe.pending()
    assert [entry_id for entry_id, row in pending.items() if row.consumer == intake.ASIDE] == ids


async def test_entries_put_aside_are_no_workers_burden(link, me, other, probe):
    ids = await produce.push(link, [BATCH] * 20 + [MESSAGE])
    await intake.read_message_ahead(me, 1)
    assert await intake.own_pending(me, held=[ids[-1]], restarted=True) == intake.Claimed()
    assert (await intake.claim(other, 5, messages_only=True)).entries == ()
    assert await intake.waiting(other, 100) == 20


async def test_only_as_many_as_are_wanted_are_read(link, me, probe):
    ids = await produce.push(link, [BATCH, MESSAGE, BATCH, MESSAGE])
    assert ids_of((await intake.read_message_ahead(me, 1)).entries) == ids[1:2]
    more = await intake.read_message_ahead(me, 5)
    assert ids_of(more.entries) == ids[3:]


async def test_message_jobs_that_were_read_in_excess_are_found_by_a_claim(link, me, other, probe):
    # Two in one page of the script, one wanted: only the race of two look-aheads brings this about.
    ids = await produce.push(link, [MESSAGE, MESSAGE])
    names = link.names
    arguments = [names.group, me.name, intake.ASIDE, ids[1], 1, 100]
    found, done = await link.run("read_past", [names.stream], arguments)
    assert ([row[0].decode() for row in found], done) == (ids[:1], b"1")
    assert ids_of((await intake.claim(other, 5, messages_only=True)).entries) == ids[1:]


async def test_a_message_job_that_another_read_meanwhile_is_not_searched_beyond(
    link, me, other, probe
):
    ids = await produce.push(link, [MESSAGE, BATCH])
    await intake.read(other, 1, block_ms=1)
    names = link.names
    arguments = [names.group, me.name, intake.ASIDE, ids[0], 1, 100]
    assert await link.run("read_past", [names.stream], arguments) == [[], b"1"]
    assert list(await probe.pending()) == ids[:1]


@pytest.mark.parametrize(
    ("job", "is_one"),
    [
        (b'{"type" : "message"}', True),
        (b'{"guild_id":"1",\n"type"\t:\n"message"}', True),
        (json.dumps({"type": "batch", "reason": '"type":"message"'}).encode(), False),
        (b'{"type":"batch","settings":{"type":"message"}}', False),
        (b'{"type":"message"', False),
        (b'["type":"message"]', False),
        (b'"\\"type\\":\\"message\\""', False),
        (b'{"type":"message_deletion"}', False),
        (b'{"type":"message","x":"' + b"y" * 262_144 + b'"}', False),
        (b"\xff\x00", False),
        (b"[" * 5000 + b'"type":"message"' + b"]" * 5000, False),
    ],
)
async def test_what_counts_as_a_message_job(link, me, job, is_one):
    (entry_id,) = await produce.push(link, [job])
    ahead = await intake.read_message_ahead(me, 1)
    assert ids_of(ahead.entries) == ([entry_id] if is_one else [])


async def test_an_entry_without_a_job_is_no_message_job(link, me):
    await link.command("XADD", link.names.stream, "*", "type", '"type":"message"')
    assert (await intake.read_message_ahead(me, 1)).entries == ()


async def _ids(link):
    return [row[0].decode() for row in await link.command("XRANGE", link.names.stream, "-", "+")]


async def test_what_is_nobodys_can_be_told_from_what_is_held_too_long(link, me, other, probe):
    """After an outage all idle times are long; what was given back may be had at once."""
    ids = await produce.push(link, [BATCH, BATCH, MESSAGE])
    await intake.read_message_ahead(me, 1)
    await probe.age(ids[2])  # its holder fell silent
    freed = await intake.claim(other, 5, freed_only=True)
    assert ids_of(freed.entries) == ids[:2]
    assert ids_of((await intake.claim(other, 5)).entries) == ids[2:]
