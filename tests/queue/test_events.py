"""What happened lately, for a live log."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clipsaver.queue import intake, presence
from clipsaver.queue.entries import Carried, encode_carried
from clipsaver.queue.events import LONGEST_DETAIL, detail_of, read_events, tell_lines
from clipsaver.queue.outcomes import settle
from clipsaver.queue.policy import Cancelled, Dead, Done, Failure, Retry, Wait
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


async def test_a_log_line_is_an_event_with_its_level_its_name_and_its_job(link):
    line = {
        "time": "2026-11-25T23:28:26Z",
        "level": "warning",
        "event": "job_stalled",
        "run": "clips/1-0",
        "channel_id": "2",
        "for_s": 120.0,
    }
    await tell_lines(link, "me", [line, {"level": "error", "event": "redis_away"}])
    stalled, away = await read_events(link)
    assert (stalled.name, stalled.run, stalled.worker) == ("log", "clips/1-0", "me")
    assert (stalled.level, stalled.said) == ("warning", "job_stalled")
    assert stalled.fields == {"channel_id": "2", "for_s": 120.0}
    assert stalled.detail == {name: line[name] for name in line if name != "run"}
    assert (away.level, away.said, away.run, away.fields) == ("error", "redis_away", "", {})


async def test_other_events_have_a_level_and_a_name_too(link, me, probe):
    await settle(me, await probe.taken(me), Dead(Failure("x", "why", "f")), about={"pages": 1})
    await settle(me, await probe.taken(me), Done())
    dead, done = await read_events(link)
    assert (dead.level, dead.said, dead.fields) == ("error", "dead", dead.detail)
    assert (done.level, done.said) == ("info", "done")


async def test_the_stream_stays_capped(link):
    for _ in range(11):
        await tell_lines(link, "me", [{"level": "error", "event": "e"}] * 1000)
    assert await link.command("XLEN", link.names.events) < 10_500


def test_a_long_line_is_shortened_and_keeps_what_says_most():
    line = {
        "level": "error",
        "event": "job_retried",
        "channel_id": "2",
        "attempt": 3,
        "error": "e" * 500,
        "tree": [f"{number} {'t' * 90}" for number in range(40)],
        "exception": "Traceback\n" + "f" * 5000 + "\nValueError: the cause",
    }
    detail = json.loads(detail_of(line))
    assert list(detail)[:4] == ["level", "event", "channel_id", "attempt"]
    assert detail["cut"] is True
    assert detail["exception"].endswith("ValueError: the cause")
    assert detail["tree"][-1] == "… and 32 more"
    assert detail["error"].startswith("eee")
    assert "cut" not in json.loads(detail_of({"level": "error", "event": "e", "error": "e" * 500}))


texts = st.builds(lambda text, times: text * times, st.text(max_size=9), st.integers(0, 500))
values = st.recursive(
    st.none() | st.integers(-(2**53), 2**53) | texts,
    lambda inner: st.lists(inner, max_size=20) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=6,
)


@given(st.dictionaries(st.sampled_from(("level", "event", "job_id", "run", "error", "x")), values))
def test_no_line_is_longer_than_it_may_be(line):
    detail = detail_of(line)
    assert len(detail) <= LONGEST_DETAIL
    told = json.loads(detail)
    assert "run" not in told
    assert told.keys() >= line.keys() - {"run", "error", "x"}
