"""Scans that run beside a purge: what they read before it does not come in after it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime

import pytest
import trio

from clipsaver.database import search_pages
from clipsaver.database.purging.clips import delete_clips, delete_with_theirs
from clipsaver.database.purging.standing import standing_of
from clipsaver.errors import EpochPassed
from clipsaver.records import PageChanges, Purge, PurgeCounts, PurgeScope, PurgeStage, PurgeTarget
from clipsaver.thumbnails.storage.keys import key_ranges
from tests.database.making import MARKS, a_clip, an_author, commit_pages, commit_search_page
from tests.database.running import running
from tests.purging.world import (
    ABROAD,
    ANN,
    BOB,
    CAT,
    CHANNEL,
    GUILD,
    OTHER_GUILD,
    SIBLING,
    Conn,
    World,
    a_hit_in,
    a_page_of,
    clips_of,
    until_waited_for,
)

OF_GUILD = PurgeTarget(PurgeScope.GUILD, GUILD)
OF_ANN = PurgeTarget(PurgeScope.AUTHOR, author_id=ANN)
NEW = SIBLING * 1000 + 500
"""A message that no page has shown yet."""


async def at_count(purge: Purge) -> bool:
    """Pauses once the fence is up."""
    return purge.stage is PurgeStage.COUNT


async def begin_run(world: World, conn: Conn, channel: int = SIBLING) -> None:
    await world.add_run(conn, "s/new", channel)


async def test_a_page_that_was_read_before_the_fence_is_refused_after_it(world: World) -> None:
    purge = await world.carry_out(await world.ask(OF_GUILD), after_step=at_count)
    async with world.conn() as conn:
        await begin_run(world, conn)
        clip = a_clip(NEW, channel_id=SIBLING, author_id=ANN)
        (fate,) = await commit_pages(conn, [a_page_of(SIBLING, clip, run="s/new")])
        assert isinstance(fate, EpochPassed)
        hit = a_hit_in(SIBLING, clip, run="s/new")
        assert isinstance(await commit_search_page(conn, [hit]), EpochPassed)
    assert (await world.carry_out(purge)).found == PurgeCounts(13, 10, 26)
    assert (await world.stored()).clips == clips_of(ABROAD)


@asynccontextmanager
async def beside(world: World, conn: Conn, purge: Purge, ended: list[Purge]) -> AsyncIterator[None]:
    """A purge is carried out until it waits for what `conn` holds, and on after the block."""

    async def carry_out() -> None:
        ended.append(await world.carry_out(purge))

    with trio.fail_after(20):
        async with trio.open_nursery() as nursery:
            nursery.start_soon(carry_out)
            await until_waited_for(conn)
            assert not ended
            yield


async def test_a_page_that_is_being_committed_is_waited_for_and_deleted(world: World) -> None:
    purge, ended = await world.ask(OF_GUILD), list[Purge]()
    async with world.conn() as conn:
        await begin_run(world, conn)
        clip = a_clip(NEW, channel_id=SIBLING, author_id=CAT)
        async with conn.transaction():
            (fate,) = await commit_pages(conn, [a_page_of(SIBLING, clip, run="s/new")])
            assert fate == PageChanges(added=1)
            async with beside(world, conn, purge, ended):
                now = await world.rows("select stage from purges")
                assert now == [("fence",)]
                await conn.execute("commit; begin")
    assert ended[0].found == PurgeCounts(14, 11, 26)
    assert (await world.stored()).clips == clips_of(ABROAD)


@pytest.mark.parametrize("is_search", [False, True])
async def test_who_opted_out_is_deleted_with_what_came_before_and_left_out_afterwards(
    world: World, is_search: bool
) -> None:
    async def commit(conn: Conn, message: int, epoch: int) -> None:
        clips = [a_clip(message + k, channel_id=SIBLING, author_id=(ANN, BOB)[k]) for k in (0, 1)]
        run = f"s/{message}"
        await world.add_run(conn, run, SIBLING)
        if is_search:
            fate = await commit_search_page(conn, [a_hit_in(SIBLING, *clips, run=run, epoch=epoch)])
        else:
            (fate,) = await commit_pages(conn, [a_page_of(SIBLING, *clips, run=run, epoch=epoch)])
        assert isinstance(fate, PageChanges)

    async with world.conn() as conn:
        await commit(conn, NEW, epoch=0)
        purge = await world.ask(OF_ANN, mark=MARKS.of(ANN))
        purge = await world.carry_out(purge, after_step=at_count)
        await commit(conn, NEW + 10, epoch=1)
    await world.carry_out(purge)
    left = await world.stored()
    assert ANN not in left.authors
    assert left.clips == {
        *clips_of(CHANNEL, 71, SIBLING, ABROAD, authors=(BOB, CAT)),
        *(f"{NEW + 1}-1", f"{NEW + 11}-1"),
    }


async def test_a_page_that_meets_authors_who_are_being_deleted_is_repeated(world: World) -> None:
    """Their rows are there for the page to see, so it writes none; then one is gone, and another.

    What it stores of them has no author then, which the database refuses; the last try brings it
    in.
    """
    dan = 903
    clips = [
        a_clip(ABROAD * 1000 + 900 + k, channel_id=ABROAD, author_id=(CAT, dan)[k]) for k in (0, 1)
    ]
    authors = (an_author(CAT), an_author(dan))
    page = a_page_of(ABROAD, *clips, run="s/new", authors=authors)
    results: list[PageChanges] = []
    async with running(world.database) as writers, world.conn() as conn, world.conn() as other:
        await begin_run(world, conn, ABROAD)
        await world.add_run(conn, "s/dan", CHANNEL)
        of_dan = a_clip(CHANNEL * 1000 + 903, channel_id=CHANNEL, author_id=dan)
        await commit_pages(conn, [a_page_of(CHANNEL, of_dan, run="s/dan")])

        async def commit() -> None:
            results.append(await writers.commit(page))

        async with trio.open_nursery() as nursery, other.transaction():
            await delete_with_theirs(other, [of_dan.clip_id], key_ranges=key_ranges)
            async with conn.transaction():
                of_cat = clips_of(CHANNEL, authors=(CAT,))
                gone = await delete_with_theirs(conn, of_cat, key_ranges=key_ranges)
                assert gone.counts.authors == 1
                nursery.start_soon(commit)
                await until_waited_for(conn)
            await until_waited_for(other)
            assert not results
    assert results == [PageChanges(added=2)]
    left = await world.stored()
    assert {CAT, dan} < left.authors
    assert {clip.clip_id for clip in clips} < left.clips


async def until_held(purge: Purge) -> bool:
    return purge.deleted.clips > 0


@pytest.mark.parametrize("is_committed", [False, True])
@pytest.mark.parametrize("name", ["user902", "renamed"])
async def test_an_author_whom_a_page_holds_is_not_waited_for_but_looked_at_again(
    world: World, name: str, is_committed: bool
) -> None:
    """By a message that refers to the author, or by writing the author's row."""
    clip = a_clip(ABROAD * 1000 + 9, channel_id=ABROAD, author_id=CAT)
    page = a_page_of(ABROAD, clip, run="s/new", authors=(an_author(CAT, username=name),))
    purge = await world.ask(PurgeTarget(PurgeScope.CHANNEL, GUILD, CHANNEL))
    async with world.conn() as conn:
        await begin_run(world, conn, ABROAD)
        await conn.execute("begin")
        await commit_pages(conn, [page])
        with trio.fail_after(20):
            purge = await world.carry_out(purge, after_step=until_held)
        assert purge.deleted == PurgeCounts(5, 4, 10, authors=0)
        assert [place for (place,) in await world.rows("select place from purges")] == [
            f'{{"channel":{CHANNEL},"message":{2**63 - 1},"clip":"~","authors":[{CAT}]}}'
        ]
        await conn.execute("commit" if is_committed else "rollback")
    purge = await world.carry_out(purge)
    assert purge.deleted.authors == int(not is_committed)
    assert (CAT in (await world.stored()).authors) == is_committed


async def test_two_purges_that_take_the_last_messages_of_one_leave_no_author(world: World) -> None:
    """Neither sees what the other has not committed yet."""
    purge = await world.ask(PurgeTarget(PurgeScope.GUILD, OTHER_GUILD))
    async with world.conn() as conn:
        async with conn.transaction():
            gone = await delete_with_theirs(
                conn, clips_of(CHANNEL, 71, SIBLING), key_ranges=key_ranges
            )
            assert gone.counts.authors == 1, "of Ann and Bob there are messages abroad"
            with trio.fail_after(20):
                purge = await world.carry_out(purge, after_step=until_held)
            assert purge.deleted.authors == 0
        await world.carry_out(purge)
    assert (await world.stored()).authors == set()


async def test_single_clips_go_with_all_that_is_theirs_and_wait_for_an_author(world: World) -> None:
    page = a_page_of(ABROAD, run="s/new", authors=(an_author(CAT, username="renamed"),))
    counts: list[PurgeCounts] = []
    mine = {*clips_of(CHANNEL, authors=(CAT,)), f"{CHANNEL * 1000}-1", "9-9"}

    async def delete() -> None:
        async with world.conn() as conn:
            counts.append(await delete_clips(conn, mine, key_ranges=key_ranges))

    async with world.conn() as conn:
        await begin_run(world, conn, ABROAD)
        with trio.fail_after(20):
            async with trio.open_nursery() as nursery, conn.transaction():
                await conn.execute(
                    "select from authors where author_id = %s for no key update", [CAT]
                )
                nursery.start_soon(delete)
                await until_waited_for(conn)
                assert not counts
                # What waits holds nothing that a page may want.
                await commit_pages(conn, [page])
                await conn.execute("select from clips for update nowait")
    assert counts == [PurgeCounts(clips=2, messages=1, pictures=4, authors=1, files=4)]
    left = await world.stored()
    assert left.clips == clips_of(CHANNEL, 71, SIBLING, ABROAD) - mine
    assert f"{CHANNEL * 1000}-2" in left.clips
    assert left.messages >= {CHANNEL * 1000}
    assert len(left.outbox) == 4
    assert await world.rows(
        "select distinct purge_id, stored, due_at <= now() from file_outbox"
    ) == [(None, True, True)]


async def test_marks_say_when_it_was_asked(world: World) -> None:
    later = datetime(2999, 1, 1, tzinfo=UTC)
    purge = await world.ask(OF_GUILD, asked_at=later)
    assert purge.asked_at == later
    assert await world.rows("select guild_id from guilds where purged_at = %s", later) == [(GUILD,)]
    purge = await world.ask(PurgeTarget(PurgeScope.CHANNEL, channel_id=SIBLING))
    assert purge.target.guild_id == GUILD
    marked = await world.rows(
        "select channel_id, purged_at from channels where purged_at > '2000-1-1'"
    )
    assert marked == [(SIBLING, purge.asked_at)]
    async with world.conn() as conn:
        at = await standing_of(conn, purge.purge_id)
    assert at is not None
    assert at.purge == purge
    # Of a channel that was never seen: whoever comes to record it finds the mark.
    purge = await world.ask(PurgeTarget(PurgeScope.CHANNEL, 99, 990))
    found = await world.rows(
        "select guild_id, type, name, purged_at, checked_at < now() - interval '1 year' "
        "from channels where channel_id = 990"
    )
    assert found == [(99, 0, None, purge.asked_at, True)]


def test_search_and_history_leave_out_by_the_same_words() -> None:
    """Both statements ask for the marks of a page's authors when they begin."""
    clip = a_clip(NEW, channel_id=SIBLING, author_id=ANN)
    query, _ = search_pages.statement([a_hit_in(SIBLING, clip)], MARKS)
    assert "opt_outs" in query
