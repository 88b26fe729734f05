"""`clipsaver purge list` and `resume`: purges that are open and over."""

from __future__ import annotations

import sys

from clipsaver.cli.json_text import json_text
from clipsaver.cli.opening import open_tables
from clipsaver.cli.purging import words
from clipsaver.cli.purging.document import purge_json
from clipsaver.cli.purging.doing import Carried, carry
from clipsaver.cli.purging.meant import open_purges
from clipsaver.cli.tables import terminal_width
from clipsaver.config import Config
from clipsaver.database.migrations import check_usable
from clipsaver.database.purging.purges import list_purges
from clipsaver.errors import ExitCode


async def show_purges(config: Config, *, limit: int, as_json: bool) -> int:
    """The open ones first, then the newest."""
    async with open_tables(config) as database, database.connection() as conn:
        await check_usable(conn, database.schema)
        found = await list_purges(conn, limit=limit)
    if as_json:
        sys.stdout.writelines(f"{json_text(purge_json(one))}\n" for one in found)
    elif found:
        lines = words.purge_table(found, terminal_width())
        sys.stdout.writelines(f"{line}\n" for line in lines)
    else:
        sys.stdout.write("nothing was purged yet\n")
    return ExitCode.DONE


async def resume_purges(config: Config, *, as_json: bool) -> int:
    """Carries out all that are open, the oldest first; exit 3 where one has to wait."""
    done: list[Carried] = []
    async with open_tables(config) as database:
        async with database.connection() as conn:
            await check_usable(conn, database.schema)
            found = await open_purges(conn)
        for purge in reversed(found):
            what = words.target_named(purge.target)
            one = await carry(config, database, purge, purge.target, what)
            done.append(one)
            if not as_json:
                sys.stdout.writelines(f"{line}\n" for line in one.lines())
                sys.stdout.flush()
    if as_json:
        sys.stdout.write(f"{json_text({'purges': [one.facts() for one in done]})}\n")
    elif not done:
        sys.stdout.write("no purge is open\n")
    return max((one.exit_code for one in done), default=ExitCode.DONE)
