"""`clipsaver privacy optin`: a person who opted out is stored again."""

from __future__ import annotations

import argparse
import sys
from typing import TYPE_CHECKING, Any

from clipsaver.cli.purging.options import add_author
from clipsaver.errors import ExitCode, UsageError

if TYPE_CHECKING:
    from psycopg import AsyncConnection

    from clipsaver.config import Config
    from clipsaver.records.purges import PurgeTarget

_EPILOG = """\
AUTHOR is the person's id: of who opted out no name is kept.

What they post from now on is stored again, as far as it is read. What was
deleted does not come back by itself, nor does what they posted meanwhile: it
counts as read. A rescan of a channel reads all of it again:

  clipsaver push rescan --guild GUILD --channel CHANNEL

Without --guild they are taken off the list altogether, also where they opted
out in single guilds.

examples:
  clipsaver privacy optin 397177100697600021
  clipsaver privacy optin 397177100697600021 --guild 'My guild'

exit codes: 0 done, also where they were not on the list; 2 it cannot be
understood, or is being purged; 3 the database cannot be reached
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Who, and where."""
    parser.description = "Take a person off the list of those who are not stored."
    parser.epilog = _EPILOG
    add_author(parser)
    parser.add_argument("--why", metavar="TEXT", default="", help="your reason, for the audit")


def check(arguments: argparse.Namespace) -> None:
    """Nothing can be told wrong without the database."""


async def do(config: Config, arguments: argparse.Namespace) -> int:
    """Takes them off."""
    from clipsaver.cli.opening import open_tables
    from clipsaver.cli.purging.recording import put_on_record
    from clipsaver.cli.recorded import guild_recorded, person_recorded
    from clipsaver.database.migrations import check_usable
    from clipsaver.database.opt_outs import known_marks, opt_in, places_opted_out
    from clipsaver.records.purges import PurgeScope, PurgeTarget

    async with open_tables(config) as database:
        async with database.connection() as conn:
            await check_usable(conn, database.schema)
            person = await person_recorded(conn, arguments.author)
            named = arguments.guild
            guild_id = None if named is None else (await guild_recorded(conn, named)).id
            target = PurgeTarget(PurgeScope.AUTHOR, guild_id=guild_id, author_id=person.id)
            await _check_not_being_purged(conn, target)
            marks = await known_marks(conn, config.privacy.key)
            places = {} if marks is None else await places_opted_out(conn, marks, person.id)
        wanted = [one for one in places if guild_id is None or one == guild_id]
        if marks is not None and wanted:
            await put_on_record(
                config,
                "privacy optin",
                target,
                count=len(wanted),
                why=arguments.why,
                without="a record in the audit",
            )
            async with database.connection() as conn:
                await opt_in(conn, [marks.of(person.id, one) for one in wanted])
    left = [one for one in places if one not in wanted]
    sys.stdout.writelines(f"{line}\n" for line in _told(target, wanted, left))
    return ExitCode.DONE


async def _check_not_being_purged(conn: AsyncConnection[Any], target: PurgeTarget) -> None:
    """Raises UsageError: what is stored anew would be deleted as well, or not."""
    from clipsaver.cli.purging.meant import open_purges

    for one in await open_purges(conn):
        if one.target.author_id == target.author_id and one.stage.holds_up_jobs:
            raise UsageError(
                f"purge {one.purge_id} of this person is not over; wait for it (clipsaver purge "
                "list), or carry it out: clipsaver purge resume"
            )


def _told(target: PurgeTarget, gone: list[int | None], left: list[int | None]) -> list[str]:
    scope = "in all guilds" if target.guild_id is None else f"in guild {target.guild_id}"
    if not gone:
        lines = [f"author {target.author_id} was not on the list of those who opted out {scope}"]
    else:
        lines = [f"author {target.author_id} is off the list, {scope}"]
    if None in left:
        everywhere = f"clipsaver privacy optin {target.author_id}"
        lines.append(
            f"they are not stored all the same: they opted out in all guilds; {everywhere}"
        )
    elif gone:
        lines[0] += ": what they post from now on is stored again"
        lines.append(
            "what they posted before is read again by a rescan of its channel: clipsaver push "
            f"rescan --guild {target.guild_id or 'GUILD'} --channel CHANNEL"
        )
    return lines
