"""Finds the runs whose entries a lost Redis has taken away, and puts them back."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field

import msgspec

from clipsaver.cli.confirming import confirm, who
from clipsaver.cli.jobs import open_both
from clipsaver.config import Config
from clipsaver.database import Database
from clipsaver.database.run_list import Unfinished, jobs_to_put_back, unfinished_runs
from clipsaver.errors import ExitCode
from clipsaver.queue.link import Link
from clipsaver.queue.operating.audit import Act
from clipsaver.queue.operating.repair import Lost, ghosts_in_line, put_back, runs_present
from clipsaver.records import RunState
from clipsaver.terminal_text import printable

_CHUNK = 100
_MOST_NAMED = 20


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


async def repair(config: Config, arguments: argparse.Namespace) -> int:
    """Puts back what is lost, after a question."""
    async with open_both(config) as (link, database):
        assert database is not None
        damage = await damage_of(link, database, lease_s=config.redis.lease_seconds)
        restored: list[str] = []
        if not arguments.dry_run:
            confirm(len(damage.lost), "put them back", is_confirmed=arguments.yes)
            act = Act(who(), what=f"{len(damage.lost)} runs", why=arguments.why)
            restored = await put_all_back(link, database, act, damage.lost)
            if damage.ghosts:
                damage.ghosts = await ghosts_in_line(link, remove=True)
    _tell(damage, restored, arguments)
    return ExitCode.DONE


async def damage_of(link: Link, database: Database, *, lease_s: float) -> Damage:
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


async def put_all_back(
    link: Link, database: Database, act: Act, run_ids: Sequence[str]
) -> list[str]:
    """Puts back those that are still not over and nowhere; returns which."""
    restored: list[str] = []
    for start in range(0, len(run_ids), _CHUNK):
        async with database.connection() as connection:
            found = await jobs_to_put_back(connection, run_ids[start : start + _CHUNK])
        restored += await put_back(link, act, [Lost(*one) for one in found])
    return restored


def _tell(damage: Damage, restored: Sequence[str], arguments: argparse.Namespace) -> None:
    if arguments.json:
        facts = {
            "unfinished": damage.unfinished,
            "lost": damage.lost,
            "recent": damage.recent,
            "ghosts": damage.ghosts,
            "put_back": list(restored),
        }
        sys.stdout.write(f"{msgspec.json.encode(facts).decode()}\n")
        return
    lines = [
        f"runs that are not over: {damage.unfinished:,}, without an entry: {len(damage.lost):,}"
    ]
    lines += [f"  {printable(run_id)}" for run_id in damage.lost[:_MOST_NAMED]]
    if (more := len(damage.lost) - _MOST_NAMED) > 0:
        lines.append(f"  and {more:,} more (--json names all)")
    if damage.recent:
        lines.append(
            f"without one, but changed by a worker within the last lease: {damage.recent:,}; if it "
            "lives, it puts them back itself: look again in a moment"
        )
    if damage.ghosts:
        lines.append(f"places in line that are nobody's: {damage.ghosts:,}")
    if arguments.dry_run:
        lines.append("nothing was changed")
    elif damage.lost or damage.ghosts:
        lines.append(f"put back on the stream: {len(restored):,}")
    sys.stdout.write("".join(f"{line}\n" for line in lines))
