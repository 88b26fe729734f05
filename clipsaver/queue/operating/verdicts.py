"""What happens next to an entry, by the rules that workers go by. Pure."""

from __future__ import annotations

import enum
from dataclasses import dataclass

from clipsaver.queue.policy import is_last_try, is_poison
from clipsaver.queue.takeover import has_run_out, is_late


class Place(enum.StrEnum):
    """Where an entry stands."""

    HELD = "held"
    """A worker has it and keeps its lease."""
    LATE = "late"
    """A worker has it, and has missed a renewal."""
    ORPHANED = "orphaned"
    """Its worker is gone, and its lease still runs."""
    TAKEOVER = "takeover"
    """Its lease ran out: the next free slot takes it over."""
    WAITING = "waiting"
    """Delivered to nobody in particular: it waits in line for a free slot."""
    UNREAD = "unread"
    """Not delivered yet."""
    RETRY = "retry"
    """It failed, and is tried again when it is due."""
    PUT_OFF = "put_off"
    """An obstacle is in its way until it is due."""
    GONE = "gone"
    """Somebody deleted its body from the stream: there is nothing left to do it from."""


@dataclass(frozen=True, slots=True)
class Rules:
    """What the configuration of the workers says."""

    lease_ms: int
    max_attempts: int
    max_deliveries: int


@dataclass(frozen=True, slots=True)
class Signs:
    """What is known of an entry at one moment."""

    is_delayed: bool = False
    due_in_ms: int = 0
    """Of one that is delayed."""
    is_pending: bool = False
    is_aside: bool = False
    """Pending under the name of those that wait in line, and not under a worker's."""
    is_alive: bool = False
    """Whether the worker that has it does beat."""
    has_body: bool = True
    idle_ms: int = 0
    deliveries: int = 0
    """Up to now, over all places that it has been in."""
    attempts: int = 0
    failed: bool = False
    """Whether the last delivery of one that is delayed failed."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """Where an entry stands and what comes next."""

    place: Place
    in_ms: int | None = None
    """When: until the lease runs out, or until it is due; negative = it was then. None where it
    comes to a slot being free, or to the holder."""
    is_last_try: bool = False
    """If it fails once more it is dead."""
    is_poison: bool = False
    """Whoever takes it next buries it: it took its workers down."""


def verdict(signs: Signs, rules: Rules) -> Verdict:
    """The verdict on an entry."""
    place, in_ms = _place(signs, rules)
    if place is Place.GONE:
        return Verdict(place)
    has_to_be_taken = place not in (Place.HELD, Place.LATE)
    return Verdict(
        place,
        in_ms,
        is_last_try=is_last_try(signs.attempts, rules.max_attempts),
        is_poison=is_poison(signs.deliveries + has_to_be_taken, rules.max_deliveries),
    )


def _place(signs: Signs, rules: Rules) -> tuple[Place, int | None]:
    if signs.is_delayed:
        return (Place.RETRY if signs.failed else Place.PUT_OFF), signs.due_in_ms
    if not signs.has_body:
        return Place.GONE, None
    if not signs.is_pending:
        return Place.UNREAD, None
    if signs.is_aside:
        return Place.WAITING, None
    left_ms = rules.lease_ms - signs.idle_ms
    if has_run_out(signs.idle_ms, rules.lease_ms):
        return Place.TAKEOVER, left_ms
    if not signs.is_alive:
        return Place.ORPHANED, left_ms
    return (Place.LATE if is_late(signs.idle_ms, rules.lease_ms) else Place.HELD), left_ms
