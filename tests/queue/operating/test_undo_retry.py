"""A retry can be undone as long as no worker has begun with it: then the letter is as it was."""

from __future__ import annotations

import pytest
import trio

from clipsaver.errors import UsageError
from clipsaver.queue import intake, lease
from clipsaver.queue.operating import audit
from clipsaver.queue.operating.dead_letters import dead
from clipsaver.queue.operating.dead_letters.dead_actions import (
    Fate,
    Handled,
    drop,
    retries_of,
    retry,
    undo_retry,
)
from clipsaver.queue.operating.release import release
from tests.queue.operating.test_pending import all_pages, put_aside
from tests.queue.probe import BATCH


async def retried(link, dying, act, **fields):
    """A letter, and the run that its retry began."""
    letter = await dead.letter_of(link, await dying.letter(**fields))
    (handled,) = await retry(link, [letter.letter_id], act)
    return letter, handled.run_id


async def unread(link, me, entry_id):
    pass


async def in_line(link, me, entry_id):
    (entry,) = await intake.read(me, 1, block_ms=1)
    await put_aside(link, entry)
    await link.command("ZADD", link.names.line, 1, entry_id)


@pytest.mark.parametrize("where", [unread, in_line])
async def test_it_is_the_letter_of_before_under_a_new_id(link, me, dying, probe, act, where):
    letter, run_id = await retried(link, dying, act, note="é")
    await where(link, me, run_id.partition("/")[2])
    assert await retries_of(link, [letter.letter_id, "9-9"]) == {letter.letter_id: run_id}
    (undone,) = await undo_retry(link, [letter.letter_id], act)
    (again,) = (await dead.look(link, count=5)).letters
    assert undone == Handled(letter.letter_id, Fate.UNDONE, now_id=again.letter_id)
    assert again.letter_id > letter.letter_id
    assert (again.death, again.carried, again.fields) == (
        letter.death,
        letter.carried,
        letter.fields,
    )
    assert again.job == BATCH
    assert await all_pages(link) == []
    assert await link.command("EXISTS", link.names.line) == 0
    assert (await probe.events())[-1] == "retry_undone"
    event, _ = await audit.read(link, count=5)
    assert (event.action, event.who, event.ids) == ("dead undo", act.who, (letter.letter_id,))


async def begun(link, me, entry):
    assert await lease.take(me, entry, {}) is not None


async def read_only(link, me, entry):
    """A worker has been given it, and has not begun yet."""


async def begun_and_released(link, me, entry):
    await begun(link, me, entry)
    await release(link, ACT, await all_pages(link))


ACT = audit.Act("bob@desk")


@pytest.mark.parametrize("how", [begun, read_only, begun_and_released])
async def test_what_a_worker_has_taken_goes_on(link, me, dying, act, how):
    letter, _ = await retried(link, dying, act)
    (entry,) = await intake.read(me, 1, block_ms=1)
    await how(link, me, entry)
    assert await undo_retry(link, [letter.letter_id], act) == [
        Handled(letter.letter_id, Fate.BEGUN)
    ]
    assert len(await all_pages(link)) == 1
    assert await dead.count(link) == 0


async def test_it_is_undone_once_whoever_asks(link, dying, act):
    letter, _ = await retried(link, dying, act)
    fates = []

    async def one():
        fates.extend(one.fate for one in await undo_retry(link, [letter.letter_id] * 2, act))

    async with trio.open_nursery() as nursery:
        nursery.start_soon(one)
        nursery.start_soon(one)
    assert fates.count(Fate.UNDONE) in (1, 2)  # who asks for it twice is told so twice
    assert await dead.count(link) == 1
    assert await undo_retry(link, [letter.letter_id], act) == [Handled(letter.letter_id, Fate.GONE)]


async def test_a_letter_that_nobody_retried_or_that_was_dropped_again_is_gone(link, dying, act):
    letter_id = await dying.letter()
    assert (await undo_retry(link, [letter_id, "9-9"], act))[0].fate is Fate.GONE
    assert await dead.count(link) == 1
    letter, run_id = await retried(link, dying, act)
    await link.command("XDEL", link.names.stream, run_id.partition("/")[2])
    assert (await undo_retry(link, [letter.letter_id], act))[0].fate is Fate.GONE
    await drop(link, [letter_id], act)
    with pytest.raises(UsageError, match="no dead letter's id"):
        await undo_retry(link, ["mine"], act)


async def test_a_letter_can_be_retried_and_undone_again_and_again(link, dying, act):
    letter_id = await dying.letter()
    for _ in range(3):
        await retry(link, [letter_id], act)
        ((one),) = await undo_retry(link, [letter_id], act)
        letter_id = one.now_id
    (letter,) = (await dead.look(link, count=5)).letters
    assert (letter.letter_id, letter.carried.retries) == (letter_id, 0)


async def test_what_cannot_be_put_on_record_can_be_undone_later(link, dying, act):
    letter, run_id = await retried(link, dying, act)
    await link.command("RENAME", link.names.audit, "mine")
    await link.command("SET", link.names.audit, "somebody else's")
    with pytest.raises(UsageError):
        await undo_retry(link, [letter.letter_id], act)
    assert await retries_of(link, [letter.letter_id]) == {letter.letter_id: run_id}
    await link.command("RENAME", "mine", link.names.audit)
    assert (await undo_retry(link, [letter.letter_id], act))[0].fate is Fate.UNDONE


async def test_it_can_be_undone_for_ten_minutes(link, dying, act):
    letter, _ = await retried(link, dying, act)
    left_ms = await link.command("PTTL", link.names.retried(letter.letter_id))
    assert 590_000 < left_ms <= 600_000


async def test_without_a_group_nothing_is_changed(link, dying, act):
    letter, _ = await retried(link, dying, act)
    await link.command("DEL", link.names.stream)
    assert (await undo_retry(link, [letter.letter_id], act))[0].fate is Fate.GONE
    assert await undo_retry(link, [], act) == []
