"""Where in a clip to look for a picture. No I/O."""

from __future__ import annotations

SHARES = (0.1, 1 / 3, 2 / 3)
"""Where to look further, as shares of the length."""
WHERE_LENGTH_IS_UNKNOWN_S = (4.0, 12.0, 30.0)


def moments(first_s: float, duration_s: float | None) -> tuple[float, ...]:
    """Seconds from the beginning, in the order in which to try them."""
    if duration_s is None:
        return (first_s, *WHERE_LENGTH_IS_UNKNOWN_S)
    first_s = min(first_s, duration_s)
    return (first_s, *(duration_s * share for share in SHARES))
