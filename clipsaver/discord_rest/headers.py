"""What an answer's headers say about limits, read without trust.

Source: Discord's documentation, topic "Rate Limits". All of them are optional and each may hold
anything; what cannot be a sensible value counts as missing.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

LONGEST_S = 7 * 24 * 3600.0
"""A longer time is read as garbage: Discord's longest known ban is a day."""

_WANTED = {
    b"x-ratelimit-limit": "limit",
    b"x-ratelimit-remaining": "remaining",
    b"x-ratelimit-reset-after": "reset_after",
    b"x-ratelimit-bucket": "bucket",
    b"x-ratelimit-scope": "scope",
    b"x-ratelimit-global": "global",
    b"retry-after": "retry_after",
    b"via": "via",
}


@dataclass(frozen=True, slots=True)
class LimitHeaders:
    """The limit headers of one answer; None where one is missing or is garbage."""

    limit: int | None = None
    remaining: int | None = None
    reset_after_s: float | None = None
    bucket: str | None = None
    scope: str | None = None
    """`user`, `global` or `shared`; only 429s have it."""
    is_global: bool = False
    retry_after_s: float | None = None
    from_discord: bool = False
    """It has `Via`, which Discord's own answers have and those of Cloudflare lack."""


NOTHING = LimitHeaders()


def read(raw: Iterable[tuple[bytes, bytes]]) -> LimitHeaders:
    """Reads header pairs in any case and order; of repeated ones the last counts."""
    found: dict[str, str] = {}
    for name, value in raw:
        wanted = _WANTED.get(name.lower())
        if wanted is not None:
            found[wanted] = value.decode("latin-1").strip()
    if not found:
        return NOTHING
    scope = found.get("scope", "").lower()
    return LimitHeaders(
        limit=_count(found.get("limit")),
        remaining=_count(found.get("remaining")),
        reset_after_s=seconds(found.get("reset_after")),
        bucket=found.get("bucket") or None,
        scope=scope if scope in ("user", "global", "shared") else None,
        is_global=found.get("global", "").lower() == "true",
        retry_after_s=seconds(found.get("retry_after")),
        from_discord="via" in found,
    )


def seconds(value: str | float | None) -> float | None:
    """A time in seconds, or None if it is no number, negative or longer than a week."""
    if value is None:
        return None
    try:
        number = float(value)
    except ValueError:
        return None
    return number if math.isfinite(number) and 0 <= number <= LONGEST_S else None


def _count(value: str | None) -> int | None:
    # isascii: int() also reads the digits of other scripts, which no header of ours holds
    if value is None or not value.isascii() or not value.isdigit() or len(value) > 9:
        return None
    return int(value)
