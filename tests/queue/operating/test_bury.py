"""Entries that a person buries are dead letters, wherever they were; holders hear of it."""

from __future__ import annotations

import pytest

from clipsaver.queue import intake, lease, produce
from clipsaver.queue.cancelled import FROM_THE_FIRST, hear_of_cancelled
from clipsaver.queue.operating import audit
from clipsaver.queue.operating.audit import Act
from clipsaver.queue.operating.bury import Buried, Fate, bury
from clipsaver.queue.operating.dead_letters import dead
from clipsaver.queue.operating.dead_letters.advice import Prospect, advice
from clipsaver.queue.operating.dead_letters.dead_actions import retry
from clipsaver.queue.outcomes import Verdict, settle
from clipsaver.queue.policy import Done
from clipsaver.queue.produce import JobState
from tests.queue.operating.test_cancel import held, put_off, retried, unread, waiting
from tests.queue.operating.test_pending import all_pages
from tests.queue.probe import BATCH

ACT = Act("alice@desk", what="--guild 1", why="the wrong channel")


@pytest.mark.parametrize("where", [held, waiting, unread, retried, put_off])
async def test_it_is_a_letter_and_nothing_else(link, me, probe, where):
    run_id = await where(link, me, probe)
    (one,) = await all_pages(link)
    (buried,) = await bury(link, ACT, [one])
    (letter,) = (await dead.look(link, count=5)).letters
    assert buried == Buried(run_id, Fate.BURIED, letter.letter_id, was_held=where is held)
    assert await all_pages(link) == []
    for key in (link.names.delayed, link.names.line, link.names.lock(2)):
        assert await link.command("EXISTS", key) == 0
    assert (letter.run_id, letter.death.run, letter.job) == (run_id, run_id, BATCH)
    assert (letter.death.reason, letter.group) == ("buried", "buried")
    assert letter.death.error == "buried by alice@desk: the wrong channel"
    assert letter.death.attempts == (where is retried)
    assert advice(letter).prospect is Prospect.TRY
    status = await produce.job_status(link, run_id)
    assert (status.state, status.reason) == (JobState.DEAD, "buried")
    assert (await probe.events())[-1] == "dead"
    heard = await hear_of_cancelled(link, FROM_THE_FIRST, block_ms=1)
    assert heard.runs == ((run_id,) if where is held else ())
    (event,) = await audit.read(link, count=5)
    assert (event.action, event.why, event.ids) == ("pending bury", ACT.why, (run_id,))


async def test_the_holder_settles_nothing_and_loses_the_lease(link, me, probe):
    taken = await probe.taken(me)
    await bury(link, ACT, await all_pages(link))
    assert await lease.renew(me, [taken]) == [taken]
    assert await settle(me, taken, Done()) is Verdict.LOST
    assert await dead.count(link) == 1


async def test_a_buried_job_can_be_retried_as_it_was(link, me, probe):
    await link.command("XADD", link.names.stream, "*", "job", BATCH, "mine", "yes")
    await bury(link, ACT, await all_pages(link))
    (letter,) = (await dead.look(link, count=5)).letters
    assert letter.fields == {"mine": "yes"}
    await retry(link, [letter.letter_id], ACT)
    (entry,) = (await probe.stream()).values()
    assert (entry["job"], entry["mine"]) == (BATCH, b"yes")


async def test_what_moved_or_lost_its_body_is_left_alone(link, me, probe):
    moved, bodiless = [await probe.taken(me) for _ in range(2)]
    seen = await all_pages(link)
    await settle(me, moved, Done())
    await link.command("XDEL", link.names.stream, bodiless.entry.entry_id)
    fates = {one.run_id: one.fate for one in await bury(link, ACT, seen)}
    assert fates == {moved.run_id: Fate.MOVED, bodiless.run_id: Fate.GONE}
    assert await dead.count(link) == 0
    assert await audit.read(link, count=5) == ()


async def test_a_large_job_is_cut_as_by_a_worker(link):
    job = b'{"type":"message","x":"' + b"x" * 300_000 + b'"}'
    await link.command("XADD", link.names.stream, "*", "job", job)
    await bury(link, ACT, await all_pages(link))
    (letter,) = (await dead.look(link, count=5)).letters
    assert len(letter.job) == 65_536
    assert letter.is_cut


async def test_without_a_group_nothing_is_changed(link, me, probe):
    await probe.taken(me)
    seen = await all_pages(link)
    await link.command("DEL", link.names.stream)
    assert [one.fate for one in await bury(link, ACT, seen)] == [Fate.MOVED]
    assert await bury(link, ACT, []) == []
    assert await dead.count(link) == 0


async def test_of_two_who_bury_the_same_one_does(link, me, probe):
    await intake.ensure_group(link)
    await produce.push(link, [BATCH])
    seen = await all_pages(link)
    fates = [(await bury(link, ACT, seen))[0].fate for _ in range(2)]
    assert fates == [Fate.BURIED, Fate.MOVED]
    assert await dead.count(link) == 1


async def test_what_is_named_twice_is_one_letter(link, me, probe):
    await probe.taken(me)
    await put_off(link, me, probe)
    seen = await all_pages(link)
    fates = [one.fate for one in await bury(link, ACT, [*seen, *seen])]
    assert fates == [Fate.BURIED, Fate.BURIED, Fate.MOVED, Fate.MOVED]
    assert await dead.count(link) == 2
