"""Discord's ids: 64-bit integers whose upper bits are a time.

Source: Discord's documentation, "Snowflakes": milliseconds since the first second of 2015 in the
bits above 22. Any snowflake is a legal cursor, also one that was made from a time.
"""

from __future__ import annotations

from datetime import UTC, datetime

DISCORD_EPOCH_MS = 1_420_070_400_000
MAX_ID = 2**63 - 1
"""The largest id that a PostgreSQL bigint holds; Discord reaches it in the year 2084."""


def read(text: str) -> int:
    """The id that Discord's JSON has as a string of digits.

    Raises ValueError for what is none, such as `007`: a cursor or a key made of it would be another
    message's.
    """
    number = int(text) if text.isascii() and text.isdigit() and len(text) <= 19 else 0
    if not 0 < number <= MAX_ID or text.startswith("0"):
        shown = text if len(text) <= 40 else f"{text[:40]}…"
        raise ValueError(f"{shown!r} is not an id")
    return number


def from_unix(seconds: float) -> int:
    """The smallest id of a message posted at this Unix time, to the millisecond; never below 0."""
    return max(0, round(seconds * 1000) - DISCORD_EPOCH_MS) << 22


def to_unix(snowflake: int) -> float:
    """Unix time in seconds at which the id was made, exact to the millisecond."""
    return ((snowflake >> 22) + DISCORD_EPOCH_MS) / 1000


def to_datetime(snowflake: int) -> datetime:
    """When the id was made, in UTC."""
    return datetime.fromtimestamp(to_unix(snowflake), UTC)
