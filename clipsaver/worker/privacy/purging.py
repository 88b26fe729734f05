"""Goes on with purges that nobody carries out any more: who did so died, or his storage was away.

Each worker looks, whether or not it makes thumbnails, and whatever asked for the purge.
"""

from __future__ import annotations

from typing import NoReturn

import structlog
import trio

from clipsaver.database.purging.purges import take_purge
from clipsaver.errors import DatabaseUnavailable
from clipsaver.purging.driving import DRIVING_S
from clipsaver.records import Purge
from clipsaver.worker.place import Workplace
from clipsaver.worker.privacy.driving import drive, told

_log = structlog.get_logger()

LOOK_EVERY_S = 5.0
"""On average: jobs may wait for the end of what nobody carries out."""


class Purging:
    """`run` is the service."""

    def __init__(self, place: Workplace) -> None:
        self._place = place
        self._has_looked = False
        self._is_at_work = False

    @property
    def is_idle(self) -> bool:
        """Whether it has looked, and carries nothing out."""
        return self._has_looked and not self._is_at_work

    async def run(
        self, *, task_status: trio.TaskStatus[None] = trio.TASK_STATUS_IGNORED
    ) -> NoReturn:
        """Looks until cancelled. While the database is away there is nothing to look for."""
        task_status.started()
        while True:
            try:
                while await self._goes_on():
                    pass
            except DatabaseUnavailable:
                pass  # whoever waits for it says so
            finally:
                self._is_at_work = False
            await trio.sleep(LOOK_EVERY_S * self._place.rng.uniform(0.5, 1.5))

    async def _goes_on(self) -> bool:
        """Carries one out as far as it goes; False where there is none, or the worker stops."""
        if self._place.stopping.is_set():
            return False
        async with self._place.database.connection() as conn:
            purge = await take_purge(conn, driver=self._place.me.name, lease_s=DRIVING_S)
        self._is_at_work, self._has_looked = purge is not None, True
        if purge is None:
            return False
        _log.info("purge_resumed", **told(purge), stage=purge.stage.value)
        await drive(self._place, purge, after_step=self._is_to_stop)
        return True

    async def _is_to_stop(self, _: Purge) -> bool:
        return self._place.stopping.is_set()
