"""Retrying and dropping: once, whoever asks how often, and with the audit in the same step."""

from __future__ import annotations

import json

import pytest

from clipsaver.errors import RedisUnavailable, UsageError
from clipsaver.jobs import KEPT_OF_LARGE_JOB, MAX_JOB_BYTES
from clipsaver.queue import intake, lease, produce
from clipsaver.queue.operating import audit
from clipsaver.queue.operating.audit import Act
from clipsaver.queue.operating.dead_letters import dead, dead_actions
from clipsaver.queue.operating.dead_letters.dead_actions import Fate, Handled, drop, retry
from clipsaver.queue.outcomes import Verdict, settle
from clipsaver.queue.policy import Dead, Done, Failure, Retry
from tests.queue.operating.dying import NOT_FOUND
from tests.queue.probe import BATCH, MESSAGE, full_memory

BAD = Failure("bad_job", "$: too large", "cccccccccccc")


async def everything(link):
    """Every key and what it holds."""
    names = link.names
    streams = (names.stream, names.dead, names.events, names.audit)
    return [await link.command("XRANGE", name, "-", "+") for name in streams]


async def test_a_retried_letter_is_a_new_entry_with_all_that_its_producer_wrote(
    link, me, dying, probe, act
):
    letter_id = await dying.letter(MESSAGE, job_id="mine", note="é")
    old = await dead.letter_of(link, letter_id)
    (handled,) = await retry(link, [letter_id], act)
    ((entry_id, fields),) = (await probe.stream()).items()
    assert handled == Handled(letter_id, Fate.RETRIED, f"clips/{entry_id}")
    assert (fields["job"], fields["job_id"], fields["note"]) == (MESSAGE, b"mine", "é".encode())
    assert set(fields) == {"job", "job_id", "note", "cs"}
    assert await probe.dead() == []
    (entry,) = await intake.read(me, 1, block_ms=1)
    assert entry.run_id == handled.run_id != old.run_id
    assert (entry.carried.retry_of, entry.carried.retries) == (old.run_id, 1)
    assert (entry.carried.attempts, entry.carried.waits, entry.carried.hosts) == (0, 0, ())
    assert entry.carried.first_at == int(entry_id.partition("-")[0])
    assert await probe.events() == ["dead", "retried"]
    told = list((await probe.stream(link.names.events)).values())[-1]
    assert (told["run"], told["worker"]) == (old.run_id.encode(), b"alice@desk")
    assert json.loads(told["detail"]) == {"as": handled.run_id}


async def test_a_letter_of_a_retry_says_whose(link, me, dying, act):
    letter_id = await dying.letter()
    first = await dead.letter_of(link, letter_id)
    runs = [first.run_id]
    for retries in (1, 2):
        await retry(link, [letter_id], act)
        (entry,) = await intake.read(me, 1, block_ms=1)
        await settle(me, await lease.take(me, entry, {}), Retry(0, NOT_FOUND))
        await intake.promote_due(link, 1)
        (entry,) = await intake.read(me, 1, block_ms=1)
        await settle(me, await lease.take(me, entry, {}), Dead(NOT_FOUND))
        (letter,) = (await dead.look(link, count=5)).letters
        assert (letter.carried.retry_of, letter.carried.retries) == (runs[-1], retries)
        runs.append(letter.run_id)
        letter_id = letter.letter_id
    assert len(set(runs)) == 3


async def test_a_poisoned_job_is_counted_anew(link, me, other, probe, dying, act):
    """The pending list and the run's hash count its deliveries; both are other ones now."""
    (entry_id,) = await produce.push(link, [BATCH])
    (entry,) = await intake.read(me, 1, block_ms=1)
    for holder in (other, me, other):
        await probe.age(entry_id)
        (entry,) = await probe.taken_over(holder, 1)
    held = await lease.take(other, entry, {})
    assert held.deliveries == 4
    await settle(other, held, Dead(Failure("poisoned", "x", "y")))
    await retry(link, (await dead.select(link)).ids, act)
    (entry,) = await intake.read(me, 1, block_ms=1)
    again = await lease.take(me, entry, {})
    assert (again.deliveries, again.attempts) == (1, 0)
    # Who still believes to hold the run that died changes nothing, and its hash stays as it was.
    assert await settle(other, held, Done()) is Verdict.ALREADY
    assert (await probe.job(held.run_id))["state"] == "dead"
    assert await settle(me, again, Done()) is Verdict.SETTLED


async def test_of_several_who_ask_one_moves_a_letter(link, dying, probe, act):
    letter_id = await dying.letter()
    (first,) = await retry(link, [letter_id], act)
    assert first.fate is Fate.RETRIED
    after = await everything(link)
    for act_again in (retry, drop, retry):
        assert await act_again(link, [letter_id], Act("bob@desk")) == [
            Handled(letter_id, Fate.GONE)
        ]
    assert await everything(link) == after


@pytest.mark.parametrize("action", [retry, drop])
async def test_an_id_that_is_named_twice_counts_once(link, dying, probe, act, action):
    letter_id = await dying.letter()
    handled = await action(link, [letter_id, letter_id, "1-0"], act)
    assert [one.fate for one in handled][1:] == [Fate.GONE, Fate.GONE]
    assert len(await probe.stream()) == (action is retry)
    (event,) = await audit.read(link, count=5)
    assert (event.count, event.ids) == (1, (letter_id,))


async def test_a_cut_job_stays_and_the_others_go(link, dying, probe, act):
    cut = await dying.letter(b"x" * (MAX_JOB_BYTES + 1), BAD)
    whole = await dying.letter(b"x" * MAX_JOB_BYTES, BAD)
    small = await dying.letter()
    handled = await retry(link, [cut, whole, small], act)
    assert [one.fate for one in handled] == [Fate.CUT, Fate.RETRIED, Fate.RETRIED]
    assert [len(one["job"]) for one in (await probe.stream()).values()] == [
        MAX_JOB_BYTES,
        len(BATCH),
    ]
    (letter,) = (await dead.look(link, count=5)).letters
    assert (letter.letter_id, letter.is_cut, len(letter.job)) == (cut, True, KEPT_OF_LARGE_JOB)
    (event,) = await audit.read(link, count=5)
    assert event.ids == (whole, small)
    assert await drop(link, [cut], act) == [Handled(cut, Fate.DROPPED)]


@pytest.mark.parametrize(
    "fields",
    [
        ["dead", "{"],
        ["dead", '{"run":7,"job_bytes":"many"}', "cs", "[]", "job", "{}"],
        ["cs", '{"run":null,"retries":{}}', "dead", "null"],
        ["dead", "[" * 50_000, "cs", "\ufffd", "job", "{}", "job", "{}"],
    ],
)
async def test_a_letter_that_a_person_wrote_can_be_retried_and_dropped(
    link, me, probe, act, fields
):
    for action, expected in ((retry, Fate.RETRIED), (drop, Fate.DROPPED)):
        letter_id = (await link.command("XADD", link.names.dead, "*", *fields)).decode()
        assert [one.fate for one in await action(link, [letter_id], act)] == [expected]
    (entry,) = await intake.read(me, 5, block_ms=1)
    assert (entry.carried.retry_of, entry.carried.retries) == ("", 1)
    assert entry.job == (b"{}" if "job" in fields else None)
    assert await probe.dead() == []


async def test_very_many_fields_come_back_as_far_as_entries_have_room(link, probe, act):
    fields = [word for number in range(20_000) for word in (f"f{number}", "x")]
    letter = ("XADD", link.names.dead, "*", "dead", '{"reason":"x"}', *fields, "job", BATCH)
    letter_id = (await link.command(*letter)).decode()
    assert [one.fate for one in await retry(link, [letter_id], act)] == [Fate.RETRIED]
    (entry,) = (await probe.stream()).values()
    assert (entry["job"], entry["f0"], len(entry)) == (BATCH, b"x", 501)


async def test_many_go_in_their_order_a_chunk_at_a_time(link, dying, probe, act):
    ids = await dying.many(250)
    handled = await retry(link, ids, act)
    assert [one.letter_id for one in handled] == ids
    entries = await probe.stream()
    assert [f"clips/{entry_id}" for entry_id in entries] == [one.run_id for one in handled]
    channels = [json.loads(entry["job"])["channel_id"] for entry in entries.values()]
    assert channels == [str(number) for number in range(250)]
    events = await audit.read(link, count=9)
    assert [event.count for event in events] == [50, 100, 100]
    (request,) = audit.requests_of(events)
    assert (request.count, request.action, request.who) == (250, "dead retry", "alice@desk")


async def test_an_interruption_says_how_far_it_came_and_the_rest_can_be_done(
    link, dying, act, monkeypatch
):
    ids = await dying.many(250)
    run = dead_actions.lua.run
    calls = []

    async def lost_answer(*arguments):
        calls.append(arguments)
        reply = await run(*arguments)
        if len(calls) == 2:
            raise RedisUnavailable("Redis at x: it closed the connection")
        return reply

    monkeypatch.setattr(dead_actions.lua, "run", lost_answer)
    with pytest.raises(RedisUnavailable, match=r"of 250 letters the first 100 .* the next 100 may"):
        await drop(link, ids, act)
    handled = await drop(link, ids, act)
    assert [one.fate for one in handled].count(Fate.GONE) == 200
    assert [one.fate for one in handled].count(Fate.DROPPED) == 50
    assert await dead.count(link) == 0


@pytest.mark.parametrize("key", ["stream", "audit"])
async def test_where_something_is_in_the_way_nothing_is_moved(link, dying, probe, act, key):
    letter_id = await dying.letter()
    await link.command("DEL", getattr(link.names, key))
    await link.command("SET", getattr(link.names, key), "somebody's own")
    with pytest.raises(UsageError, match="something else"):
        await retry(link, [letter_id], act)
    assert len(await probe.dead()) == 1
    await link.command("DEL", getattr(link.names, key))
    assert await probe.stream(link.names.audit) == {}
    assert await probe.stream() == {}


async def test_a_full_server_refuses_before_anything_changes(link, dying, probe, act):
    letter_id = await dying.letter()
    before = await everything(link)
    async with full_memory(link):
        with pytest.raises(RedisUnavailable, match="memory is full"):
            await retry(link, [letter_id], act)
    assert await everything(link) == before
    assert (await retry(link, [letter_id], act))[0].fate is Fate.RETRIED


async def test_events_that_cannot_be_written_stop_nothing(link, dying, act):
    ids = [await dying.letter(), await dying.letter()]
    await link.command("SET", link.names.events, "somebody's own")
    assert (await retry(link, ids[:1], act))[0].fate is Fate.RETRIED
    assert (await drop(link, ids[1:], act))[0].fate is Fate.DROPPED


async def test_a_drop_is_told(link, dying, probe, act):
    letter_id = await dying.letter()
    run_id = (await dead.letter_of(link, letter_id)).run_id
    assert await drop(link, [letter_id], act) == [Handled(letter_id, Fate.DROPPED)]
    told = list((await probe.stream(link.names.events)).values())[-1]
    assert (told["event"], told["run"], told["worker"]) == (
        b"dropped",
        run_id.encode(),
        b"alice@desk",
    )


async def test_ids_are_looked_at_before_anything_is_done(link, dying, probe, act):
    letter_id = await dying.letter()
    for action in (retry, drop):
        with pytest.raises(UsageError, match="x is no dead letter's id"):
            await action(link, [letter_id, "x"], act)
    assert len(await probe.dead()) == 1
