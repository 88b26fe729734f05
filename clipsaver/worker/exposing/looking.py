"""Looks at a worker for who asks: what it counts, and whether what it needs answers now."""

from __future__ import annotations

import socket
from collections.abc import Mapping

import trio

from clipsaver.config import Config, egress_of
from clipsaver.discord_rest.limits.view import LimitsView, read_view
from clipsaver.errors import RedisUnavailable
from clipsaver.queue.operating.backlog import Backlog, read_backlog
from clipsaver.queue.worker_statistics import WorkerStatistics
from clipsaver.worker.exposing.asking import Question
from clipsaver.worker.exposing.figures import Snapshot
from clipsaver.worker.exposing.health import STARTING, STOPPING, Standing
from clipsaver.worker.exposing.subject import OpenStores, Subject


class Look:
    """At one worker, for as long as it lives."""

    def __init__(self, config: Config, subject: Subject, stopping: trio.Event) -> None:
        self._config = config
        self._subject = subject
        self._stopping = stopping
        self._backlog = Question(self._ask_backlog)
        self._limits = Question(self._ask_limits)
        self._database = Question(self._ask_database)

    async def standing(self) -> Standing:
        """For /readyz; asks both stores."""
        async with trio.open_nursery() as both:
            both.start_soon(self._backlog.answer)
            both.start_soon(self._database.answer)
        told = self._statistics()
        stores, now = self._subject.stores, trio.current_time()
        redis_since = database_since = None
        if stores is not None:
            redis_since = _first(stores.redis_outage.since, self._backlog.unanswered_since)
            database_since = _first(stores.database.outage.since, self._database.unanswered_since)
        return Standing(
            state=self._state(),
            has_stores=stores is not None,
            redis_away_s=None if redis_since is None else now - redis_since,
            database_away_s=None if database_since is None else now - database_since,
            token_held_s=told.discord.token_held_for_s if told else None,
            discord_away_s=told.away.discord_s if told else None,
            thumbnails_away_s=told.away.thumbnails_s if told else None,
        )

    async def snapshot(self, late_s: float) -> Snapshot:
        """For /metrics; `late_s` is how late the loop was."""
        async with trio.open_nursery() as nursery:
            nursery.start_soon(self._limits.answer)
            standing = await self.standing()
        return Snapshot(
            state=standing.state,
            up=_up(standing),
            late_s=late_s,
            statistics=self._statistics(),
            backlog=await self._backlog.answer(),
            limits=await self._limits.answer(),
            requests_per_second=self._config.discord.requests_per_second,
        )

    def _state(self) -> str:
        worker = self._subject.worker
        if worker is not None:
            return worker.state()
        return STOPPING if self._stopping.is_set() else STARTING

    def _statistics(self) -> WorkerStatistics | None:
        return self._subject.worker.statistics() if self._subject.worker else None

    def _stores(self) -> OpenStores:
        if self._subject.stores is None:
            raise RedisUnavailable("the stores are not open")
        return self._subject.stores

    async def _ask_backlog(self) -> Backlog:
        return await read_backlog(self._stores().link)

    async def _ask_limits(self) -> LimitsView:
        link = self._stores().link
        config = self._config
        token, egress = config.discord.token, egress_of(config, host=socket.gethostname())
        return await read_view(link.redis, server=link.server, token=token, egress=egress)

    async def _ask_database(self) -> bool:
        """Where all connections are in use the work is the question: it says what is away."""
        database = self._stores().database
        pool = database.statistics()
        if pool.in_use < pool.size:
            async with database.connection() as connection:
                await connection.execute("select 1")
        return True


def _up(standing: Standing) -> Mapping[str, bool]:
    return {
        "redis": standing.has_stores and standing.redis_away_s is None,
        "postgresql": standing.has_stores and standing.database_away_s is None,
        "discord": standing.discord_away_s is None,
        "thumbnails": standing.thumbnails_away_s is None,
    }


def _first(*since: float | None) -> float | None:
    return min((one for one in since if one is not None), default=None)
