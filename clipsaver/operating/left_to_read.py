"""What a run has still to read, in words. Pure."""

from __future__ import annotations

from clipsaver.database.run_list import ToRead
from clipsaver.snowflake import to_unix
from clipsaver.utc import minute


def left_in_words(left: ToRead) -> str:
    """`3 gaps, from 2024-01-02 03:04 to 2025-02-01 04:05`: by the times of their messages."""
    if left.gaps == 0 or left.lower is None:
        return "nothing"
    gaps = "1 gap" if left.gaps == 1 else f"{left.gaps:,} gaps"
    begin = "the beginning" if left.lower <= 0 else _time(left.lower)
    end = "the newest message" if left.upper is None else _time(left.upper)
    return f"{gaps}, from {begin} to {end}"


def cursor_in_words(left: ToRead) -> str:
    """`before 1419022117730000896 (2025-02-01 04:05)`: where the next page is read; nothing where
    there is none."""
    if left.gaps == 0 or left.lower is None:
        return ""
    if left.is_forward:
        after = max(left.lower - 1, 0)
        return f"after {after} ({_time(after)})" if after else "from the beginning"
    return "from the newest message" if left.upper is None else _before(left.upper)


def _before(upper: int) -> str:
    return f"before {upper} ({_time(upper)})"


def _time(message_id: int) -> str:
    return minute(round(to_unix(message_id) * 1000))
