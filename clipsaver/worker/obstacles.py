"""What the jobs of this worker wait for now, as far as anybody in the process knows.

Nobody is asked for it: the limits know which requests wait, the writers which pages, and who waits
for a store or Discord to be back says so here. A wait is an obstacle once it has lasted a second.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import trio

from clipsaver.database import PageWriters
from clipsaver.discord_rest.client import DiscordClient
from clipsaver.discord_rest.limits.permits import ON_BEHALF_OF
from clipsaver.outage import Outage
from clipsaver.queue.progress import Obstacle
from clipsaver.worker.reach import DiscordReach

DATABASE = "database"
DISCORD = "discord"
_LEAST_S = 1.0
"""What is over sooner is not worth a word."""


class Obstacles:
    """By run. `clock` gives Unix seconds."""

    def __init__(
        self,
        discord: DiscordClient,
        reach: DiscordReach,
        writers: PageWriters,
        database: Outage,
        clock: Callable[[], float],
    ) -> None:
        self._discord = discord
        self._reach = reach
        self._writers = writers
        self._database = database
        self._clock = clock
        self._noted: dict[str, str] = {}

    @contextmanager
    def waiting_for(self, name: str) -> Iterator[None]:
        """For the time of the block the job of this task waits for it to be back."""
        run_id = ON_BEHALF_OF.get()
        if run_id in self._noted:  # already said, further out
            yield
            return
        self._noted[run_id] = name
        try:
            yield
        finally:
            del self._noted[run_id]

    def now(self) -> dict[str, Obstacle]:
        """What each run waits for; those that get on are not there."""
        now, unix_ms = trio.current_time(), self._clock() * 1000
        found = self._of_limits(unix_ms)
        away = {DATABASE: self._database.since, DISCORD: self._reach.away_since}
        waiting = dict.fromkeys(self._writers.waiting(), DATABASE) | self._noted
        for run_id, name in waiting.items():
            if (since := away[name]) is not None and now - since >= _LEAST_S:
                found[run_id] = Obstacle(name, since_ms=round(unix_ms - (now - since) * 1000))
        return found

    def _of_limits(self, unix_ms: float) -> dict[str, Obstacle]:
        found: dict[str, Obstacle] = {}
        # Of a job that asks for several things at once, what has waited longest counts.
        for one in sorted(self._discord.waiting(), key=lambda one: one.for_s):
            if one.asker and one.for_s >= _LEAST_S:
                found[one.asker] = Obstacle(
                    one.obstacle,
                    one.limit,
                    since_ms=round(unix_ms - one.for_s * 1000),
                    until_ms=None if one.left_s is None else round(unix_ms + one.left_s * 1000),
                )
        return found
