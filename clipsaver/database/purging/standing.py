"""Where a purge stands, and how it moves: one step at a time, whoever does it.

Each step is one transaction that begins with the purge's own row. Where that does not stand any
more where the step was planned, somebody else has done it, and nothing happens.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from psycopg import AsyncConnection, AsyncCursor

from clipsaver.database.purging.place import Place, place_of
from clipsaver.database.purging.purges import COLUMNS, purge_of_row
from clipsaver.records import Purge, PurgeStage

_READ = f"select {COLUMNS}, place from purges where purge_id = %s"  # noqa: S608 -- constants

# A plan that was made once, while the tables were young, would read them whole ever after.
ALONG_INDEXES = (
    "set_config('enable_seqscan', 'off', true), "
    "set_config('plan_cache_mode', 'force_custom_plan', true)"
)
"""To select in a transaction whose statements find rows by their keys."""
_LOCK = f"select {COLUMNS}, place, {ALONG_INDEXES} from purges where purge_id = %s for update"  # noqa: S608 -- constants


@dataclass(frozen=True, slots=True)
class Standing:
    """A purge and where its stage goes on, as read together."""

    purge: Purge
    place: Place


class Passed(Exception):
    """The purge does not stand there any more: somebody else did it."""


async def standing_of(conn: AsyncConnection[Any], purge_id: int) -> Standing | None:
    """Where it stands; None = there is no such purge."""
    found = await conn.execute(_READ, [purge_id])
    return _standing(await found.fetchone())


def _standing(row: Sequence[Any] | None) -> Standing | None:
    return None if row is None else Standing(purge_of_row(row[:-1]), place_of(row[-1]))


@asynccontextmanager
async def step_at(conn: AsyncConnection[Any], at: Standing) -> AsyncIterator[None]:
    """A transaction in which nobody else moves the purge. Raises Passed where it moved already."""
    async with conn.transaction():
        found = await conn.execute(_LOCK, [at.purge.purge_id])
        row = await found.fetchone()
        now = None if row is None else _standing(row[:-2])
        if now is None or (now.purge.stage, now.place, now.purge.asked_at) != (
            *(at.purge.stage, at.place, at.purge.asked_at),
        ):
            raise Passed
        yield


async def move(
    conn: AsyncConnection[Any],
    at: Standing,
    place: Place | None,
    *,
    stage: PurgeStage | None = None,
    sums: Mapping[str, int] = MappingProxyType({}),
) -> Standing:
    """The purge stands there from now on; `sums` are added to its columns of these names."""
    added = "".join(f", {name} = {name} + %({name})s" for name in sums)
    found = await conn.execute(
        f"""
        update purges set stage = %(stage)s, place = %(place)s, updated_at = now(){added}
        where purge_id = %(purge)s returning {COLUMNS}, place
        """,  # noqa: S608 -- names of ours
        {
            "purge": at.purge.purge_id,
            "stage": (stage or at.purge.stage).value,
            "place": None if place is None else str(place),
            **sums,
        },
    )
    moved = _standing(await found.fetchone())
    assert moved is not None
    return moved


async def only_row(found: AsyncCursor[Any]) -> Sequence[Any]:
    """The one row that the query has."""
    row: Sequence[Any] | None = await found.fetchone()
    assert row is not None
    return row
