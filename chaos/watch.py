"""What happened when: how soon others had a dead worker's jobs, and what a frozen one lost."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

import redis
import trio

from chaos.plan import Fault, Kind
from chaos.stage import GROUP, STREAM, Stage, Worker
from chaos.stops import Stop
from chaos.thefts import Absence, Outage

ASIDE = "(waiting)"
"""Consumer of entries that wait in line: they are nobody's."""
_LOSSES = {"lease_lost", "job_abandoned", "job_not_settled"}
"""Log events that name a run which the worker no longer holds."""
_LOOK_EVERY_S = 0.05
_GIVE_UP_S = 90.0

_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class Recovery:
    """One entry of a killed worker."""

    killed_s: float
    taken_s: float | None
    """None = not before the watch ended."""
    had_room: bool = True
    """Whether the other workers had places for all that there was to do."""

    @property
    def took_s(self) -> float:
        return float("inf") if self.taken_s is None else self.taken_s - self.killed_s


@dataclass(frozen=True, slots=True)
class Lost:
    """A run that a worker held as it was frozen, and that another had before it woke."""

    log: str
    run: str


@dataclass(slots=True)
class Watched:
    """All that is to be told of a run, in seconds of Trio's clock."""

    zero_s: float = 0.0
    """Unix time at which that clock was at 0, for what logs say."""
    faults: Counter[Kind] = field(default_factory=Counter)
    """Those that were carried out."""
    troubles: list[tuple[float, float, Fault]] = field(default_factory=list)
    """When something was wrong, from and until."""
    recoveries: list[Recovery] = field(default_factory=list)
    stops: list[Stop] = field(default_factory=list)
    absences: list[Absence] = field(default_factory=list)
    outages: list[Outage] = field(default_factory=list)
    lost: list[Lost] = field(default_factory=list)
    freezes: int = 0
    """Workers that lost something as they were frozen."""
    bad_stops: list[str] = field(default_factory=list)
    kills: int = 0


def quiet_recoveries(watched: Watched, lease_s: float) -> list[Recovery]:
    """Those with nothing else wrong, from a lease before the kill until the entry was taken."""
    return [
        one
        for one in watched.recoveries
        if one.had_room
        and not any(
            start < one.killed_s + min(one.took_s, lease_s + 2) and end > one.killed_s - lease_s
            for start, end, fault in watched.troubles
            if fault.kind is not Kind.TIMED_KILL
        )
    ]


def chronicle(watched: Watched, began: float) -> str:
    """When which fault was carried out, and how soon whose jobs were others'; from the push on."""
    lines = [
        (start, f"until {end - began:6.1f} s: planned for {fault}")
        for start, end, fault in watched.troubles
    ]
    lines += [(one.killed_s, f"an entry of a killed worker: {one.took_s:.2f} s")
              for one in watched.recoveries]  # fmt: skip
    return "".join(f"{at - began:6.1f} s  {what}\n" for at, what in sorted(lines))


def unsaid(lost: Sequence[Lost], logs: Mapping[str, list[dict[str, Any]]]) -> list[Lost]:
    """Losses of which the worker's log says nothing."""
    said = {
        (log, line.get("run"))
        for log, lines in logs.items()
        for line in lines
        if line["event"] in _LOSSES or line.get("outcome") == "abandoned"
    }
    return [one for one in lost if (one.log, one.run) not in said]


async def insist(stage: Stage, look: Callable[[redis.Redis], _T]) -> _T:
    """What Redis answers, as soon as it does."""

    def ask() -> _T:
        with stage.redis() as client:
            return look(client)

    while True:
        try:
            return await trio.to_thread.run_sync(ask)
        except redis.RedisError:
            await trio.sleep(_LOOK_EVERY_S)


def held_by(client: redis.Redis, consumer: str) -> list[str]:
    """Ids of the entries that count as this consumer's."""
    return [entry for entry, holder in pending(client, consumer).items() if holder == consumer]


def pending(client: redis.Redis, consumer: str | None = None) -> dict[str, str]:
    """Who holds what, of all or of one."""
    try:
        rows: Any = client.xpending_range(STREAM, GROUP, "-", "+", 100_000, consumer)
    except redis.ResponseError:
        return {}
    return {row["message_id"].decode(): row["consumer"].decode() for row in rows}


def runs_of(client: redis.Redis, entries: list[str], consumer: str) -> dict[str, str]:
    """The runs of entries that this consumer has begun, by entry."""
    begun: dict[str, str] = {}
    for entry in entries:
        rows: Any = client.xrange(STREAM, entry, entry)
        if not rows:
            continue
        run = _run_of(entry, rows[0][1])
        known: Any = client.hmget(f"{{{STREAM}}}:job:{run}", "state", "worker")
        if known == [b"running", consumer.encode()]:
            begun[entry] = run
    return begun


def _run_of(entry: str, fields: dict[bytes, bytes]) -> str:
    carried = json.loads(fields.get(b"cs", b"{}"))
    return str(carried.get("run") or f"{STREAM}/{entry}")


async def others_have_room(stage: Stage) -> bool:
    """Whether all workers but one have places for all that there is to do."""
    settings = stage.settings
    places = (settings.workers - 1) * (settings.concurrency - 1)  # one is for live messages
    return int(await insist(stage, lambda client: client.xlen(STREAM))) <= places


async def watch_recovery(stage: Stage, watched: Watched, consumer: str, killed_s: float) -> None:
    """Looks until all that a killed consumer held is another's, or over."""
    left = set(await insist(stage, lambda client: held_by(client, consumer)))
    has_room = await others_have_room(stage)
    while left and trio.current_time() < killed_s + _GIVE_UP_S:
        held = await insist(stage, pending)
        now = trio.current_time()
        taken = {entry for entry in left if held.get(entry) not in (consumer, ASIDE)}
        watched.recoveries += [Recovery(killed_s, now, has_room)] * len(taken)
        left -= taken
        await trio.sleep(_LOOK_EVERY_S)
    watched.recoveries += [Recovery(killed_s, None, has_room)] * len(left)


@dataclass(slots=True)
class Frozen:
    """A worker that sleeps, and what it had begun before."""

    worker: Worker
    consumer: str
    begun: dict[str, str]
    """Run ids by entry."""
    taken: set[str] = field(default_factory=set)
    """Entries that were seen in others' hands."""

    async def watch(self, stage: Stage) -> None:
        """Looks until cancelled who takes what it held."""
        while True:
            held = await insist(stage, pending)
            self.taken |= {
                entry
                for entry in self.begun
                if held.get(entry, self.consumer) not in (self.consumer, ASIDE)
            }
            await trio.sleep(_LOOK_EVERY_S)
