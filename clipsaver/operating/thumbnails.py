"""How far thumbnails are, and asking for them again.

They are due by their rows in the database, which is all that asking takes. The audit is on the
stream, as that of every other action (`queue.operating.audit.note`, before it is done); where the
stream is away, nothing else here needs it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from clipsaver.database.thumbnails.files import OutboxCounts, outbox_counts
from clipsaver.database.thumbnails.states import (
    AT_ONCE,
    AskedAgain,
    Backlog,
    NamedAgain,
    StateCount,
    ThumbnailFilter,
    ask_again,
    ask_for_named,
    backlog,
    thumbnail_counts,
)
from clipsaver.operating.connecting import Connections


@dataclass(frozen=True, slots=True)
class Standing:
    """How far thumbnails are. Of clips that are there."""

    counts: tuple[StateCount, ...]
    backlog: Backlog
    outbox: OutboxCounts

    @property
    def clips(self) -> int:
        return sum(one.clips for one in self.counts)


async def standing(database: Connections) -> Standing:
    """Reads every clip: a second for a million. Raises DatabaseUnavailable."""
    async with database.connection() as connection:
        return Standing(
            tuple(await thumbnail_counts(connection)),
            await backlog(connection),
            await outbox_counts(connection),
        )


async def ask_for_chosen(
    database: Connections,
    chosen: ThumbnailFilter,
    *,
    most: int | None = None,
    tell: Callable[[int], None] = lambda _: None,
) -> int:
    """Asks for the clips again, `most` of them if that is given; returns for how many.

    A part at a time, each in a transaction of its own, so that no worker waits for long; `tell` is
    told how many there are after each. Raises DatabaseUnavailable: the parts before it stand, and
    asking once more asks for the rest.
    """
    asked, part = 0, AskedAgain(0, "")
    while part.last is not None and (most is None or asked < most):
        limit = AT_ONCE if most is None else min(AT_ONCE, most - asked)
        async with database.connection() as connection:
            part = await ask_again(connection, chosen, after=part.last, limit=limit)
        asked += part.clips
        tell(asked)
    return asked


async def ask_for_clips(
    database: Connections, clip_ids: Sequence[str], *, with_ready: bool
) -> NamedAgain:
    """Asks for the clips named, before all others; `with_ready`: also those that have a thumbnail.

    May be repeated. Raises DatabaseUnavailable.
    """
    async with database.connection() as connection:
        return await ask_for_named(connection, clip_ids, with_ready=with_ready)
