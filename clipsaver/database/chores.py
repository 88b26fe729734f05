"""What one of all workers does now and then: `chores`, a row for each.

Who finds a chore due takes it by putting it off for a while, in one statement, so that one of all
has it. Who has it puts it off again as it gets on, and at the end until it is due next. One whose
worker died is due again when that while is over, and is then done by another.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from psycopg import AsyncConnection

_COLUMNS = "name, place, due_at, extract(epoch from now())::float8"


@dataclass(frozen=True, slots=True)
class Taken:
    """A chore in hand."""

    name: str
    place: str | None
    """Where it goes on, as kept last."""
    due_at: datetime
    """When another worker may take it; tells this hand from any other."""
    now: float
    """Unix seconds, by the database's clock."""


async def note_chore(conn: AsyncConnection[Any], name: str, first_in_s: float) -> None:
    """Sees that there is such a chore; one that is new is due in so many seconds."""
    await conn.execute(
        """
        insert into chores (name, due_at) values (%s, now() + %s * interval '1 second')
        on conflict do nothing
        """,
        [name, first_in_s],
    )


async def hasten_chore(conn: AsyncConnection[Any], name: str) -> None:
    """Makes it due now."""
    await conn.execute(
        "update chores set due_at = now() where name = %s and due_at > now()", [name]
    )


async def take_chore(conn: AsyncConnection[Any], name: str, for_s: float) -> Taken | None:
    """Takes it if it is due; it has to be put off again within so many seconds."""
    found = await conn.execute(
        f"""
        update chores set due_at = now() + %s * interval '1 second'
        where name = %s and due_at <= now()
        returning {_COLUMNS}
        """,  # noqa: S608 -- a constant
        [for_s, name],
    )
    row = await found.fetchone()
    return None if row is None else Taken(*row)


async def put_off(
    conn: AsyncConnection[Any], taken: Taken, for_s: float, *, place: str | None = None
) -> Taken | None:
    """It is due in so many seconds: to go on with it, or to leave it. None = it is another's now.

    `place` replaces what is kept, unless it is None.
    """
    found = await conn.execute(
        f"""
        update chores set due_at = now() + %s * interval '1 second', place = coalesce(%s, place)
        where name = %s and due_at = %s
        returning {_COLUMNS}
        """,  # noqa: S608 -- a constant
        [for_s, place, taken.name, taken.due_at],
    )
    row = await found.fetchone()
    return None if row is None else Taken(*row)


async def due_in_s(conn: AsyncConnection[Any], name: str) -> float:
    """In how many seconds it is due; not above 0 = it is, or there is none."""
    found = await conn.execute(
        "select extract(epoch from due_at - now())::float8 from chores where name = %s", [name]
    )
    row = await found.fetchone()
    return 0.0 if row is None else float(row[0])
