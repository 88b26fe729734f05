"""What is sent arrives as it was, or as PostgreSQL can store it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import psycopg
import pytest
from hypothesis import given
from hypothesis import strategies as st

from clipsaver.database.arrays import BigInts, Booleans, Column, Floats, Texts, Times, register
from clipsaver.database.multirange import from_multirange, to_text
from clipsaver.database.text import storable
from clipsaver.ranges import Range, RangeSet

BIGINT = st.integers(-(2**63), 2**63 - 1)
ANY_TEXT = st.text(st.characters(codec=None))  # NUL and lone surrogates too
IDS = st.integers(0, 2**63 - 2)


@pytest.fixture(scope="module")
def connection(postgres_dsn: str) -> Iterator[psycopg.Connection[Any]]:
    with psycopg.connect(postgres_dsn, autocommit=True, options="-c timezone=UTC") as opened:
        register(opened)
        yield opened


def arrived(connection: psycopg.Connection[Any], column: Column) -> Any:
    row = connection.execute("select %b", [column], binary=True).fetchone()
    assert row is not None
    return row[0]


@given(st.lists(st.none() | BIGINT))
def test_integers(connection: psycopg.Connection[Any], values: list[int | None]) -> None:
    assert arrived(connection, BigInts(values)) == values


@given(st.lists(st.none() | st.floats(allow_nan=False)))
def test_floats(connection: psycopg.Connection[Any], values: list[float | None]) -> None:
    assert arrived(connection, Floats(values)) == values


@given(st.lists(st.none() | st.booleans()))
def test_booleans(connection: psycopg.Connection[Any], values: list[bool | None]) -> None:
    assert arrived(connection, Booleans(values)) == values


@given(st.lists(st.none() | st.datetimes(timezones=st.just(UTC))))
def test_times(connection: psycopg.Connection[Any], values: list[datetime | None]) -> None:
    assert arrived(connection, Times(values)) == values


@given(st.lists(st.none() | ANY_TEXT))
def test_texts(connection: psycopg.Connection[Any], values: list[str | None]) -> None:
    expected = [None if value is None else storable(value) for value in values]
    assert arrived(connection, Texts(values)) == expected


def test_times_of_another_zone_are_the_same_moment(connection: psycopg.Connection[Any]) -> None:
    moment = datetime(2026, 5, 1, 12, 30, 15, 123_456, tzinfo=timezone(timedelta(hours=-7)))
    assert arrived(connection, Times([moment])) == [moment]


@pytest.mark.parametrize("value", [2**63, -(2**63) - 1, 10**30])
def test_an_integer_out_of_range_is_a_data_error(value: int) -> None:
    with pytest.raises(psycopg.DataError, match="out of range"):
        BigInts([1, value]).to_bytes()


@pytest.mark.parametrize(
    ("text", "stored"),
    [
        ("", ""),
        ("clip 🎬.mp4", "clip 🎬.mp4"),
        ("a\0b\0", "ab"),
        ("half \ud83d", "half \ufffd"),
        ("\udfacother half", "\ufffdother half"),
        ("\ud83c\udfac", "🎬"),  # both halves, as careless encoders write them
    ],
)
def test_text_that_cannot_be_stored_is_mended(text: str, stored: str) -> None:
    assert storable(text) == stored


@given(ANY_TEXT)
def test_mended_text_stays_as_it_is(text: str) -> None:
    mended = storable(text)
    assert storable(mended) == mended
    assert "\0" not in mended


@st.composite
def range_sets(draw: st.DrawFn) -> RangeSet:
    pairs = draw(st.lists(st.tuples(IDS, st.none() | IDS)))
    return RangeSet(Range(lower, upper) for lower, upper in pairs)


@given(range_sets())
def test_ranges_come_back_as_they_went(connection: psycopg.Connection[Any], ids: RangeSet) -> None:
    row = connection.execute("select %s::int8multirange", [to_text(ids)]).fetchone()
    assert row is not None
    assert from_multirange(row[0]) == ids


@given(range_sets(), range_sets())
def test_postgresql_and_we_mean_the_same_by_plus_and_minus(
    connection: psycopg.Connection[Any], one: RangeSet, other: RangeSet
) -> None:
    row = connection.execute(
        "select a + b, a - b from (select %s::int8multirange as a, %s::int8multirange as b) p",
        [to_text(one), to_text(other)],
    ).fetchone()
    assert row is not None
    assert [from_multirange(value) for value in row] == [one | other, one - other]
