"""Who is not stored: the key of the marks, and the list."""

from __future__ import annotations

import pytest
import trio
from hypothesis import given
from hypothesis import strategies as st

from clipsaver.database import Database
from clipsaver.database.opt_outs import (
    Marks,
    count_opt_outs,
    opt_in,
    opt_out,
    opted_out,
    read_marks,
)
from clipsaver.errors import UsageError
from tests.database.making import rows
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
