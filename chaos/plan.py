"""Which faults come when: a plan from a seed. Pure.

A round holds each kind of fault at least once, in an order of its own; faults overlap. Only a kill
that is timed comes when all before it is over, and all after it waits until others have its jobs:
how soon they do is promised for servers that are up.
"""

from __future__ import annotations

import enum
import random
from collections.abc import Iterator
from dataclasses import dataclass


class Kind(enum.StrEnum):
    """What can happen."""

    KILL = "worker killed"
    """SIGKILL, and another one in its place a little later."""
    TIMED_KILL = "worker killed in quiet"
    """The same, with nothing else wrong and room elsewhere: how soon do others have its jobs?"""
    START_KILL = "worker killed as it starts"
    """A killed one, and the next one as well, at any moment of its start."""
    FREEZE = "worker frozen"
    """SIGSTOP for about a lease or for far longer, then SIGCONT."""
    STOP = "worker stopped"
    """SIGTERM, and another one at once."""
    STOP_KILL = "worker killed as it stops"
    """SIGTERM, and SIGKILL within a second."""
    VALKEY = "Valkey killed"
    POSTGRES = "PostgreSQL killed"
    BOTH = "both servers killed"
    VALKEY_AT_STOP = "Valkey killed as a worker stops"
    VALKEY_FROZEN = "Valkey frozen"
    """SIGSTOP for longer than a lease, then SIGCONT: every lease has run out, and nobody died."""
    POSTGRES_FROZEN = "PostgreSQL frozen"
    """The same: what was committed is not known, and leases go on."""
    CUT = "connections cut"
    """Those of one worker to one server, all at once."""
    ANSWERS = "answers lost"
    """A request arrives, then the connection breaks: between commit and answer, say."""
    SILENCE = "connections silent"
    """Nothing comes through and nothing breaks, for up to two leases."""
    FULL = "Valkey full"
    READ_ONLY = "PostgreSQL read-only"


class Store(enum.StrEnum):
    """Which server a connection leads to."""

    VALKEY = "valkey"
    POSTGRES = "postgres"


WORKER_KINDS = frozenset(
    {Kind.KILL, Kind.TIMED_KILL, Kind.START_KILL, Kind.FREEZE, Kind.STOP, Kind.STOP_KILL}
)
LINK_KINDS = frozenset({Kind.CUT, Kind.ANSWERS, Kind.SILENCE})

FOR_THE_BUSIEST = frozenset({Kind.TIMED_KILL, Kind.FREEZE})
"""What tells nothing where it meets a worker that has nothing in hand: it meets who has most."""

_TWICE = (Kind.KILL, Kind.FREEZE, Kind.CUT, Kind.ANSWERS)
"""Of a full round: what is cheap, or meets another moment each time."""
_LEASES_RUN_OUT = frozenset({Kind.FREEZE, Kind.VALKEY_FROZEN})
"""What tells nothing where it is shorter than a lease."""
_BRIEFLY = {kind: 1.0 if kind in _LEASES_RUN_OUT else 0.3 for kind in Kind}
"""Of its usual time, how long a fault lasts in a brief round."""


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that goes wrong."""

    at_s: float
    """After the first job was pushed, at the earliest: a server comes back when it comes back."""
    kind: Kind
    worker: int
    """Whom it meets, from 0; faults of servers meet all, and some whoever is busiest."""
    store: Store
    """Which of its connections, where the fault is one of connections."""
    lasts_s: float
    """How long what is down stays down, is frozen, silent or full."""

    def __str__(self) -> str:
        of = {
            **dict.fromkeys(WORKER_KINDS | {Kind.VALKEY_AT_STOP}, f" {self.worker}"),
            **dict.fromkeys(FOR_THE_BUSIEST, ", the busiest one"),
            **dict.fromkeys(LINK_KINDS, f" {self.worker} to {self.store}"),
        }.get(self.kind, "")
        return f"{self.at_s:6.1f} s  {self.kind}{of}, {self.lasts_s:.2f} s"


@dataclass(frozen=True, slots=True)
class Plan:
    """All faults of a run, in order."""

    faults: tuple[Fault, ...]
    ends_s: float
    """When the last one is over, as far as the plan knows."""


def make_plan(
    seed: int,
    *,
    workers: int,
    lease_s: float,
    rounds: int,
    brief: bool = False,
    only: tuple[Kind, ...] = (),
) -> Plan:
    """The faults of so many rounds; a `brief` one has each kind once and takes as little time as
    it can.

    `only` makes a round of these kinds alone.
    """
    rng = random.Random(f"plan {seed}")
    faults: list[Fault] = []
    now = busy_until = 0.5
    for kind in _kinds(rng, rounds, brief=brief, only=only):
        if kind is Kind.TIMED_KILL:
            now = max(now, busy_until)
        fault = Fault(
            at_s=round(now, 3),
            kind=kind,
            worker=rng.randrange(workers),
            store=rng.choice((Store.VALKEY, Store.POSTGRES)),
            lasts_s=round(_lasts_s(rng, kind, lease_s) * (_BRIEFLY[kind] if brief else 1.0), 3),
        )
        faults.append(fault)
        busy_until = max(busy_until, now + fault.lasts_s)
        now += rng.uniform(0.1, 0.7) if brief else rng.uniform(0.1, 2.5)
        if kind is Kind.TIMED_KILL:
            now = max(now, busy_until)
    return Plan(tuple(faults), max(now, busy_until))


def _kinds(
    rng: random.Random, rounds: int, *, brief: bool, only: tuple[Kind, ...]
) -> Iterator[Kind]:
    deck = list(only or Kind)
    if not brief and not only:
        deck += _TWICE
    for _ in range(rounds):
        rng.shuffle(deck)
        if brief:
            deck.sort(key=lambda kind: kind is not Kind.TIMED_KILL)  # nothing to wait for before
        yield from deck


def _lasts_s(rng: random.Random, kind: Kind, lease_s: float) -> float:
    """Chosen so that some are shorter than a lease, some longer, and some just about one."""
    match kind:
        case Kind.FREEZE:
            longer = rng.uniform(1.5, 4.0)
            return lease_s * rng.choice((1.0, rng.uniform(0.9, 1.1), longer, longer))
        case Kind.VALKEY_FROZEN | Kind.POSTGRES_FROZEN:
            return lease_s * rng.uniform(1.1, 1.6)
        case Kind.SILENCE:
            return lease_s * rng.uniform(0.1, 2.0)
        case Kind.VALKEY | Kind.POSTGRES | Kind.BOTH | Kind.VALKEY_AT_STOP:
            return rng.choice((0.0, rng.uniform(0.0, 1.0), lease_s * rng.uniform(0.5, 1.5)))
        case Kind.FULL | Kind.READ_ONLY:
            return rng.uniform(0.2, 2.0)
        case Kind.ANSWERS:
            return rng.uniform(0.5, 2.0)
        case Kind.CUT:
            return 0.0
        case _:
            return rng.uniform(0.0, 1.5)
