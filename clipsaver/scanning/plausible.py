"""What a column can hold of what a stranger's client made up: the rest is unknown instead."""

from __future__ import annotations

import math
from datetime import datetime

INT_MAX = 2**31 - 1
"""The largest number of a PostgreSQL integer."""


def within(number: int | None, most: int) -> int | None:
    """A number from 0 to `most`."""
    return number if number is not None and 0 <= number <= most else None


def duration_of(seconds: float | None) -> float | None:
    """A length of time."""
    return seconds if seconds is not None and math.isfinite(seconds) and seconds >= 0 else None


def time_of(text: str | None) -> datetime | None:
    """A moment, of a text in ISO 8601 that names its offset."""
    if text is None:
        return None
    try:
        time = datetime.fromisoformat(text)
    except ValueError:
        return None
    return time if time.tzinfo is not None else None
