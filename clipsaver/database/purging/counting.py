"""What there is of a target: before a purge, to say what would go, and afterwards, as its proof."""

from __future__ import annotations

from typing import Any

from psycopg import AsyncConnection

from clipsaver.database.connections import Database
from clipsaver.database.purging.looks import ClipWalk, Tally
from clipsaver.database.purging.place import Place
from clipsaver.records import PurgeCounts, PurgeTarget

_ROWS = 5_000


class Counting:
    """Counts what there is, a bounded look at a time.

    A message counts by its clips: none is stored without one, or left when its last one goes.
    """

    def __init__(self, target: PurgeTarget) -> None:
        self._walk = ClipWalk(target, rows=_ROWS)
        self._place: Place | None = Place()
        self._sum = Tally()

    @property
    def counts(self) -> PurgeCounts:
        """So far."""
        return PurgeCounts(self._sum.clips, self._sum.messages, self._sum.pictures)

    @property
    def is_over(self) -> bool:
        return self._place is None

    async def look(self, conn: AsyncConnection[Any]) -> None:
        """Counts on, unless it is over."""
        if self._place is not None:
            tally, self._place = await self._walk.counts(conn, self._place)
            self._sum += tally


async def count_target(database: Database, target: PurgeTarget) -> PurgeCounts:
    """What is there now; many short statements, and so not of one moment."""
    counting = Counting(target)
    while not counting.is_over:
        async with database.connection() as conn:
            await counting.look(conn)
    return counting.counts
