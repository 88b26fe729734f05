"""What every screen shows: the stores, the workers, the counts."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from clipsaver.discord_rest.limits.view import pace_commands, pace_of
from clipsaver.queue.intake import WAITING
from clipsaver.queue.link import Link
from clipsaver.queue.operating.heartbeats import consumers, heartbeats
from clipsaver.queue.operating.pending import Counts, counts_of
from clipsaver.queue.operating.workers import Worker, workers_of
from clipsaver.redis_calls.scripts import Value
from clipsaver.tui.sources.live.exchange import together

Beats = Mapping[str, Mapping[str, str]]


@dataclass(frozen=True, slots=True)
class Standing:
    """The part of `Common` that comes from Redis, with what verdicts need."""

    now_ms: int
    latency_ms: float
    workers: tuple[Worker, ...]
    beats: Beats
    counts: Counts
    dead: int
    oldest_dead_ms: int | None
    newest_dead: str | None
    allowance: float
    sent: int

    @property
    def limit_waits(self) -> int:
        """Requests that wait for a limit, of all workers."""
        said = [one.statistics for one in self.workers if one.statistics is not None]
        return sum(statistics.limits.waiting for statistics in said)


class StandingReader:
    """Reads it in one round trip, two where a worker is new. `clock` is monotonic, in seconds."""

    def __init__(
        self, link: Link, *, token: str, lease_ms: int, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._link = link
        self._token = token
        self._lease_ms = lease_ms
        self._clock = clock
        self._names: list[str] = []
        self._ahead_s = time.time() - clock()
        """By how much Redis' clock is ahead of ours."""

    def now_ms(self) -> int:
        """Unix time by the clock of Redis, about."""
        return round((self._clock() + self._ahead_s) * 1000)

    async def read(self) -> Standing:
        """Raises RedisUnavailable."""
        began_s = self._clock()
        async with together() as group:
            known_task = group.create_task(consumers(self._link))
            beats_task = group.create_task(heartbeats(self._link, self._names))
            facts_task = group.create_task(self._facts(began_s))
        known, beats = known_task.result(), beats_task.result()
        (seconds, micros), length, delayed, dead, first, last, *pace = facts_task.result()
        latency_ms = round((self._clock() - began_s) * 1000, 2)
        now_ms = int(seconds) * 1000 + int(micros) // 1000
        self._ahead_s = now_ms / 1000 - began_s
        new = [name for name in known if name != WAITING and name not in self._names]
        beats |= await heartbeats(self._link, new)
        self._names = [name for name in known if name != WAITING]
        rate, sent = pace_of(pace)
        return Standing(
            now_ms=now_ms,
            latency_ms=latency_ms,
            workers=tuple(workers_of(known, beats, now_ms=now_ms, lease_ms=self._lease_ms)),
            beats=beats,
            counts=counts_of(known, beats, length=int(length), delayed=int(delayed)),
            dead=int(dead),
            oldest_dead_ms=_died_ms(first),
            newest_dead=last[0][0].decode() if last else None,
            allowance=rate,
            sent=sent,
        )

    async def _facts(self, began_s: float) -> list[Any]:
        names = self._link.names
        commands: list[tuple[Value, ...]] = [
            ("TIME",),
            ("XLEN", names.stream),
            ("ZCARD", names.delayed),
            ("XLEN", names.dead),
            ("XRANGE", names.dead, "-", "+", "COUNT", 1),
            ("XREVRANGE", names.dead, "+", "-", "COUNT", 1),
            *pace_commands(self._token, began_s + self._ahead_s),
        ]
        return await self._link.together(commands)


def _died_ms(rows: Sequence[tuple[bytes, Any]]) -> int | None:
    """When the letter died that is the only one of these, if there is one: ids are times."""
    return int(rows[0][0].partition(b"-")[0]) if rows else None
