"""Every entry with where it stands, a page at a time, on a real server."""

from __future__ import annotations

import msgspec

from clipsaver.jobs import BatchJob, encode
from clipsaver.queue import intake, lease, presence, produce
from clipsaver.queue.operating import pending
from clipsaver.queue.operating.find import find
from clipsaver.queue.operating.places import PAGE, Part
from clipsaver.queue.operating.selection import Selection
from clipsaver.queue.operating.verdicts import Place, Rules
from clipsaver.queue.outcomes import settle
from clipsaver.queue.policy import Retry, Wait, failure_of
from tests.queue.conftest import LEASE_MS
from tests.queue.probe import BATCH

RULES = Rules(lease_ms=LEASE_MS, max_attempts=5, max_deliveries=5)


async def all_pages(link, *, count=PAGE, parts=tuple(Part)):
    found, cursor = [], None
    while True:
        page = await pending.read_page(link, RULES, cursor, parts=parts, count=count)
        assert len(page.entries) <= count
        found += page.entries
        if page.next is None:
            return found
        cursor = page.next


async def put_aside(link, entry):
    """As it is after its turn in line was given: pending in the name of those that wait."""
    names = link.names
    words = ["XCLAIM", names.stream, names.group, intake.WAITING, 0, entry.entry_id, "TIME", 0]
    await link.command(*words, "RETRYCOUNT", 0)


async def one_of_each(link, me, other, probe):
    """Run ids by where their entry stands."""
    await presence.beat(me, {"pid": 1}, expires_ms=15_000)
    runs = {}
    runs["held"] = (await probe.taken(me)).run_id
    late = await probe.taken(me)
    await probe.age(late.entry.entry_id, idle_ms=LEASE_MS - 1000)
    runs["late"] = late.run_id
    runs["orphaned"] = (await probe.taken(other)).run_id
    out = await probe.taken(other)
    await probe.age(out.entry.entry_id, idle_ms=LEASE_MS + 1000)
    runs["takeover"] = out.run_id
    failed = await probe.taken(me)
    await settle(me, failed, Retry(60, failure_of(ValueError("no luck"))))
    runs["retry"] = failed.run_id
    busy = await probe.taken(me)
    await settle(me, busy, Wait(30, "channel_busy"))
    runs["put_off"] = busy.run_id
    aside = await probe.pushed(me)
    await put_aside(link, aside)
    runs["waiting"] = aside.run_id
    gone = await probe.taken(me)
    await link.command("XDEL", link.names.stream, gone.entry.entry_id)
    runs["gone"] = gone.entry.entry_id
    (unread,) = await produce.push(link, [BATCH])
    runs["unread"] = produce.run_id_of(link, unread)
    return runs


async def test_each_entry_is_seen_where_it_stands(link, me, other, probe):
    runs = await one_of_each(link, me, other, probe)
    found = {one.verdict.place.value: one for one in await all_pages(link)}
    gone = found.pop("gone")
    assert gone.entry_id == runs.pop("gone")
    assert {place: one.run_id for place, one in found.items()} == runs
    held = found["held"]
    assert (held.worker, held.host, held.is_alive, held.deliveries) == ("me", "host-a", True, 1)
    assert (held.job.type, held.job.guild_id, held.job.channel_id) == ("batch", "1", "2")
    assert found["orphaned"].is_alive is False
    retry = found["retry"]
    assert (retry.entry_id, retry.attempts, retry.reason) == (None, 1, "internal_error")
    assert "no luck" in retry.error
    assert 55_000 < retry.verdict.in_ms <= 60_000
    assert found["put_off"].reason == "channel_busy"
    assert found["waiting"].worker is None


async def test_counts_are_those_of_the_rows(link, me, other, probe):
    runs = await one_of_each(link, me, other, probe)
    await link.command("XACK", link.names.stream, link.names.group, runs["gone"])
    assert await pending.count(link) == pending.Counts(
        held=4, by_workers=2, of_gone=2, waiting=1, unread=1, delayed=2
    )


async def test_pages_of_any_size_hold_the_same(link, me, other, probe):
    await one_of_each(link, me, other, probe)
    for _ in range(5):
        await probe.taken(me)
    await produce.push(link, [BATCH] * 7)
    whole = [(one.run_id, one.verdict.place) for one in await all_pages(link)]
    assert len(set(whole)) == len(whole) == 21
    for count in (1, 2, 3):
        turned = await all_pages(link, count=count)
        assert [(one.run_id, one.verdict.place) for one in turned] == whole
    assert [place for _, place in whole if place is Place.UNREAD] == [Place.UNREAD] * 8


async def test_only_the_parts_that_are_asked_for_are_read(link, me, other, probe):
    await one_of_each(link, me, other, probe)
    places = {one.verdict.place for one in await all_pages(link, parts=[Part.DELAYED])}
    assert places == {Place.RETRY, Place.PUT_OFF}
    places = {one.verdict.place for one in await all_pages(link, parts=[Part.WAITING, Part.UNREAD])}
    assert places == {Place.WAITING, Place.UNREAD}


async def test_places_in_line_are_counted_over_both_lines(link, me, probe):
    names = link.names
    entries = [await probe.pushed(me) for _ in range(3)]
    for entry in entries:
        await put_aside(link, entry)
    first, second, third = (entry.entry_id for entry in entries)
    await link.command("ZADD", names.line, "2.5", first, "1.25", second)
    await link.command("ZADD", names.live, "2", third)
    found = {one.entry_id: one.line for one in await all_pages(link)}
    assert found == {second: 1, third: 2, first: 3}


async def test_what_others_wrote_is_shown_and_harms_nothing(link, me):
    await link.command("XADD", link.names.stream, "*", "job", b"\xff{")
    await link.command("XADD", link.names.stream, "*", "other", "x", "cs", "{}")
    await link.command("ZADD", link.names.delayed, 5, "no entry")
    await link.command("ZADD", link.names.delayed, 5, '["a"]')
    found = await all_pages(link)
    assert [one.job.type for one in found] == ["bad_job"] * 4
    assert [one.verdict.place for one in found][:2] == [Place.UNREAD] * 2


async def test_without_a_group_or_a_stream_nothing_is_pending(link):
    await link.command("DEL", link.names.stream)
    assert await all_pages(link) == []
    assert (await pending.count(link)).all == 0
    await link.command("XADD", link.names.stream, "*", "job", BATCH)
    assert [one.verdict.place for one in await all_pages(link, parts=[Part.HELD])] == []


async def test_a_job_is_found_by_each_of_its_names(link, me, probe):
    job = encode(BatchJob(guild_id="1", channel_id="2", job_id="nightly"))
    held = await probe.taken(me, job)
    await settle(me, held, Retry(0, failure_of(ValueError())))
    await intake.promote_due(link, 10)
    (moved,) = await all_pages(link)
    assert moved.entry_id != held.entry.entry_id
    for name in ("nightly", held.run_id, held.entry.entry_id, moved.entry_id):
        assert [one.entry_id for one in await find(link, RULES, name)] == [moved.entry_id]
    for name in ("weekly", "clips/1-1", "1-1", "other/1-1"):
        assert await find(link, RULES, name) == ()


async def test_a_delayed_run_is_found_by_its_run_id(link, me, probe):
    held = await probe.taken(me)
    await settle(me, held, Wait(60, "channel_busy"))
    (found,) = await find(link, RULES, held.run_id)
    assert found.verdict.place is Place.PUT_OFF


async def test_a_selection_takes_any_value_of_a_field_and_all_fields(link, me, probe):
    held = await probe.taken(me)
    await produce.push(link, [encode(BatchJob(guild_id="7", channel_id="8"))])
    found = await all_pages(link)

    def chosen(**fields):
        wanted = Selection(**{name: frozenset(values) for name, values in fields.items()})
        return [one.job.guild_id for one in found if wanted.matches(one)]

    assert chosen() == ["1", "7"]
    assert chosen(guild="17", channel="8") == ["7"]
    assert chosen(worker=["me"]) == ["1"]
    assert chosen(place=["unread"]) == ["7"]
    assert chosen(type=["message"]) == []
    assert held.run_id == found[0].run_id
    assert Selection(guild=frozenset("71")).words() == "--guild=1 --guild=7"


async def test_all_of_it_can_be_told_as_json(link, me, other, probe):
    await one_of_each(link, me, other, probe)
    told = msgspec.json.decode(msgspec.json.encode([*map(pending.told, await all_pages(link))]))
    assert {one["verdict"]["place"] for one in told} == {place.value for place in Place}


async def test_a_taken_entry_counts_the_deliveries_of_before_it_moved(link, me, probe):
    await presence.beat(me, {}, expires_ms=15_000)
    held = await probe.taken(me)
    await link.command("HSET", link.names.job(held.run_id), "crashes", 4)
    (found,) = await all_pages(link)
    assert found.deliveries == 5
    assert not found.verdict.is_poison
    await intake.put_back(me, [held.entry])
    assert await lease.renew(me, []) == []
    (freed,) = await all_pages(link)
    assert (freed.verdict.place, freed.deliveries) == (Place.WAITING, 4)


async def test_a_delayed_entry_with_bytes_that_are_no_text_is_told_as_it_is(link, me):
    await link.command("XADD", link.names.stream, "*", "job", BATCH, "odd", b"\xff\x00")
    (entry,) = await intake.read(me, 1, block_ms=1)
    held = await lease.take(me, entry, {})
    await settle(me, held, Wait(60, "x"))
    (row,) = await all_pages(link, parts=(Part.DELAYED,))
    assert (row.run_id, row.job.type) == (entry.run_id, "batch")
