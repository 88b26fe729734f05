"""Who is not stored: the key of the marks, and the list."""

from __future__ import annotations

import pytest
import trio
from hypothesis import given
from hypothesis import strategies as st

from clipsaver.database import Database, pages, search_pages
from clipsaver.database.opt_outs import (
    KeyChanged,
    Marks,
    count_opt_outs,
    opt_in,
    opt_out,
    opted_out,
    read_marks,
)
from clipsaver.errors import DatabaseUnavailable, LeaseLost, UsageError
from clipsaver.records import PageChanges
from tests.database.making import AUTHOR, a_clip, a_page, a_part, add_run, rows
from tests.database.running import add_runs, page_of, running
from tests.database.thumbnails.stage import Conn

ANN, BOB, GUILD = 900, 901, 7
IDS = st.integers(0, 2**63 - 1)


async def test_the_key_is_made_once_and_kept(conn: Conn) -> None:
    marks = await read_marks(conn)
    assert len(marks.key) == 32
    assert await read_marks(conn) == marks
    ((key, fingerprint),) = await rows(conn, "select key, fingerprint from opt_out_key")
    assert bytes(key) == marks.key
    assert marks.key.hex() not in fingerprint


async def test_all_who_need_the_key_first_get_the_same(database: Database) -> None:
    found: list[Marks] = []

    async def one() -> None:
        async with database.connection() as conn:
            found.append(await read_marks(conn))

    async with trio.open_nursery() as nursery:
        for _ in range(6):
            nursery.start_soon(one)
    assert len(found) == 6
    assert len({marks.key for marks in found}) == 1


async def test_a_configured_key_is_not_kept_in_the_database(conn: Conn) -> None:
    assert await read_marks(conn, "a secret") == Marks(b"a secret")
    ((key, fingerprint),) = await rows(conn, "select key, fingerprint from opt_out_key")
    assert key is None
    assert "secret" not in fingerprint


@pytest.mark.parametrize(("first", "then"), [("", "one"), ("one", "two")])
async def test_another_key_is_taken_while_nobody_is_on_the_list(
    conn: Conn, first: str, then: str
) -> None:
    await read_marks(conn, first)
    assert await read_marks(conn, then) == Marks(then.encode())
    assert await read_marks(conn, then) == Marks(then.encode())


@pytest.mark.parametrize(
    ("first", "then"), [("", "one"), ("one", "two"), ("one", "")], ids=["from own", "other", "none"]
)
async def test_another_key_is_refused_while_somebody_is_on_the_list(
    conn: Conn, first: str, then: str
) -> None:
    """That person would be stored again."""
    marks = await read_marks(conn, first)
    await opt_out(conn, marks.of(ANN))
    with pytest.raises(UsageError, match="put that key back"):
        await read_marks(conn, then)
    assert await read_marks(conn, first) == marks, "the right one works on"
    await opt_in(conn, [marks.of(ANN)])
    assert (await read_marks(conn, then)).key != b""


@pytest.mark.parametrize("is_search", [False, True])
async def test_marks_of_a_key_that_was_replaced_let_nothing_in(
    database: Database, is_search: bool
) -> None:
    """A worker that began before somebody configured a key, and then had a person purged."""
    conn = await database.connect_writer()
    await add_run(conn, "s/1")
    old = await read_marks(conn)
    new = await read_marks(conn, "configured since")
    await opt_out(conn, new.of(AUTHOR))

    async def commit(marks: Marks) -> PageChanges | LeaseLost:
        if is_search:
            return await search_pages.commit_search_page(
                conn, marks, [a_part("s/1", 70, a_clip(1))]
            )
        (fate,) = await pages.commit_pages(conn, marks, [a_page("s/1", 1, a_clip(150))])
        return fate

    with pytest.raises(KeyChanged):
        await commit(old)
    for table in ("clips", "messages", "authors", "scan_coverage"):
        assert await rows(conn, f"select from {table}") == []
    assert await commit(new) == PageChanges()
    assert await rows(conn, "select from clips") == []
    assert await rows(conn, "select pages from runs") == [(1,)]
    await conn.close()


async def test_the_writers_read_the_key_again_where_it_was_replaced(database: Database) -> None:
    """And end where people are on the list whom they would not know."""
    await add_runs(database, 3)
    with pytest.RaisesGroup(UsageError, flatten_subgroups=True):
        async with running(database) as writers, database.connection() as conn:
            await writers.commit(page_of(0, 1))
            await read_marks(conn, "configured since")
            await writers.commit(page_of(1, 1))
            assert len(await rows(conn, "select from clips")) == 2
            marks = await read_marks(conn, "configured since")
            await opt_out(conn, marks.of(AUTHOR))
            with pytest.raises(DatabaseUnavailable, match=r"writers to .* have ended"):
                await writers.commit(page_of(2, 1))
    async with database.connection() as conn:
        assert len(await rows(conn, "select from clips")) == 2


async def test_the_list(conn: Conn) -> None:
    marks = await read_marks(conn)
    everywhere, in_guild = marks.all_of(ANN, GUILD)
    assert await opt_out(conn, everywhere)
    assert not await opt_out(conn, everywhere), "it was on it"
    assert await opt_out(conn, in_guild)
    since = await opted_out(conn, [everywhere, in_guild, marks.of(BOB)])
    assert set(since) == {everywhere, in_guild}
    assert await count_opt_outs(conn) == 2
    assert await opt_in(conn, [everywhere, marks.of(BOB)]) == 1
    assert await count_opt_outs(conn) == 1


@given(IDS, IDS, IDS, st.binary(min_size=1))
def test_a_mark_tells_neither_who_nor_where(
    author: int, other: int, guild: int, key: bytes
) -> None:
    marks = Marks(key)
    everywhere, there = marks.all_of(author, guild)
    assert (everywhere, there) == (marks.of(author), marks.of(author, guild))
    assert everywhere != there
    assert len(everywhere) == len(there) == 64
    assert Marks(key + b"!").of(author) != everywhere
    assert (marks.of(other) == everywhere) == (other == author)
