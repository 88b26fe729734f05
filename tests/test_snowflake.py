"""Snowflakes against the example of Discord's documentation."""

from __future__ import annotations

from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from clipsaver import snowflake

DOCUMENTED = 175_928_847_299_117_063


def test_the_documented_example() -> None:
    assert snowflake.to_datetime(DOCUMENTED) == datetime(2016, 4, 30, 11, 18, 25, 796000, UTC)


def test_times_before_discord_are_the_first_id() -> None:
    assert snowflake.from_unix(0) == 0


@given(st.integers(snowflake.DISCORD_EPOCH_MS, 3_000_000_000_000))
def test_an_id_made_from_a_time_tells_that_time(unix_ms: int) -> None:
    made = snowflake.from_unix(unix_ms / 1000)
    assert round(snowflake.to_unix(made) * 1000) == unix_ms
