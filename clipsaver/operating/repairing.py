"""Finds the runs whose entries a lost Redis has taken away, and puts them back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from clipsaver.database.run_list import Unfinished, jobs_to_put_back, unfinished_runs
from clipsaver.operating.connecting import Connections
from clipsaver.queue.link import Link
from clipsaver.queue.operating.audit import Act
from clipsaver.queue.operating.repair import Lost, ghosts_in_line, put_back, runs_present
from clipsaver.records import RunState

_CHUNK = 100


@dataclass(slots=True)
class Damage:
    """What was found."""

    lost: list[str] = field(default_factory=list)
    """Runs that are not over and have no entry."""
    recent: int = 0
    """Such runs whose row was changed within the last lease: a worker may have them in hand."""
    unfinished: int = 0
    ghosts: int = 0
    """Places in line that are nobody's."""


async def damage_of(link: Link, database: Connections, *, lease_s: float) -> Damage:
    """What is wrong; changes nothing.

    The rows are read first: what is begun while one looks at the stream is none of them.
    """
    rows: list[Unfinished] = []
    async with database.connection() as connection:
        while page := await unfinished_runs(
            connection, link.names.stream, after=rows[-1].run_id if rows else ""
        ):
            rows += page
    present = await runs_present(link)
    damage = Damage(unfinished=len(rows), ghosts=await ghosts_in_line(link, remove=False))
    for row in rows:
        if row.run_id in present:
            continue
        if row.state is RunState.RUNNING and row.idle_s < lease_s:
            damage.recent += 1
        else:
            damage.lost.append(row.run_id)
    return damage


@dataclass(frozen=True, slots=True)
class Repaired:
    """What was done."""

    put_back: list[str]
    """Runs."""
    ghosts: int
    """Places in line that were given up."""


async def repair(link: Link, database: Connections, act: Act, damage: Damage) -> Repaired:
    """Mends what was found, as far as it is still so; may be repeated."""
    restored = await put_all_back(link, database, act, damage.lost)
    ghosts = await ghosts_in_line(link, remove=True) if damage.ghosts else 0
    return Repaired(restored, ghosts)


async def put_all_back(
    link: Link, database: Connections, act: Act, run_ids: Sequence[str]
) -> list[str]:
    """Puts back those that are still not over and nowhere; returns which."""
    restored: list[str] = []
    for start in range(0, len(run_ids), _CHUNK):
        async with database.connection() as connection:
            found = await jobs_to_put_back(connection, run_ids[start : start + _CHUNK])
        restored += await put_back(link, act, [Lost(*one) for one in found])
    return restored
