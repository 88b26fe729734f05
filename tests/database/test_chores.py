"""Chores: one of all who look has a chore that is due, and another one if it dies."""

from __future__ import annotations

import trio

from clipsaver.database.chores import due_in_s, hasten_chore, note_chore, put_off, take_chore
from tests.database.making import rows


async def test_one_of_many_has_what_is_due(database) -> None:
    async with database.connection() as conn:
        await note_chore(conn, "sweep", 0.0)
        await note_chore(conn, "sweep", 500.0)  # each worker notes it; it is due as it was
    taken = []

    async def look() -> None:
        async with database.connection() as conn:
            taken.append(await take_chore(conn, "sweep", 60.0))

    async with trio.open_nursery() as nursery:
        for _ in range(6):
            nursery.start_soon(look)
    (ours,) = (one for one in taken if one is not None)
    assert (ours.name, ours.place) == ("sweep", None)


async def test_it_is_put_off_by_who_has_it_and_taken_again_when_that_one_died(conn) -> None:
    await note_chore(conn, "sweep", 300.0)
    assert 290 < await due_in_s(conn, "sweep") <= 300
    assert await take_chore(conn, "sweep", 60.0) is None
    await hasten_chore(conn, "sweep")
    first = await take_chore(conn, "sweep", 0.0)  # and is not heard of again
    assert first is not None
    second = await take_chore(conn, "sweep", 60.0)
    assert second is not None
    assert await put_off(conn, first, 60.0, place="lost") is None
    assert await rows(conn, "select place from chores") == [(None,)]
    held = await put_off(conn, second, 60.0, place="so far")
    assert held is not None
    assert held.place == "so far"
    assert await put_off(conn, second, 60.0) is None, "a hand that was renewed since is another"
    left = await put_off(conn, held, 1000.0)
    assert left is not None
    assert left.place == "so far"
    assert 990 < await due_in_s(conn, "sweep") <= 1000


async def test_the_clock_is_the_databases(conn) -> None:
    await note_chore(conn, "sweep", 0.0)
    ((before,),) = await rows(conn, "select extract(epoch from now())::float8")
    taken = await take_chore(conn, "sweep", 5.0)
    assert taken is not None
    assert before <= taken.now < before + 60
    assert taken.due_at.timestamp() == taken.now + 5.0
