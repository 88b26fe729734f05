"""Pictures of what is purged: stored, replaced, being made, and where their storage is away."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any, TypeVar

import pytest
import trio

from clipsaver.database.purging.clips import delete_with_theirs
from clipsaver.database.thumbnails.claims import Claim, ClaimLost
from clipsaver.database.thumbnails.files import forget_files, take_files
from clipsaver.database.thumbnails.results import RESERVED_MINUTES, reserve_files
from clipsaver.records import Purge, PurgeCounts, PurgeScope, PurgeStage, PurgeTarget
from clipsaver.thumbnails.errors import StorageUnavailable
from clipsaver.thumbnails.ladder import Source
from clipsaver.thumbnails.making import Made
from clipsaver.thumbnails.outbox import delete_due_files
from clipsaver.thumbnails.picture.found import Cost, Picture, Still
from clipsaver.thumbnails.storage import Storage
from clipsaver.thumbnails.storage.keys import key_ranges
from clipsaver.worker.thumbnailing import recording
from tests.database.making import a_clip, commit_pages
from tests.database.thumbnails.stage import pass_by
from tests.purging.world import (
    ANN,
    SIBLING,
    Conn,
    World,
    a_page_of,
    clips_of,
    give_pictures,
    keys_of,
    until_waited_for,
    without,
)

_T = TypeVar("_T")
OF_SIBLING = PurgeTarget(PurgeScope.CHANNEL, channel_id=SIBLING)
NEW = f"{SIBLING * 1000 + 500}-1"


async def add_new_clip(world: World, conn: Conn) -> Claim:
    """A clip that a worker is at, which has no picture yet."""
    await world.add_run(conn, "s/new", SIBLING)
    clip = a_clip(SIBLING * 1000 + 500, channel_id=SIBLING, author_id=ANN)
    await commit_pages(conn, [a_page_of(SIBLING, clip, run="s/new")])
    (claimed,) = await world.claim(conn)
    assert claimed.claim.clip_id == NEW
    return claimed.claim


class Slow:
    """A storage that keeps what is put there back until it is told to store it."""

    def __init__(self, storage: Storage) -> None:
        self._storage = storage
        self.is_asked, self.goes_on = trio.Event(), trio.Event()

    async def put(self, key: str, content: bytes, content_type: str) -> None:
        self.is_asked.set()
        await self.goes_on.wait()
        await self._storage.put(key, content, content_type)


def made() -> Made:
    still = Still(320, 180, b"a picture")
    picture = Picture(still, still, 0.0, is_flat=False, facts=None, cost=Cost(1, 1, 1))
    return Made(picture, Source.DECODE, requests=1, bytes_read=1)


async def test_a_picture_that_arrives_during_the_purge_is_deleted_with_the_rest(
    world: World,
) -> None:
    before = await world.stored()
    lost: list[ClaimLost] = []

    async def with_database(do: Callable[[Any], Awaitable[_T]]) -> _T:
        async with world.conn() as conn:
            return await do(conn)

    async def keep(storage: Any, claim: Claim) -> None:
        try:
            await recording.keep(storage, with_database, claim, made())
        except ClaimLost as error:
            lost.append(error)

    async with world.conn() as conn:
        claim = await add_new_clip(world, conn)
    with trio.fail_after(20):
        async with world.open_storage() as storage, trio.open_nursery() as nursery:
            slow = Slow(storage)
            nursery.start_soon(keep, slow, claim)
            await slow.is_asked.wait()
            purge = await world.purge(OF_SIBLING)
            # All is deleted but what may still arrive, which it does not wait for.
            assert (purge.stage, purge.files_left, purge.error) == (PurgeStage.FILES, 2, None)
            assert (await world.stored()).outbox == set(keys_of(NEW))
            slow.goes_on.set()
    assert lost
    assert (await world.stored()).files > without(before, clips_of(SIBLING)).files
    purge = await world.carry_out(purge)
    assert (purge.stage, purge.files_left) == (PurgeStage.DONE, 0)
    assert purge.deleted.files == 2 * (len(clips_of(SIBLING)) + 1)
    left = await world.stored()
    assert (left.files, left.outbox) == (without(before, clips_of(SIBLING)).files, set())


async def test_what_a_worker_stored_that_died_is_deleted_when_it_is_due(world: World) -> None:
    async with world.conn() as conn, world.open_storage() as storage:
        claim = await add_new_clip(world, conn)
        await reserve_files(conn, claim, keys_of(NEW))
        await storage.put(keys_of(NEW)[0], b"a picture", "image/webp")
        purge = await world.purge(OF_SIBLING)
        assert (purge.stage, purge.files_left) == (PurgeStage.FILES, 2)
        assert (await world.carry_out(purge)).files_left == 2
        await pass_by(conn, f"{RESERVED_MINUTES} minutes")
    assert (await world.carry_out(purge)).stage is PurgeStage.DONE
    assert NEW not in {key[3:].rpartition("-small")[0] for key in (await world.stored()).files}


async def test_no_key_is_announced_for_a_clip_whose_end_is_decided(world: World) -> None:
    ends: list[str] = []

    async def reserve(claim: Claim) -> None:
        async with world.conn() as conn:
            with pytest.raises(ClaimLost):
                await reserve_files(conn, claim, keys_of(NEW))
            ends.append("lost")

    async with world.conn() as conn:
        claim = await add_new_clip(world, conn)
        with trio.fail_after(20):
            async with trio.open_nursery() as nursery, conn.transaction():
                await delete_with_theirs(conn, [NEW], key_ranges=key_ranges)
                nursery.start_soon(reserve, claim)
                await until_waited_for(conn)
                assert not ends
    assert ends == ["lost"]
    assert (await world.stored()).outbox == set()


async def test_a_key_that_is_being_announced_is_waited_for_and_found(world: World) -> None:
    purges: list[Purge] = []

    async def purge() -> None:
        purges.append(await world.purge(OF_SIBLING))

    async with world.conn() as conn:
        claim = await add_new_clip(world, conn)
        with trio.fail_after(20):
            async with trio.open_nursery() as nursery, conn.transaction():
                await reserve_files(conn, claim, keys_of(NEW))
                nursery.start_soon(purge)
                await until_waited_for(conn)
                assert not purges
    assert (purges[0].stage, purges[0].files_left) == (PurgeStage.FILES, 2)
    found = await world.rows(
        "select storage_key, purge_id, stored from file_outbox order by 1 desc"
    )
    assert found == [(key, purges[0].purge_id, False) for key in keys_of(NEW)]


async def at_files(purge: Purge) -> bool:
    return purge.stage is PurgeStage.FILES


async def test_pictures_of_earlier_claims_are_found_by_the_clip(world: World) -> None:
    """One was replaced, and can be read for a while; another is of a claim that was lost."""
    clip_id = f"{SIBLING * 1000}-1"
    async with world.conn() as conn, world.open_storage() as storage:
        again = "update clips set thumbnail_state = 'pending' where clip_id = %s"
        await conn.execute(again, [clip_id])
        (claimed,) = await world.claim(conn, token=6)
        await give_pictures(conn, claimed)
        await conn.execute(again, [clip_id])
        (claimed,) = await world.claim(conn, token=7)
        await reserve_files(conn, claimed.claim, keys_of(clip_id, 7))
        for key in (*keys_of(clip_id, 6), *keys_of(clip_id, 7)):
            await storage.put(key, b"a picture", "image/webp")
        await conn.execute("update clips set thumbnail_token = 8 where clip_id = %s", [clip_id])
        # Of another clip with a similar name.
        other = keys_of("1" + clip_id)
        await conn.execute(
            "insert into file_outbox (storage_key, due_at) values (%s, now() + interval '1 day')",
            [other[0]],
        )
        purge = await world.carry_out(await world.ask(OF_SIBLING), after_step=at_files)
        due = await world.rows("select storage_key from file_outbox where due_at <= now()")
        assert {key for (key,) in due} > {*keys_of(clip_id, 5), *keys_of(clip_id, 6)}
        purge = await world.carry_out(purge)
        assert (purge.stage, purge.files_left) == (PurgeStage.FILES, 2)
        left = await world.stored()
        assert left.outbox == {*keys_of(clip_id, 7), other[0]}
        assert left.files & {*keys_of(clip_id, 5), *keys_of(clip_id, 6)} == set()
        await pass_by(conn, f"{RESERVED_MINUTES} minutes")
    assert (await world.carry_out(purge)).stage is PurgeStage.DONE
    assert (await world.stored()).outbox == {other[0]}


class Ailing:
    """A storage that is away after so many deletions."""

    def __init__(self, storage: Storage, works_for: int) -> None:
        self._storage = storage
        self._left = works_for

    async def delete(self, key: str) -> None:
        self._left -= 1
        if self._left < 0:
            raise StorageUnavailable("the bucket is away")
        await self._storage.delete(key)


def ailing(world: World, works_for: int) -> Callable[[], AbstractAsyncContextManager[Any]]:
    @asynccontextmanager
    async def opened() -> AsyncIterator[Any]:
        async with world.open_storage() as storage:
            yield Ailing(storage, works_for)

    return opened


async def test_a_storage_that_is_away_is_told_and_tried_again(world: World) -> None:
    before = await world.stored()
    expected = without(before, clips_of(SIBLING))
    purge = await world.ask(OF_SIBLING)
    purge = await world.carry_out(purge, storage=ailing(world, 3))
    assert (purge.stage, purge.deleted.files, purge.files_left) == (PurgeStage.FILES, 3, 5)
    assert purge.error == "the bucket is away"
    purge = await world.carry_out(purge, storage=ailing(world, 1))
    assert (purge.deleted.files, purge.files_left) == (4, 4)
    assert (await world.stored()).clips == expected.clips

    @asynccontextmanager
    async def shut() -> AsyncIterator[Any]:
        raise StorageUnavailable("there is no such folder on this machine")
        yield

    purge = await world.carry_out(purge, storage=shut)
    assert purge.error == "there is no such folder on this machine"
    # What was put off for it is not waited for: somebody says that it is there again.
    purge = await world.carry_out(purge)
    assert (purge.stage, purge.error, purge.deleted.files) == (PurgeStage.DONE, None, 8)
    assert (await world.stored()).files == expected.files


async def test_what_others_delete_meanwhile_counts_too(world: World) -> None:
    """As the sweep of a worker does, which takes all files that are due."""
    purge = await world.carry_out(await world.ask(OF_SIBLING), storage=ailing(world, 0))
    async with world.conn() as conn:
        await pass_by(conn, "1 day")
    async with world.open_storage() as storage:
        assert (await delete_due_files(world.database, storage, dice=lambda: 0.0)).files == 8
    purge = await world.carry_out(purge)
    assert (purge.stage, purge.deleted) == (PurgeStage.DONE, PurgeCounts(4, 3, 8, 0, files=8))


async def test_files_that_a_driver_took_who_died_are_deleted_by_the_next(world: World) -> None:
    purge = await world.carry_out(await world.ask(OF_SIBLING), storage=ailing(world, 0))
    async with world.conn() as conn:
        await pass_by(conn, "1 day")
        assert len(await take_files(conn, limit=99)) == 8
    assert (await world.carry_out(purge)).stage is PurgeStage.DONE


async def test_who_says_that_files_are_gone_holds_up_no_step_that_took_them_over(
    world: World,
) -> None:
    """Nobody waits for a purge's row with files that its steps may want."""
    purge = await world.ask(OF_SIBLING)
    async with world.conn() as first, world.conn() as step, world.conn() as conn:
        added = await conn.execute(
            "insert into file_outbox (storage_key) select k::text from generate_series(1, 3) k "
            "returning file_id"
        )
        held, taken_over, wanted = sorted(row[0] for row in await added.fetchall())
        with trio.fail_after(20):
            async with trio.open_nursery() as nursery:
                async with first.transaction():
                    lock = "select from file_outbox where file_id = %s for update"
                    await first.execute(lock, [held])
                    nursery.start_soon(forget_files, conn, [held, taken_over, wanted])
                    await until_waited_for(first)
                    await step.execute(
                        "update file_outbox set purge_id = %s where file_id = %s",
                        [purge.purge_id, taken_over],
                    )
                    await step.execute("begin")
                    await step.execute("select from purges for update")
                await until_waited_for(step)
                await step.execute(lock, [wanted])
                assert await world.rows("select file_id from file_outbox") == [(taken_over,)]
                await step.execute("commit")
    assert await world.rows("select files from purges") == [(1,)]
    assert (await world.stored()).outbox == set()
