"""How long the queue is and how far behind: figures that are cheap however long it is.

XINFO GROUPS' own lag says little here: whoever reads next puts all that is new in line at once, and
to the server what stands in line is delivered.
"""

from __future__ import annotations

from dataclasses import dataclass

from clipsaver.queue.link import Link
from clipsaver.queue.operating import lua


@dataclass(frozen=True, slots=True)
class Backlog:
    """Entries by place, all counted at one moment."""

    held: int
    """In workers' hands, also of workers that are gone and whose leases have not run out."""
    waiting: int
    """In line."""
    unread: int
    """New, and not in line yet; too few by those that are held and whose body somebody deleted."""
    delayed: int
    """Put off until later: for another attempt, a limit or a lock."""
    dead: int
    """Dead letters, which wait for a person."""
    oldest_s: float
    """For how long the oldest that waits or is unread has stood there; 0 where there is none."""


async def read_backlog(link: Link) -> Backlog:
    """One round trip, and no entry's body. Raises RedisUnavailable."""
    names = link.names
    keys = (names.stream, names.delayed, names.dead)
    reply = await lua.run(link, "backlog", keys, [names.group])
    held, waiting, unread, delayed, dead, oldest_ms = map(int, reply)
    return Backlog(held, waiting, unread, delayed, dead, max(0, oldest_ms) / 1000)
