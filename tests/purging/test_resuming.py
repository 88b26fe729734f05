"""A purge ends the same however often who carries it out dies, and with several at once."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
import trio

from clipsaver.database.purging import steps
from clipsaver.purging import driving
from clipsaver.records import Purge, PurgeCounts, PurgeScope, PurgeStage, PurgeTarget
from clipsaver.trio_io.postgres import TrioConnection
from tests.database.making import a_clip, commit_pages
from tests.purging.world import (
    ABROAD,
    ANN,
    CHANNEL,
    GUILD,
    SIBLING,
    THREAD,
    World,
    a_page_of,
    clips_of,
    without,
)

TARGETS = {
    "guild": PurgeTarget(PurgeScope.GUILD, GUILD),
    "channel": PurgeTarget(PurgeScope.CHANNEL, channel_id=CHANNEL),
    "author": PurgeTarget(PurgeScope.AUTHOR, GUILD, author_id=ANN),
    "messages": PurgeTarget(
        PurgeScope.MESSAGES,
        channel_id=CHANNEL,
        message_ids=tuple(range(CHANNEL * 1000, CHANNEL * 1000 + 4)),
    ),
}
GONE = {
    "guild": clips_of(CHANNEL, THREAD, SIBLING),
    "channel": clips_of(CHANNEL, THREAD),
    "author": clips_of(CHANNEL, THREAD, SIBLING, authors=(ANN,)),
    "messages": clips_of(CHANNEL),
}
BARE = {
    "guild": {GUILD, CHANNEL, THREAD, SIBLING},
    "channel": {CHANNEL, THREAD},
    "author": set[int](),
    "messages": set[int](),
}


@pytest.fixture(autouse=True)
def small_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two clips, one channel or three files at once: many steps for a small world."""
    monkeypatch.setattr(steps, "CHANNELS_AT_ONCE", 1)
    monkeypatch.setattr(driving, "_CLIPS_AT_ONCE", 2)
    monkeypatch.setattr(driving, "_MOST_CLIPS_AT_ONCE", 2)
    monkeypatch.setattr(driving, "_FILES_AT_ONCE", 3)


async def check_end(world: World, before: Any, name: str, purge: Purge) -> None:
    bare = BARE[name]
    assert await world.stored() == without(
        before,
        GONE[name],
        covered=before.covered - bare,
        denied=before.denied - bare,
        named=before.named - bare,
    )
    found = purge.found
    assert found is not None
    assert found.clips == len(GONE[name])
    assert (purge.stage, purge.left) == (PurgeStage.DONE, PurgeCounts())
    deleted = purge.deleted
    assert (deleted.clips, deleted.messages, deleted.pictures, deleted.files) == (
        *(found.clips, found.messages, found.pictures, found.pictures),
    )


@pytest.mark.parametrize("name", TARGETS)
async def test_another_goes_on_after_each_step(world: World, name: str) -> None:
    before = await world.stored()
    purge = await world.ask(TARGETS[name])
    seen = list[tuple[PurgeStage, PurgeCounts]]()

    async def always(purge: Purge) -> bool:
        seen.append((purge.stage, purge.deleted))
        return True

    for number in range(200):
        if purge.stage is PurgeStage.DONE:
            break
        purge = await world.carry_out(purge, after_step=always, driver=f"driver {number}")
        held = await world.rows("select driven_by from purges")
        assert held == [(None,)], "others may go on at once"
    assert {stage for stage, _ in seen} == set(PurgeStage)
    assert len({deleted for _, deleted in seen}) > 4
    await check_end(world, before, name, purge)


class Dying:
    """Counts statements, and cancels who sends one too many: in the middle of it."""

    def __init__(self) -> None:
        self._left = 0
        self._scope = trio.CancelScope()

    @contextmanager
    def after(self, statements: int) -> Iterator[trio.CancelScope]:
        self._left = statements
        with trio.CancelScope() as self._scope:
            yield self._scope
        self._left = 0

    def sends_one(self) -> None:
        if self._left:
            self._left -= 1
            if not self._left:
                self._scope.cancel()


@pytest.fixture
def dying(monkeypatch: pytest.MonkeyPatch) -> Dying:
    counts = Dying()
    execute = TrioConnection.execute

    async def counted(conn: Any, *query: Any, **options: Any) -> Any:
        counts.sends_one()
        return await execute(conn, *query, **options)

    monkeypatch.setattr(TrioConnection, "execute", counted)
    return counts


@pytest.mark.parametrize("name", ["guild", "author"])
async def test_one_that_dies_at_any_statement_leaves_it_to_the_next(
    world: World, dying: Dying, name: str
) -> None:
    """Each lives for a statement longer than the one before, until it is over."""
    before = await world.stored()
    purge = await world.ask(TARGETS[name])
    deaths = 0
    with trio.fail_after(60):
        while purge.stage is not PurgeStage.DONE:
            with dying.after(deaths % 40 + 1) as scope:
                purge = await world.carry_out(purge, driver=f"driver {deaths}")
            deaths += scope.cancelled_caught
    assert deaths > 15
    await check_end(world, before, name, purge)


@pytest.mark.parametrize("name", ["guild", "channel"])
async def test_several_at_once_do_it_once(world: World, name: str) -> None:
    before = await world.stored()
    asked = await world.ask(TARGETS[name])
    ends: list[Purge] = []

    async def carry_out(driver: str) -> None:
        ends.append(await world.carry_out(asked, driver=driver))

    with trio.fail_after(60):
        async with trio.open_nursery() as nursery:
            for number in range(3):
                nursery.start_soon(carry_out, f"driver {number}")
    # One may have left while another still deleted the last files, but not all of them.
    (purge, *_) = [end for end in ends if end.stage is PurgeStage.DONE]
    await check_end(world, before, name, purge)


async def test_what_is_there_again_when_all_was_deleted_goes_too(world: World) -> None:
    """Nothing should be: the proof is not a formality all the same."""
    purge = await world.ask(TARGETS["guild"])
    async with world.conn() as conn:
        await world.add_run(conn, "s/new", SIBLING)

        async def sneak_in(purge: Purge) -> bool:
            ((place,),) = await world.rows("select place from purges")
            if "check" in (place or "") and not sneaked:
                sneaked.append(purge.deleted)
                clip = a_clip(SIBLING * 1000 + 1, channel_id=SIBLING, author_id=ANN)
                await commit_pages(conn, [a_page_of(SIBLING, clip, run="s/new", epoch=1)])
            return False

        sneaked = list[PurgeCounts]()
        purge = await world.carry_out(purge, after_step=sneak_in)
    assert [counts.clips for counts in sneaked] == [13]
    assert purge.deleted.clips == 14
    assert purge.left == PurgeCounts()
    assert (await world.stored()).clips == clips_of(ABROAD)


async def test_asked_for_once_more_it_begins_anew_and_loses_nothing(world: World) -> None:
    before = await world.stored()
    asked = await world.ask(TARGETS["guild"])

    async def in_the_middle(purge: Purge) -> bool:
        return purge.deleted.clips >= 4

    halfway = await world.carry_out(asked, after_step=in_the_middle)
    again = await world.ask(TARGETS["guild"])
    assert again.purge_id == asked.purge_id
    assert (again.stage, again.deleted) == (PurgeStage.FENCE, halfway.deleted)
    assert again.asked_at > asked.asked_at
    purge = await world.carry_out(asked)
    await check_end(world, before, "guild", purge)
    assert await world.rows("select distinct epoch from channels where guild_id = %s", GUILD) == [
        (2,)
    ]
    assert (await world.ask(TARGETS["guild"])).purge_id != asked.purge_id


async def test_who_began_a_step_before_it_began_anew_changes_nothing(world: World) -> None:
    asked = await world.ask(TARGETS["guild"])

    async def asks_again(purge: Purge) -> bool:
        if purge.stage is PurgeStage.ROWS and not times:
            times.append(purge.asked_at)
            await world.ask(TARGETS["guild"])
        return False

    times: list[Any] = []
    purge = await world.carry_out(asked, after_step=asks_again)
    assert (purge.stage, purge.found, purge.deleted.clips) == (
        *(PurgeStage.DONE, PurgeCounts(13, 10, 26), 13),
    )
    assert await world.rows("select distinct epoch from channels where guild_id = %s", GUILD) == [
        (2,)
    ]


async def test_one_that_was_forgotten_is_left_alone(world: World) -> None:
    asked = await world.ask(TARGETS["guild"])
    async with world.conn() as conn:
        await conn.execute("delete from purges")
    assert await world.carry_out(asked) == asked
