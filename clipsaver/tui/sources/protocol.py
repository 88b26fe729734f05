"""All that the application knows of the world."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

from clipsaver.queue.operating.trees import TaskTree
from clipsaver.queue.produce import JobStatus
from clipsaver.tui.sources.seen import Seen
from clipsaver.tui.sources.wanted import Wanted
from clipsaver.tui.sources.wishes import Preview, Result, Wish


class Source(Protocol):
    """Looks, and changes nothing. One `look` at a time; all else may be asked beside it."""

    async def look(self, wanted: Wanted) -> Seen:
        """One look: two or three round trips to Redis, and mostly one statement or none: more only
        of what was never asked, as for a row that was just chosen.

        Raises RedisUnavailable where the stream cannot be reached: the application shows what it
        has seen before, greyed, and looks again. A database that is away is said in
        `Common.database` and costs only what lives there.
        """
        ...

    async def progress(self, run_ids: Sequence[str]) -> Mapping[str, JobStatus]:
        """What these runs say of themselves now, in one round trip; those that say nothing are
        left out. Raises RedisUnavailable."""
        ...

    async def task_tree(self, worker: str) -> TaskTree:
        """What a worker's tasks are now, as it says when it is asked; takes a second or so.

        Raises RedisUnavailable, and UsageError where it is not alive or does not answer.
        """
        ...

    async def picture(self, storage_key: str) -> bytes | None:
        """A stored picture (WebP), None where there is none. Raises ClipsaverError with words."""
        ...


class Operator(Protocol):
    """Does what a person asks for; each deed is put on record in the audit."""

    async def preview(self, wish: Wish) -> Preview:
        """What it would do. Raises RedisUnavailable, DatabaseUnavailable and UsageError."""
        ...

    async def do(self, wish: Wish) -> Result:
        """Does it; may be repeated. Raises what `preview` raises."""
        ...
