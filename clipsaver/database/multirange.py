"""int8multirange <-> RangeSet."""

from __future__ import annotations

from typing import Any

from psycopg.types.multirange import Multirange

from clipsaver.ranges import Range, RangeSet


def to_text(ids: RangeSet) -> str:
    """As a parameter: `%s::int8multirange`."""
    return str(ids)


def from_multirange(stored: Multirange[Any]) -> RangeSet:
    """As read. PostgreSQL keeps ranges of integers as [lower, upper); no lower bound is id 0."""
    return RangeSet(Range(one.lower or 0, one.upper) for one in stored)
