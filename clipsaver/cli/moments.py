"""Times as people type them: an age, or a time in UTC. Pure."""

from __future__ import annotations

import re
from datetime import UTC, datetime

from clipsaver.errors import UsageError

_UNITS_MS = {"s": 1000, "m": 60_000, "h": 3_600_000, "d": 86_400_000, "w": 604_800_000}
_AGE = re.compile(r"([0-9]{1,9})([smhdw])")


def moment(option: str, text: str | None, now_ms: int) -> int | None:
    """The Unix time in ms that `2h` ago or a time in UTC is. Raises UsageError."""
    if text is None:
        return None
    if age := _AGE.fullmatch(text):
        return now_ms - int(age[1]) * _UNITS_MS[age[2]]
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        raise UsageError(
            f"{option} {text}: an age such as 30m, 2h or 7d, or a time in UTC such as "
            "2026-11-25T20:48"
        ) from None
    at = at.replace(tzinfo=UTC) if at.tzinfo is None else at
    return round(at.timestamp() * 1000)
