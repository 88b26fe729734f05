"""An entry is taken from its holder: nothing is lost, and the holder changes nothing any more."""

from __future__ import annotations

import trio

from clipsaver.queue import intake, lease
from clipsaver.queue.operating import audit, pending
from clipsaver.queue.operating.audit import Act
from clipsaver.queue.operating.places import Part
from clipsaver.queue.operating.release import Fate, release
from clipsaver.queue.operating.verdicts import Place
from clipsaver.queue.outcomes import Verdict, settle
from clipsaver.queue.policy import Done
from tests.queue.operating.test_pending import RULES, all_pages

ACT = Act("somebody@somewhere", what="--worker me", why="it hangs")


async def held_by(link):
    return (await pending.read_page(link, RULES, parts=[Part.HELD])).entries


async def test_a_released_entry_is_anybodys_at_once_and_its_delivery_counts(link, me, other, probe):
    taken = await probe.taken(me, channel=2)
    assert await release(link, ACT, await held_by(link)) == [Fate.RELEASED]
    (waiting,) = await all_pages(link)
    assert (waiting.verdict.place, waiting.deliveries) == (Place.WAITING, 1)
    assert await link.command("EXISTS", link.names.lock(2)) == 0
    (entry,) = (await intake.take_next(other, 5, others=5)).entries
    again = await lease.take(other, entry, {}, exclusive_channel=2)
    assert (again.locked_by, again.deliveries) == (None, 2)
    assert again.fence > taken.fence


async def test_its_holder_loses_the_lease_and_changes_nothing(link, me, probe):
    taken = await probe.taken(me, channel=2)
    await release(link, ACT, await held_by(link))
    assert await settle(me, taken, Done()) is Verdict.LOST
    assert await lease.renew(me, [taken]) == [taken]
    assert len(await all_pages(link)) == 1


async def test_the_lock_of_another_run_stays(link, me, other, probe):
    await probe.taken(other, channel=2)
    second = await probe.taken(me, channel=2)
    assert second.locked_by is not None
    mine = [one for one in await held_by(link) if one.worker == "me"]
    await release(link, ACT, mine)
    assert await link.command("EXISTS", link.names.lock(2)) == 1


async def test_of_two_who_release_at_once_one_does(link, me, probe):
    await probe.taken(me)
    seen = await held_by(link)
    fates = []

    async def one():
        fates.extend(await release(link, ACT, seen))

    async with trio.open_nursery() as nursery:
        nursery.start_soon(one)
        nursery.start_soon(one)
    assert sorted(fates) == [Fate.MOVED, Fate.RELEASED]


async def test_what_moved_or_lost_its_body_or_waits_is_left_alone(link, me, other, probe):
    moved, bodiless, waiting = [await probe.taken(me) for _ in range(3)]
    await intake.put_back(me, [waiting.entry])
    seen = await all_pages(link)
    await probe.age(moved.entry.entry_id)
    await probe.taken_over(other, 1)
    await link.command("XDEL", link.names.stream, bodiless.entry.entry_id)
    before = await probe.pending()
    fates = {
        one.entry_id: fate for one, fate in zip(seen, await release(link, ACT, seen), strict=True)
    }
    assert fates[moved.entry.entry_id] is Fate.MOVED
    assert fates[bodiless.entry.entry_id] is Fate.GONE
    assert fates[waiting.entry.entry_id] in (Fate.NOT_HELD, Fate.RELEASED)
    after = await probe.pending()
    assert after[moved.entry.entry_id].consumer == before[moved.entry.entry_id].consumer == "other"


async def test_it_is_on_record_with_who_and_why(link, me, probe):
    first, second = [await probe.taken(me) for _ in range(2)]
    await release(link, ACT, await held_by(link))
    await release(link, ACT, ())
    (event,) = await audit.read(link, count=10)
    assert (event.action, event.who, event.why) == ("pending release", ACT.who, "it hangs")
    assert event.ids == (first.entry.entry_id, second.entry.entry_id)
    assert (await probe.events())[-2:] == ["released"] * 2
