"""What happened lately, for a live log."""

from __future__ import annotations

from dataclasses import replace

import pytest

from clipsaver.queue import intake, presence
from clipsaver.queue.entries import Carried, encode_carried
from clipsaver.queue.events import read_events
from clipsaver.queue.outcomes import settle
from clipsaver.queue.policy import Cancelled, Done, Failure, Retry, Wait
from tests.queue.probe import BATCH


async def told(link):
    return [(one.name, one.run, one.worker) for one in await read_events(link)]


async def test_an_outcome_says_of_which_job(link, me, probe):
    about = {"type": "batch", "channel_id": "2", "pages": 7}
    one, two, three, four = [await probe.taken(me) for _ in range(4)]
    await settle(me, one, Done(), about=about)
    await settle(me, two, Retry(5, Failure("x", "why", "f")), about=about)
    await settle(me, three, Cancelled(), about=about)
    await settle(me, four, Wait(5, "channel_busy", "clips/1-0"))
    found = await read_events(link)
    assert [(one.name, one.run, one.worker) for one in found] == [
        ("done", one.run_id, "me"),
        ("retry", two.run_id, "me"),
        ("cancelled", three.run_id, "me"),
        ("wait", four.run_id, "me"),
    ]
    assert found[0].detail == about
    assert found[1].detail == {**about, "reason": "x", "error": "why", "attempts": 1, "delay_s": 5}
    assert found[3].detail == {"why": "channel_busy", "of": "clips/1-0", "delay_s": 5}
    seconds, _ = await link.command("TIME")
    assert abs(found[0].at_ms / 1000 - seconds) < 5


async def test_they_are_read_on_from_any_of_them(link, me, probe):
    for _ in range(5):
        await settle(me, await probe.taken(me), Done())
    all_of_them = await read_events(link)
    assert len(all_of_them) == 5
    assert await read_events(link, count=2) == all_of_them[3:]
    assert await read_events(link, after=all_of_them[1].event_id, count=2) == all_of_them[2:4]
    assert await read_events(link, after=all_of_them[4].event_id) == []


async def test_who_fell_silent_is_told_with_the_run(link, me, other, probe):
    """Of an entry that has moved, of one that has not, and of one whose `cs` is somebody's own."""
    moved = encode_carried(Carried(run="clips/1-0"))
    fields = [("job", BATCH, "cs", moved), ("job", BATCH), ("job", BATCH, "cs", '{"run": "x/1-0"}')]
    for words in fields:
        await link.command("XADD", link.names.stream, "*", *words)
    entries = await intake.read(other, 3, block_ms=1)
    await probe.age(*(entry.entry_id for entry in entries[:2]), idle_ms=60_000)
    await probe.age(entries[2].entry_id, idle_ms=70_000)
    assert (await intake.reclaim(me)).count == 3
    found = await read_events(link)
    assert [(one.name, one.run, one.worker) for one in found] == [
        ("reclaimed", entry.run_id, "other") for entry in entries
    ]
    assert entries[0].run_id == "clips/1-0"
    assert entries[2].run_id == f"clips/{entries[2].entry_id}"
    assert found[0].detail["by"] == "me"
    assert found[0].detail["deliveries"] == 1
    assert 60_000 <= found[0].detail["silent_ms"] < 65_000
    assert (await intake.reclaim(me)).count == 0
    assert len(await read_events(link)) == 3


async def test_workers_come_and_go(link, me):
    facts = {"pid": 7, "started_at": 1_790_000_000}
    await presence.claim_name(me, facts, expires_ms=5000)
    await presence.claim_name(me, facts, expires_ms=5000)  # the answer got lost
    twin = replace(me, instance="twin")
    assert await presence.claim_name(twin, facts, expires_ms=5000) is not None
    await presence.leave(twin)
    await presence.leave(me)
    assert await told(link) == [("worker_started", "", "me"), ("worker_stopped", "", "me")]
    (started, _) = await read_events(link)
    assert started.detail == {"host": "host-a", **facts}


@pytest.mark.parametrize("detail", ["", "no json", "[1]"])
async def test_what_somebody_else_wrote_is_shown_as_far_as_it_goes(link, detail):
    await link.command("XADD", link.names.events, "7-1", "event", "new", "detail", detail, "x", "y")
    (event,) = await read_events(link)
    assert (event.name, event.run, event.worker, event.detail) == ("new", "", "", {})
    assert (event.event_id, event.at_ms) == ("7-1", 7)
