"""How what is wrong is told."""

from __future__ import annotations

from collections.abc import Iterable

MOST_NAMED = 5


def told(what: str, which: Iterable[object]) -> list[str]:
    """One sentence for all, with some of them named."""
    found = sorted(map(str, which))
    if not found:
        return []
    more = f" and {len(found) - MOST_NAMED:,} more" if len(found) > MOST_NAMED else ""
    return [f"{what}: {', '.join(found[:MOST_NAMED])}{more}"]
