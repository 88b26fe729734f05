"""The statistics of all parts of a worker in one, for its heartbeat."""

from __future__ import annotations

from collections import Counter
from typing import Any, TypeVar

import msgspec
import trio

from clipsaver.discord_rest.limits.statistics import Statistics
from clipsaver.discord_rest.recent import Heard
from clipsaver.queue import worker_statistics as told
from clipsaver.redis_calls.scripts import RedisCommands
from clipsaver.trio_io.redis_client import RedisClient
from clipsaver.worker import process
from clipsaver.worker.place import Workplace
from clipsaver.worker.stores import Stores
from clipsaver.worker.tally import Tally
from clipsaver.worker.thumbnailing.nursery import Thumbnails

_T = TypeVar("_T")


def gather(
    place: Workplace,
    stores: Stores,
    tally: Tally,
    thumbnails: Thumbnails | None,
    *,
    watching: int,
    redis_ms: float,
    grace_left_s: float | None = None,
) -> told.WorkerStatistics:
    """As of now. Costs no I/O but a look at /proc.

    `watching` is how many guilds this worker watches, `redis_ms` is what the last heartbeat took,
    `grace_left_s` what a worker that stops leaves to its jobs.
    """
    discord = place.discord.statistics()
    return told.WorkerStatistics(
        slots=_told(place.slots.statistics(), told.Slots),
        leases=_told(place.leases.statistics(), told.Leases),
        outcomes=dict(tally.outcomes),
        by_type={kind: dict(outcomes) for kind, outcomes in tally.by_type.items()},
        redelivered=dict(tally.redelivered),
        progress=_told(place.progress.statistics(), told.Progress),
        pages=_told(place.writers.statistics(), told.Pages),
        runs=_told(place.runs.statistics(), told.Combined),
        scripts=_told(stores.scripts.statistics(), told.Combined),
        database=_told(place.database.statistics(), told.Connections),
        redis=_of_redis(stores.redis),
        http=_told(discord.http, told.Connections) if discord.http else told.Connections(),
        limits=_told(discord.limits, told.Limits),
        discord=_of_discord(discord),
        thumbnails=_told(thumbnails.statistics(), told.Thumbnails)
        if thumbnails
        else told.Thumbnails(),
        process=_told(process.statistics(), told.Process),
        away=told.Away(
            redis_s=_for_s(place.redis_outage.since),
            database_s=_for_s(place.database.outage.since),
            discord_s=_for_s(place.reach.away_since),
            thumbnails_s=_for_s(thumbnails.away_since) if thumbnails else None,
        ),
        watching=watching,
        redis_ms=redis_ms,
        grace_left_s=None if grace_left_s is None else round(grace_left_s, 1),
    )


def _told(statistics: Any, kind: type[_T]) -> _T:
    """What is told of a part: its fields by their names."""
    return msgspec.convert(statistics, kind, from_attributes=True)


def _of_redis(redis: RedisCommands) -> told.Connections:
    return (
        _told(redis.statistics(), told.Connections)
        if isinstance(redis, RedisClient)
        else told.Connections()
    )


def _of_discord(client: Statistics) -> told.Discord:
    answers: Counter[str] = Counter()
    routes: dict[str, dict[str, int]] = {}
    for (route, status), count in client.answers.items():
        answers[str(status)] += count
        routes.setdefault(route, {})[str(status)] = count
    return told.Discord(
        answers=dict(answers),
        routes=routes,
        failures=client.failures,
        refusals=dict(client.refusals),
        retries=client.retries,
        token_held_for_s=_for_s(client.held_since),
        recent={route: tuple(map(_heard, answers)) for route, answers in client.recent.items()},
    )


def _heard(one: Heard) -> told.Heard:
    return told.Heard(
        round(trio.current_time() - one.at, 2),
        one.status,
        one.limit,
        one.remaining,
        one.reset_after_s,
        one.retry_after_s,
        one.scope,
    )


def _for_s(since: float | None) -> float | None:
    return None if since is None else round(trio.current_time() - since, 1)
