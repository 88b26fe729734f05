"""Asking for purges, and who carries out which."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
import trio

from clipsaver.database import Database, channels
from clipsaver.database.opt_outs import opted_out
from clipsaver.database.purging.purges import (
    ask_purge,
    hold_purge,
    let_go,
    list_purges,
    note_trouble,
    prune_purges,
    purge_of_run,
    take_purge,
)
from clipsaver.database.purging.standing import standing_of
from clipsaver.errors import UsageError
from clipsaver.records import Channel, Purge, PurgeScope, PurgeStage, PurgeTarget
from clipsaver.worker import upkeep
from tests.database.making import CHANNEL, GUILD, MARKS, add_channel, rows
from tests.database.thumbnails.stage import Conn

OF_GUILD = PurgeTarget(PurgeScope.GUILD, GUILD)
OF_CHANNEL = PurgeTarget(PurgeScope.CHANNEL, channel_id=CHANNEL)
OF_PERSON = PurgeTarget(PurgeScope.AUTHOR, author_id=900)
OF_MESSAGES = PurgeTarget(PurgeScope.MESSAGES, channel_id=CHANNEL, message_ids=(3, 1, 2, 3))


async def ask(conn: Conn, target: PurgeTarget = OF_GUILD, **fields: object) -> Purge:
    return await ask_purge(conn, target, **{"asked_by": "command", **fields})


async def as_it_stands(conn: Conn, purge_id: int) -> Purge | None:
    at = await standing_of(conn, purge_id)
    return at and at.purge


async def end(conn: Conn, purge: Purge, ago: str = "0 s") -> None:
    await conn.execute(
        f"update purges set stage = 'done', ended_at = now() - interval '{ago}' "
        "where purge_id = %s",
        [purge.purge_id],
    )


async def test_what_is_asked_for_is_kept_as_it_was_asked(conn: Conn) -> None:
    await add_channel(conn)
    purge = await ask(conn, OF_MESSAGES, asked_by="message_deletion", run_id="s/1")
    assert purge.target == PurgeTarget(
        PurgeScope.MESSAGES, GUILD, channel_id=CHANNEL, message_ids=(1, 2, 3)
    )
    assert (purge.asked_by, purge.run_id) == ("message_deletion", "s/1")
    assert (purge.stage, purge.found, purge.left, purge.error, purge.ended_at) == (
        *(PurgeStage.FENCE, None, None, None, None),
    )
    assert await as_it_stands(conn, purge.purge_id) == purge
    assert await purge_of_run(conn, "s/1") == purge
    assert await as_it_stands(conn, purge.purge_id + 1) is None
    assert await purge_of_run(conn, "s/2") is None


async def test_it_counts_from_now_or_from_later(conn: Conn) -> None:
    past, future = datetime(2020, 1, 1, tzinfo=UTC), datetime(2999, 1, 1, tzinfo=UTC)
    ((now,),) = await rows(conn, "select now()")
    assert (await ask(conn, asked_at=past)).asked_at >= now
    assert (await ask(conn, asked_at=future)).asked_at == future
    assert await rows(conn, "select purged_at from guilds") == [(future,)]
    await ask(conn)
    assert await rows(conn, "select purged_at from guilds") == [(future,)], "never earlier again"


async def test_the_author_is_not_stored_from_the_moment_that_it_is_asked(conn: Conn) -> None:
    mark = MARKS.of(900)
    await ask(conn, OF_PERSON, mark=mark)
    await ask(conn, OF_PERSON, mark=mark, run_id="s/1")
    assert set(await opted_out(conn, [mark])) == {mark}
    assert await rows(conn, "select count(*) from guilds") == [(0,)]


async def test_a_run_asks_once_also_when_it_is_over(conn: Conn) -> None:
    first = await ask(conn, run_id="s/1")
    other = await ask(conn, run_id="s/2")
    assert other.purge_id != first.purge_id
    assert (await ask(conn, run_id="s/1")).purge_id == first.purge_id
    await end(conn, first)
    again = await ask(conn, run_id="s/1")
    assert (again.purge_id, again.stage) == (first.purge_id, PurgeStage.DONE)


@pytest.mark.parametrize("target", [OF_GUILD, OF_CHANNEL, OF_PERSON, OF_MESSAGES])
async def test_the_same_is_purged_once_at_a_time(conn: Conn, target: PurgeTarget) -> None:
    await add_channel(conn)
    first = await ask(conn, target)
    await conn.execute("update purges set stage = 'files', place = '{}', error = 'away', clips = 5")
    again = await ask(conn, target)
    assert (again.purge_id, again.stage, again.error) == (first.purge_id, PurgeStage.FENCE, None)
    assert (again.deleted.clips, await rows(conn, "select place from purges")) == (5, [(None,)])
    await end(conn, first)
    assert (await ask(conn, target)).purge_id != first.purge_id


async def test_another_target_is_another_purge(conn: Conn) -> None:
    await add_channel(conn)
    targets = [
        *(OF_GUILD, OF_CHANNEL, OF_PERSON, OF_MESSAGES),
        PurgeTarget(PurgeScope.GUILD, 8),
        PurgeTarget(PurgeScope.CHANNEL, channel_id=71),
        PurgeTarget(PurgeScope.AUTHOR, author_id=901),
        PurgeTarget(PurgeScope.AUTHOR, GUILD, author_id=900),
        PurgeTarget(PurgeScope.MESSAGES, channel_id=CHANNEL, message_ids=(1, 2)),
    ]
    assert len({(await ask(conn, target)).purge_id for target in targets}) == len(targets)


async def test_two_that_ask_at_once_find_the_same(database: Database) -> None:
    found: list[int] = []

    async def one() -> None:
        async with database.connection() as conn:
            found.append((await ask(conn)).purge_id)

    async with trio.open_nursery() as nursery:
        for _ in range(6):
            nursery.start_soon(one)
    assert len(set(found)) == 1


async def test_a_category_is_refused(conn: Conn) -> None:
    await channels.record_channel(
        conn, Channel(60, GUILD, None, 4, "category", nsfw=False, last_message_id=None)
    )
    with pytest.raises(UsageError, match="60 is a category"):
        await ask(conn, PurgeTarget(PurgeScope.CHANNEL, channel_id=60))
    assert await rows(conn, "select purged_at from channels") == [(None,)]


async def test_each_is_taken_by_one_and_the_longest_alone_comes_first(conn: Conn) -> None:
    first, second = await ask(conn), await ask(conn, OF_PERSON)
    assert await take_purge(conn, driver="a", lease_s=60) == first
    assert await take_purge(conn, driver="b", lease_s=60) == second
    assert await take_purge(conn, driver="c", lease_s=60) is None
    await let_go(conn, second.purge_id, driver="a")
    assert await take_purge(conn, driver="c", lease_s=60) is None, "it was not a's"
    await let_go(conn, second.purge_id, driver="b")
    assert await take_purge(conn, driver="c", lease_s=60) == second
    # Of the first one's driver nothing was heard for longer.
    await conn.execute("update purges set driven_until = now() - purge_id * interval '1 s'")
    assert await take_purge(conn, driver="d", lease_s=60) == second
    assert await hold_purge(conn, first.purge_id, driver="a", lease_s=60) == first
    assert await take_purge(conn, driver="d", lease_s=60) is None
    await conn.execute("update purges set driven_until = null")
    await end(conn, first)
    assert await take_purge(conn, driver="d", lease_s=60) == second
    assert await hold_purge(conn, first.purge_id, driver="a", lease_s=60) is None


async def test_what_keeps_it_is_told_and_forgotten(conn: Conn) -> None:
    purge = await ask(conn)
    await note_trouble(conn, purge.purge_id, "the bucket\0 is away" + "!" * 999)
    told = await as_it_stands(conn, purge.purge_id)
    assert told is not None
    assert (told.error or "").startswith("the bucket is away!!")
    assert len(told.error or "") == 500
    await note_trouble(conn, purge.purge_id, None)
    assert await as_it_stands(conn, purge.purge_id) == purge


async def test_open_ones_are_listed_first_from_the_newest(conn: Conn) -> None:
    purges = [await ask(conn, run_id=f"s/{number}") for number in range(5)]
    await end(conn, purges[1])
    await end(conn, purges[3])
    listed = [purge.purge_id for purge in await list_purges(conn, limit=4)]
    assert listed == [purges[place].purge_id for place in (4, 2, 0, 3)]
    assert len(await list_purges(conn, limit=9)) == 5


async def test_old_ones_are_forgotten(conn: Conn) -> None:
    purges = [await ask(conn, run_id=f"s/{number}") for number in range(5)]
    for purge in purges[:3]:
        await end(conn, purge, "91 days")
    await end(conn, purges[3], "89 days")
    assert await prune_purges(conn, 90, step_rows=2) == 3
    left = {purge.purge_id for purge in await list_purges(conn, limit=9)}
    assert left == {purges[3].purge_id, purges[4].purge_id}


@pytest.mark.parametrize("scope", PurgeScope)
def test_a_target_says_of_what(scope: PurgeScope) -> None:
    with pytest.raises(ValueError, match=f"scope {scope} has to say"):
        PurgeTarget(scope)
    assert PurgeTarget(scope, is_forgotten=True).author_id is None


async def test_a_worker_forgets_old_ones_with_its_runs(
    database: Database, conn: Conn, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(upkeep, "_PRUNE_EVERY_S", 0.01)
    await end(conn, await ask(conn), "8 days")
    async with trio.open_nursery() as nursery:
        await nursery.start(upkeep.prune_old_runs, database, 7)
        with trio.fail_after(20):
            while await list_purges(conn, limit=1):  # noqa: ASYNC110 -- another task's work
                await trio.sleep(0.01)
        nursery.cancel_scope.cancel()
