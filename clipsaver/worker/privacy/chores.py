"""Does a chore whenever it is due and no other worker has it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import NoReturn

import structlog
import trio

from clipsaver.database import chores
from clipsaver.database.chores import Taken
from clipsaver.errors import ClipsaverError
from clipsaver.worker.place import Workplace

_log = structlog.get_logger()

LEASE_S = 60.0
"""Within this a chore gets on, or it is another worker's."""
LOOK_EVERY_S = 60.0
"""How often a worker looks at the longest whether one is due: another may have hastened it."""
_AT_LEAST_S = 15.0
"""Between two looks at a chore that another worker is at: if that one lives, nothing is due."""
_AGAIN_S = 600.0
"""After one that failed."""


class NotOurs(Exception):
    """Another worker has the chore by now."""


@dataclass(slots=True)
class Hand:
    """A chore in hand."""

    place: Workplace
    taken: Taken

    async def keep(self, keep: str | None = None) -> None:
        """The chore gets on; from now on it has another lease. `keep` is where it goes on.

        Raises NotOurs.
        """
        await self.put_off(LEASE_S, keep)

    async def put_off(self, for_s: float, keep: str | None = None) -> None:
        """It is due in so many seconds. Raises NotOurs."""
        taken = self.taken
        put_off = await self.place.with_database(
            lambda conn: chores.put_off(conn, taken, for_s, place=keep)
        )
        if put_off is None:
            raise NotOurs
        self.taken = put_off

    @property
    def now(self) -> float:
        """Unix seconds, for what is removed for its age: a clock that is ahead removes nothing."""
        return min(self.place.clock(), self.taken.now)


@dataclass(frozen=True, slots=True)
class Chore:
    """What one of all workers does now and then."""

    name: str
    first_in_s: float
    """After a fresh start; each worker's own dice spread it."""
    do: Callable[[Hand], Awaitable[float]]
    """Does it, and returns in how many seconds it is due again. May be cut off at any point."""


async def keep_doing(
    place: Workplace,
    chore: Chore,
    *,
    is_due_now: bool = False,
    task_status: trio.TaskStatus[None] = trio.TASK_STATUS_IGNORED,
) -> NoReturn:
    """Does the chore when it is due, until cancelled; `is_due_now`: also at the start."""
    task_status.started()
    first_in_s = chore.first_in_s * place.rng.uniform(0.5, 1.5)
    await place.with_database(lambda conn: chores.note_chore(conn, chore.name, first_in_s))
    if is_due_now:
        await place.with_database(lambda conn: chores.hasten_chore(conn, chore.name))
    while True:
        pause_s = await _once(place, chore)
        await trio.sleep(pause_s)


async def _once(place: Workplace, chore: Chore) -> float:
    """Does it if it is due and ours; returns for how long to leave it alone, in seconds."""
    if place.stopping.is_set():
        return LOOK_EVERY_S
    taken = await place.with_database(lambda conn: chores.take_chore(conn, chore.name, LEASE_S))
    if taken is None:
        due_s = await place.with_database(lambda conn: chores.due_in_s(conn, chore.name))
        return min(max(due_s, _AT_LEAST_S), LOOK_EVERY_S) * place.rng.uniform(1.0, 1.2)
    hand = Hand(place, taken)
    try:
        try:
            again_s = await chore.do(hand)
        except ClipsaverError as error:
            again_s = _AGAIN_S
            _log.warning("chore_failed", chore=chore.name, error=str(error), again_s=again_s)
        await hand.put_off(again_s)
    except NotOurs:
        return _AT_LEAST_S
    return min(again_s, LOOK_EVERY_S)
