"""What was read of a channel's life and what was not: as sets of ids, and cell by cell. Pure.

Ids are times, so a channel's life is a stretch of ids: from its own, since nothing in it is older,
to its newest message. Each id of it was read, or lies in a gap, or is too young to tell.
"""

from __future__ import annotations

import enum
import itertools
from collections.abc import Sequence
from dataclasses import dataclass

from clipsaver.database.channels import Access
from clipsaver.ranges import EVERYTHING, Range, RangeSet


@dataclass(frozen=True, slots=True)
class Life:
    """A channel's life, in three parts that share no id and leave none out."""

    ids: RangeSet
    """All of it, one range; empty where nothing was ever posted, as far as is known."""
    read: RangeSet
    gaps: RangeSet
    unsettled: RangeSet
    """So young that a message may still appear between others: nothing there counts as read."""

    @property
    def share(self) -> float:
        """How much of it was read, from 0 to 1, measured in time; of nothing it is all."""
        whole = length(self.ids)
        return length(self.read) / whole if whole else 1.0


@dataclass(frozen=True, slots=True)
class Cell:
    """How a cell's time is divided, in shares of the cell; what they lack of 1 is no life."""

    read: float
    gap: float
    unsettled: float


class Standing(enum.StrEnum):
    """What is to be said of a channel first."""

    READ = "read"
    """All of it, but for what is too young."""
    GAPS = "gaps"
    """In part."""
    UNREAD = "never_read"
    EMPTY = "empty"
    """Nothing was ever posted, as far as is known."""
    DENIED = "denied"
    GONE = "gone"
    """Deleted at Discord."""


def standing_of(access: Access, life: Life) -> Standing:
    """A channel that cannot be read any more has no gaps that could be filled."""
    if access is Access.GONE:
        return Standing.GONE
    if access is Access.DENIED:
        return Standing.DENIED
    if not life.ids:
        return Standing.EMPTY
    if not life.gaps:
        return Standing.READ
    return Standing.GAPS if life.read else Standing.UNREAD


def life_of(
    channel_id: int,
    newest: int | None,
    covered: RangeSet,
    *,
    settled: RangeSet,
    kept: RangeSet = EVERYTHING,
    now: int,
) -> Life:
    """The life of a channel of which `covered` was read, as far back as clips are `kept`.

    `newest` is the last message that Discord named, `settled` the ids that are old enough, `now`
    the id of this moment, which bounds what was read without end.
    """
    reached = covered.hull
    if reached is not None:
        last = (now if reached.upper is None else reached.upper) - 1
        newest = last if newest is None else max(newest, last)
    if newest is None:
        return Life(RangeSet(), RangeSet(), RangeSet(), RangeSet())
    ids = RangeSet.of(min(channel_id, newest), newest + 1) & kept
    return Life(ids, ids & covered, (ids & settled) - covered, (ids - settled) - covered)


def whole_of(lives: Sequence[Life]) -> Range | None:
    """The stretch that holds all of these lives; None where nothing was posted in any."""
    hulls = [hull for life in lives if (hull := life.ids.hull) is not None]
    if not hulls:
        return None
    return Range(min(one.lower for one in hulls), max(one.upper or 0 for one in hulls))


def cells_of(life: Life, whole: Range, width: int) -> list[Cell]:
    """The stretch `whole`, which has an end, in `width` cells of the same length."""
    edges = _edges(whole, width)
    parts = [_shares(part, edges) for part in (life.read, life.gaps, life.unsettled)]
    return [Cell(*shares) for shares in zip(*parts, strict=True)]


def length(ids: RangeSet) -> int:
    """How many ids there are in a set with an end."""
    return sum(one.upper - one.lower for one in ids if one.upper is not None)


def _edges(whole: Range, width: int) -> list[int]:
    """The first id of each cell, and the end; where ids are fewer than cells some are empty."""
    size = (whole.upper or whole.lower) - whole.lower
    return [whole.lower + size * number // width for number in range(width + 1)]


def _shares(part: RangeSet, edges: Sequence[int]) -> list[float]:
    """Of each cell, how much is in the set: one walk through both, however many gaps there are."""
    shares, ranges = [], list(part)
    at = 0
    for lower, upper in itertools.pairwise(edges):
        held = 0
        while at < len(ranges) and ranges[at].lower < upper:
            end = ranges[at].upper
            assert end is not None
            held += max(0, min(end, upper) - max(ranges[at].lower, lower))
            if end > upper:
                break
            at += 1
        shares.append(held / (upper - lower) if upper > lower else 0.0)
    return shares
