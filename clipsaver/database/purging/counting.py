"""What there is of a target: before a purge, to say what would go, and afterwards, as its proof.

A message counts by its clips: none is stored without one, or left when its last one goes.
"""

from __future__ import annotations

from collections.abc import Callable

from psycopg.rows import TupleRow

from clipsaver.database.connections import Database
from clipsaver.database.purging.looks import ClipWalk, Tally
from clipsaver.database.purging.place import Place
from clipsaver.records import PurgeCounts, PurgeTarget
from clipsaver.trio_io.postgres import TrioConnection

_ROWS, _MOST_ROWS = 500, 5_000


class Counting:
    """Counts what there is, a bounded look at a time; where it goes on is in the place."""

    def __init__(self, target: PurgeTarget) -> None:
        self._walk = ClipWalk(target, rows=_ROWS, most_rows=_MOST_ROWS)

    async def look(
        self, conn: TrioConnection[TupleRow], place: Place
    ) -> tuple[PurgeCounts, Place | None]:
        """What was counted so far, and the place behind it; None = that is all there is."""
        tally, behind = await self._walk.counts(conn, place)
        so_far = Tally(*place.counted) + tally
        if behind is not None:
            behind = behind.at(counted=(so_far.clips, so_far.messages, so_far.pictures))
        return PurgeCounts(so_far.clips, so_far.messages, so_far.pictures), behind


async def count_target(
    database: Database,
    target: PurgeTarget,
    *,
    tell: Callable[[PurgeCounts], None] = lambda _: None,
) -> PurgeCounts:
    """What is there now; many short statements, and so not of one moment.

    `tell` is told what was counted so far, after each of them.
    """
    counting, counts = Counting(target), PurgeCounts()
    place: Place | None = Place()
    while place is not None:
        async with database.connection() as conn:
            counts, place = await counting.look(conn, place)
        tell(counts)
    return counts
