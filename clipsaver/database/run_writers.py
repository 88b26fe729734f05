"""The changes of runs of all jobs of a worker, committed in groups (see `run_changes`)."""

from __future__ import annotations

from collections.abc import Sequence

import psycopg
import trio

from clipsaver.combining import Combiner, CombinerStatistics
from clipsaver.database.connections import Database
from clipsaver.database.errors import translated
from clipsaver.database.run_changes import (
    Beginning,
    Begun,
    Change,
    Fate,
    Finished,
    Joined,
    Leaving,
    change_runs,
)
from clipsaver.database.sessions import Session
from clipsaver.errors import ClipsaverError, DatabaseUnavailable
from clipsaver.jobs import AnyJob
from clipsaver.records import Delivery

_MOST = 256
"""Changes in one statement."""
CONNECTIONS = 2
"""One group can be on its way to the disk while the next one is worked on."""
_BY_KEY = {f"enable_{way}": "off" for way in ("seqscan", "bitmapscan", "hashjoin", "mergejoin")}
"""Runs are found by their key. A plan is made once, and one that is made while the table is young
would read all of it ever after."""


class RunWriters:
    """`run` is the service; the others are what jobs call. May be repeated where they fail.

    All raise DatabaseUnavailable and SchemaError, and DataRejected where the database refuses the
    values.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._sessions = [Session(database, **_BY_KEY) for _ in range(CONNECTIONS)]
        self._change: Combiner[Change, Fate] = Combiner(
            self._together, ended=self._ended, most=_MOST, at_once=CONNECTIONS
        )

    async def begin(self, delivery: Delivery, job: AnyJob) -> Begun | Finished | Joined:
        """Takes the run for this delivery, or says why there is nothing to do.

        Raises JobIdReused if another, unfinished run has its job_id with other content, and
        StaleFence if the run was already taken under this fence or a greater one.
        """
        fate = await self._change(Beginning(delivery, job))
        assert fate is not None
        assert not isinstance(fate, Exception)  # the combiner raises those
        return fate

    async def leave(self, leaving: Leaving) -> None:
        """Lets go of the run. Raises LeaseLost where it is not held."""
        await self._change(leaving)

    def statistics(self) -> CombinerStatistics:
        """Of the changes: calls, and the transactions that they shared."""
        return self._change.statistics()

    async def run(self, *, task_status: trio.TaskStatus[None] = trio.TASK_STATUS_IGNORED) -> None:
        """Serves until cancelled."""
        try:
            await self._change.run(task_status=task_status)
        finally:
            for session in self._sessions:
                session.drop()

    async def _together(self, changes: Sequence[Change]) -> Sequence[Fate | Exception]:
        """One transaction for all; where their data is refused, each by itself."""
        session = self._sessions.pop()  # no more groups are under way than there are sessions
        try:
            with translated(self._database.place):
                return await change_runs(await session.connection(), changes)
        except DatabaseUnavailable:
            session.drop()
            raise
        except (ClipsaverError, psycopg.Error) as error:
            if len(changes) == 1:
                return [error]
        finally:
            self._sessions.append(session)
        return [fate for change in changes for fate in await self._together([change])]

    def _ended(self) -> DatabaseUnavailable:
        return DatabaseUnavailable(f"the writers to {self._database.place} have ended")
