"""Does what `clipsaver queue repair` was asked for: look, ask and put back."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

from clipsaver.cli.confirming import confirm
from clipsaver.cli.json_text import json_text
from clipsaver.cli.opening import open_both
from clipsaver.config import Config
from clipsaver.errors import ExitCode
from clipsaver.operating.repairing import Damage, damage_of, repair
from clipsaver.queue.operating.audit import Act, who
from clipsaver.terminal_text import printable

_MOST_NAMED = 20


async def repair_stream(config: Config, arguments: argparse.Namespace) -> int:
    """Puts back what is lost, after a question."""
    async with open_both(config) as (link, database):
        assert database is not None
        damage = await damage_of(link, database, lease_s=config.redis.lease_seconds)
        restored: list[str] = []
        if not arguments.dry_run:
            confirm(len(damage.lost), "put them back", is_confirmed=arguments.yes)
            act = Act(who(), what=f"{len(damage.lost)} runs", why=arguments.why)
            repaired = await repair(link, database, act, damage)
            restored, damage.ghosts = repaired.put_back, repaired.ghosts
    _tell(damage, restored, arguments)
    return ExitCode.DONE


def _tell(damage: Damage, restored: Sequence[str], arguments: argparse.Namespace) -> None:
    if arguments.json:
        facts = {
            "unfinished": damage.unfinished,
            "lost": damage.lost,
            "recent": damage.recent,
            "ghosts": damage.ghosts,
            "put_back": list(restored),
        }
        sys.stdout.write(f"{json_text(facts)}\n")
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
