from __future__ import annotations

import hashlib
import json
import time

import pytest
import trio

from clipsaver.errors import BadJob, RedisUnavailable, UsageError
from clipsaver.jobs import KEPT_OF_LARGE_JOB, MAX_JOB_BYTES
from clipsaver.queue import intake, lease, produce
from clipsaver.queue.outcomes import Verdict, settle
from clipsaver.queue.policy import (
    Cancelled,
    Dead,
    Done,
    Failure,
    HandBack,
    Retry,
    Slice,
    Wait,
    failure_of,
)
from tests.queue.probe import BATCH

FAILURE = Failure("discord_unavailable", "no answer", "abc")
OUTCOMES = [
    Done(),
    Cancelled(),
    Retry(5, FAILURE),
    Wait(5, "discord"),
    Slice(),
    Dead(FAILURE),
    HandBack(),
]
each_outcome = pytest.mark.parametrize(
    "outcome", OUTCOMES, ids=lambda outcome: type(outcome).__name__
)


async def everything(link):
    """Every key and what it holds, idle times and the stream's own counters left out."""
    names = link.names
    return (
        await link.command("XRANGE", names.stream, "-", "+"),
        await link.command("ZRANGE", names.delayed, 0, -1, "WITHSCORES"),
        await link.command("XRANGE", names.dead, "-", "+"),
        await link.command("XRANGE", names.events, "-", "+"),
        await link.command("KEYS", "*"),
    )


@each_outcome
async def test_an_outcome_leaves_the_entry_in_one_place_and_tells_it_once(link, me, probe, outcome):
    held = await probe.taken(me, channel=7)
    assert await settle(me, held, outcome) is Verdict.SETTLED
    places = [
        *[fields["job"] for fields in (await probe.stream()).values()],
        *[fields["job"] for fields in await probe.dead()],
        *[
            dict(zip(flat[::2], flat[1::2], strict=True))["job"].encode()
            for flat in await probe.delayed()
        ],
    ]
    assert places == ([] if isinstance(outcome, (Done, Cancelled)) else [BATCH])
    assert list(await probe.pending()) == (
        [held.entry.entry_id] if isinstance(outcome, HandBack) else []
    )
    assert len(await probe.events()) == 1
    assert await link.command("EXISTS", link.names.lock(7)) == 0


@each_outcome
async def test_an_outcome_can_be_repeated(link, me, probe, outcome):
    held = await probe.taken(me)
    await settle(me, held, outcome)
    before = await everything(link)
    for again in [outcome, *OUTCOMES]:
        assert await settle(me, held, again) is Verdict.ALREADY
    assert await lease.renew(me, [held]) == []  # nothing of it was lost
    assert await lease.note_progress(me, held) is None
    assert await everything(link) == before


@each_outcome
async def test_a_worker_that_slept_through_its_lease_changes_nothing(
    link, me, other, probe, outcome
):
    held = await probe.taken(me, channel=7)
    await probe.age(held.entry.entry_id)
    (entry,) = await probe.taken_over(other, 1)
    # Claimed, and not even taken yet: the first holder is no longer the consumer.
    before = await everything(link)
    assert await settle(me, held, outcome) is Verdict.LOST
    assert await lease.take(other, entry, {}, exclusive_channel=7)
    before_taken = await everything(link)
    assert await settle(me, held, outcome) is Verdict.LOST
    assert await everything(link) == before_taken == before
    assert (await probe.pending())[entry.entry_id].consumer == "other"


@each_outcome
async def test_an_older_delivery_to_the_same_worker_changes_nothing(link, me, probe, outcome):
    first = await probe.taken(me)
    second = await lease.take(me, first.entry, {})
    before = await everything(link)
    assert await settle(me, first, outcome) is Verdict.LOST
    assert await everything(link) == before
    assert await settle(me, second, outcome) is Verdict.SETTLED


@pytest.mark.parametrize("outcome", [Retry(5, FAILURE), Wait(5, "x"), Slice(), Dead(FAILURE)])
async def test_an_entry_whose_body_was_deleted_is_said_to_be_gone(link, me, probe, outcome):
    held = await probe.taken(me, channel=7)
    await link.command("XDEL", link.names.stream, held.entry.entry_id)
    assert await settle(me, held, outcome) is Verdict.GONE
    assert (await probe.job(held.run_id))["state"] == "gone"
    assert await probe.events() == ["gone"]
    assert await probe.pending() == {}
    assert await link.command("EXISTS", link.names.lock(7)) == 0


@pytest.mark.parametrize(
    ("outcome", "key"),
    [(Retry(5, FAILURE), "delayed"), (Wait(5, "x"), "delayed"), (Dead(FAILURE), "dead")],
)
async def test_where_the_new_place_refuses_the_entry_it_stays_in_the_old(
    link, me, probe, outcome, key
):
    held = await probe.taken(me)
    await link.command("SET", getattr(link.names, key), "somebody's own")
    with pytest.raises(UsageError, match="something else"):
        await settle(me, held, outcome)
    assert list(await probe.stream()) == list(await probe.pending()) == [held.entry.entry_id]
    assert await lease.renew(me, [held]) == []
    assert await settle(me, held, Slice()) is Verdict.SETTLED


async def test_a_full_server_refuses_before_anything_changes(link, me, probe):
    held, ends = await probe.taken(me), await probe.taken(me)
    await link.command("CONFIG SET", "maxmemory", "1")
    try:
        with pytest.raises(RedisUnavailable, match="memory is full"):
            await settle(me, held, Retry(5, FAILURE))
        # What frees memory goes through.
        assert await settle(me, ends, Done()) is Verdict.SETTLED
    finally:
        with trio.move_on_after(5, shield=True):
            await link.command("CONFIG SET", "maxmemory", "0")
    assert list(await probe.stream()) == list(await probe.pending()) == [held.entry.entry_id]
    assert await settle(me, held, Retry(5, FAILURE)) is Verdict.SETTLED

    return RedisUnavailable


async def test_events_that_cannot_be_written_stop_nothing(link, me, probe):
    held = await probe.taken(me)
    await link.command("SET", link.names.events, "somebody's own")
    assert await settle(me, held, Done()) is Verdict.SETTLED


async def test_retry_uses_an_attempt_and_says_why(link, me, other, probe):
    held = await probe.taken(me)
    await settle(me, held, Retry(5, FAILURE))
    job = await probe.job(held.run_id)
    assert (job["state"], job["reason"], job["error"]) == (
        "retry",
        "discord_unavailable",
        "no answer",
    )
    assert 3 < int(job["due_at"]) / 1000 - time.time() < 7
    await probe.make_due()
    await intake.promote_due(link, 1)
    (entry,) = await intake.read(other, 1, block_ms=1)
    carried = entry.carried
    assert (carried.run, carried.attempts, carried.waits) == (held.run_id, 1, 0)
    assert (carried.hosts, carried.reason, carried.error) == (
        ("host-a",),
        "discord_unavailable",
        "no answer",
    )
    assert carried.first_at == int(held.entry.entry_id.partition("-")[0])
    again = await lease.take(other, entry, {})
    assert (again.attempts, again.deliveries) == (1, 1)
    assert "due_at" not in await probe.job(held.run_id)


async def test_a_job_that_got_on_fails_for_the_first_time_again(link, me, probe):
    held = await probe.taken(me)
    for attempts in (1, 2):
        await settle(me, held, Retry(0, FAILURE))
        await intake.promote_due(link, 1)
        (entry,) = await intake.read(me, 1, block_ms=1)
        held = await lease.take(me, entry, {})
        assert held.attempts == attempts
    held = await lease.note_progress(me, held)
    assert held.attempts == 0
    await settle(me, held, Retry(0, FAILURE))
    await intake.promote_due(link, 1)
    (entry,) = await intake.read(me, 1, block_ms=1)
    assert entry.carried.attempts == 1


async def test_wait_uses_no_attempt(link, me, probe):
    held = await probe.taken(me)
    await settle(me, held, Wait(60, "channel_busy"))
    job = await probe.job(held.run_id)
    assert (job["state"], job["waits_for"]) == ("waiting", "channel_busy")
    await probe.make_due()
    await intake.promote_due(link, 1)
    (entry,) = await intake.read(me, 1, block_ms=1)
    assert (entry.carried.attempts, entry.carried.waits, entry.carried.hosts) == (0, 1, ())


async def test_slice_goes_behind_those_who_wait(link, me, probe):
    held = await probe.taken(me)
    (waiting,) = await produce.push(link, [BATCH])
    await settle(me, held, Slice())
    first, second = await intake.read(me, 5, block_ms=1)
    assert (first.entry_id, second.run_id) == (waiting, held.run_id)
    assert (second.carried.attempts, second.carried.waits) == (0, 0)
    assert (await probe.job(held.run_id))["entry"] == second.entry_id


async def test_hand_back_is_as_if_it_had_not_been_delivered(me, other, probe):
    held = await probe.taken(me)
    await settle(me, held, HandBack())
    row = (await probe.pending())[held.entry.entry_id]
    assert (row.consumer, row.deliveries) == (intake.WAITING, 0)
    assert (await probe.job(held.run_id))["state"] == "waiting"
    (entry,) = await probe.taken_over(other, 1)
    again = await lease.take(other, entry, {})
    assert (again.deliveries, again.attempts) == (1, 0)
    assert again.fence > held.fence


async def test_done_says_which_run_it_joined(link, me, probe):
    held = await probe.taken(me)
    await settle(me, held, Done(joined="clips/1-0"))
    status = await produce.job_status(link, held.run_id)
    assert (status.state, status.joined) == (produce.JobState.DONE, "clips/1-0")
    assert status.state.is_over


async def test_a_dead_letter_says_all_that_is_known(link, me, other, probe):
    await link.command("XADD", link.names.stream, "*", "job", BATCH, "job_id", "mine", "dead", "no")
    (entry,) = await intake.read(other, 1, block_ms=1)
    held = await lease.take(other, entry, {})
    await settle(other, held, Retry(0, FAILURE))
    await intake.promote_due(link, 1)
    (entry,) = await intake.read(me, 1, block_ms=1)
    held = await lease.take(me, entry, {})
    await settle(me, held, Dead(failure_of(BadJob("$.limit", "é\ud800"))), stage="decode")
    (letter,) = await probe.dead()
    facts = json.loads(letter["dead"])
    assert (letter["job"], letter["job_id"]) == (BATCH, b"mine")
    assert json.loads(letter["cs"])["run"] == held.run_id
    assert facts == {
        "reason": "bad_job",
        "cause": None,
        "error": "$.limit: é?",
        "path": "$.limit",
        "fingerprint": facts["fingerprint"],
        "attempts": 2,
        "waits": 0,
        "deliveries": 1,
        "hosts": ["host-b", "host-a"],
        "worker": "me",
        "stage": "decode",
        "entry": entry.entry_id,
        "run": held.run_id,
        "first_at": held.entry.carried.first_at,
        "job_bytes": len(BATCH),
        "job_sha256": hashlib.sha256(BATCH).hexdigest(),
    }
    status = await produce.job_status(link, held.run_id)
    assert (status.state, status.reason) == (produce.JobState.DEAD, "bad_job")


async def test_of_a_large_job_the_beginning_is_kept(link, me, probe):
    for size in (MAX_JOB_BYTES, MAX_JOB_BYTES + 1, 2_000_000):
        job = b"\xff" * size
        held = await probe.taken(me, job)
        with pytest.raises(BadJob) as caught:
            held.entry.decoded()
        await settle(me, held, Dead(failure_of(caught.value)))
        letter = (await probe.dead())[-1]
        assert len(letter["job"]) == (size if size == MAX_JOB_BYTES else KEPT_OF_LARGE_JOB)
        facts = json.loads(letter["dead"])
        assert facts["job_bytes"] == size
        assert facts["job_sha256"] == hashlib.sha256(job).hexdigest()


async def test_an_entry_without_a_job_is_buried_with_what_it_has(link, me, probe):
    await link.command("XADD", link.names.stream, "*", "jbo", BATCH)
    (entry,) = await intake.read(me, 1, block_ms=1)
    held = await lease.take(me, entry, {})
    with pytest.raises(BadJob) as caught:
        entry.decoded()
    assert await settle(me, held, Dead(failure_of(caught.value))) is Verdict.SETTLED
    (letter,) = await probe.dead()
    assert letter["jbo"] == BATCH
    assert "job" not in letter


@pytest.mark.parametrize("outcome", [Slice(), Wait(0, "x"), Dead(FAILURE)])
async def test_an_entry_with_very_many_fields_moves_with_its_job(link, me, probe, outcome):
    others = [word for n in range(20_000) for word in (f"f{n}", "x")]
    await link.command("XADD", link.names.stream, "*", *others, "job", BATCH)
    (entry,) = await intake.read(me, 1, block_ms=1)
    assert await settle(me, await lease.take(me, entry, {}), outcome) is Verdict.SETTLED
    await intake.promote_due(link, 5)
    (fields,) = [*(await probe.stream()).values(), *await probe.dead()]
    assert fields["job"] == BATCH
    assert 100 < len(fields) < 1000


@pytest.mark.parametrize("outcome", [Slice(), Wait(0, "x"), Dead(FAILURE)])
async def test_of_a_job_that_is_there_very_often_the_last_one_counts(link, me, probe, outcome):
    jobs = [word for _ in range(5000) for word in ("job", "{}")]
    await link.command("XADD", link.names.stream, "*", *jobs, "job", BATCH)
    (entry,) = await intake.read(me, 1, block_ms=1)
    assert entry.job == BATCH
    assert await settle(me, await lease.take(me, entry, {}), outcome) is Verdict.SETTLED
    await intake.promote_due(link, 5)
    (fields,) = [*(await probe.stream()).values(), *await probe.dead()]
    assert fields["job"] == BATCH
