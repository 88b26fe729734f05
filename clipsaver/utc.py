"""Times in UTC as people read them; a number that is no time is shown as it is. Pure."""

from __future__ import annotations

from datetime import UTC, datetime


def minute(at_ms: int) -> str:
    """A Unix time in ms: `2026-11-25 20:48`."""
    return _written(at_ms, "%Y-%m-%d %H:%M")


def second(at_ms: int) -> str:
    """The same to the second, with its zone."""
    return _written(at_ms, "%Y-%m-%d %H:%M:%S UTC")


def of_day(at_ms: int) -> str:
    """The time of day: `20:48:07`."""
    return _written(at_ms, "%H:%M:%S")


def _written(at_ms: int, form: str) -> str:
    try:
        return datetime.fromtimestamp(at_ms // 1000, tz=UTC).strftime(form)
    except (ValueError, OverflowError, OSError):  # an id that a person made up
        return str(at_ms)
