"""Looks at a made-up fleet."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence

from clipsaver import __version__
from clipsaver.errors import DatabaseUnavailable, RedisUnavailable, UsageError
from clipsaver.queue.operating.trees import TaskTree
from clipsaver.queue.produce import JobStatus
from clipsaver.tui.sources.seen import Common, Place, Seen, Store
from clipsaver.tui.sources.simulated import limits
from clipsaver.tui.sources.simulated.bodies import body
from clipsaver.tui.sources.simulated.cast import GROUP, STREAM
from clipsaver.tui.sources.simulated.entries import counts, status_of
from clipsaver.tui.sources.simulated.members import tree_of, workers
from clipsaver.tui.sources.simulated.pictures import draw
from clipsaver.tui.sources.simulated.world import World, id_order
from clipsaver.tui.sources.wanted import Wanted

_REDIS = "redis://localhost:6379/0"
_DATABASE = "postgresql://localhost/clipsaver"


class SimulatedSource:
    """A `Source`. `arrive` lets the world be as it is by now."""

    def __init__(self, world: World, arrive: Callable[[], None]) -> None:
        self._world = world
        self._arrive = arrive
        self._places = {str(one.channel_id): Place(one.guild, one.name) for one in world.channels}

    async def look(self, wanted: Wanted) -> Seen:
        """See the protocol; raises RedisUnavailable while it is away in the scene."""
        self._reach_redis()
        world = self._world
        return Seen(world.now_ms, self._common(), body(world, wanted))

    async def progress(self, run_ids: Sequence[str]) -> Mapping[str, JobStatus]:
        """See the protocol."""
        self._reach_redis()
        known = {one: self._world.runs.get(one) for one in run_ids}
        return {
            run_id: status_of(self._world, run)
            for run_id, run in known.items()
            if run is not None and run.was_taken
        }

    async def task_tree(self, worker: str) -> TaskTree:
        """See the protocol."""
        self._reach_redis()
        hand = self._world.hands.get(worker)
        if hand is None or not self._world.is_alive(hand):
            raise UsageError(f"no worker {worker!r} is alive")
        return tree_of(self._world, hand)

    async def picture(self, storage_key: str) -> bytes | None:
        """See the protocol; drawn now, which takes some milliseconds of a thread."""
        self._arrive()
        for clip in self._world.clips:
            if storage_key == clip.storage_key(self._world.now_ms):
                return await asyncio.to_thread(draw, storage_key, *clip.size())
        return None

    def _reach_redis(self) -> None:
        self._arrive()
        if "redis" in self._world.away:
            raise no_redis()

    def _common(self) -> Common:
        world = self._world
        away_ms = world.away.get("database")
        is_here = away_ms is None
        return Common(
            redis=Store(latency_ms=_wobble(world, 0.6)),
            database=Store(latency_ms=_wobble(world, 2.1))
            if is_here
            else Store(error=str(no_database()), since_ms=away_ms),
            workers=workers(world),
            counts=counts(world),
            dead=len(world.letters),
            oldest_dead_ms=min((id_order(one)[0] for one in world.letters), default=None),
            allowance=limits.ALLOWANCE if any(map(world.is_alive, world.hands.values())) else 0.0,
            sent=limits.requests_per_s(world),
            limit_waits=len(limits.waiters(world)),
            clips=int(world.clips_found) if is_here else None,
            version=__version__,
            stream=STREAM,
            group=GROUP,
            config="simulated fleet (--demo)",
            places=self._places if is_here else {},
        )


def no_redis() -> RedisUnavailable:
    """What is raised where it cannot be reached."""
    words = f"Redis at {_REDIS}: nothing listens there; start it, or correct redis.url"
    return RedisUnavailable(words, said="Connection refused")


def no_database() -> DatabaseUnavailable:
    """The same of the database."""
    words = f"PostgreSQL at {_DATABASE}: nothing listens there; start it, or correct database.url"
    return DatabaseUnavailable(words, said="Connection refused")


def _wobble(world: World, latency_ms: float) -> float:
    """Not the same each second."""
    return round(latency_ms * (1 + world.now_ms // 1000 * 7919 % 11 / 40), 2)
