"""`clipsaver privacy status`: who is not stored, and for how long things are kept."""

from __future__ import annotations

import argparse
import sys
from typing import TYPE_CHECKING

from clipsaver.errors import ExitCode

if TYPE_CHECKING:
    from clipsaver.cli.standing_text import Person, Standing
    from clipsaver.config import Config
    from clipsaver.database import Database

_EPILOG = """\
Without AUTHOR: how many opted out, the key of that list, for how long things
are kept by this configuration, guilds that the bot left, and purges that are
not over. With AUTHOR, an id or a name on record: whether and where the person
opted out, and how much is stored of them.

Settings are those of the configuration that is read here: workers go by theirs.

examples:
  clipsaver privacy status
  clipsaver privacy status 397177100697600021
  clipsaver privacy status --json | jq .left_guilds

exit codes: 0 done; 2 it cannot be understood, or people opted out under another
privacy.key; 3 the database cannot be reached
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Whose, and how to show it."""
    parser.description = "Who is not stored, and for how long things are kept."
    parser.epilog = _EPILOG
    parser.add_argument("author", metavar="AUTHOR", nargs="?", help="id, username or display name")
    parser.add_argument("--json", action="store_true", help="the same as a JSON object")


def check(arguments: argparse.Namespace) -> None:
    """Nothing can be told wrong without the database."""


async def do(config: Config, arguments: argparse.Namespace) -> int:
    """Shows it."""
    from clipsaver.cli.json_text import json_text
    from clipsaver.cli.opening import open_tables
    from clipsaver.cli.standing_text import person_json, person_lines, standing_json, standing_lines
    from clipsaver.cli.tables import terminal_width
    from clipsaver.database.migrations import check_usable

    async with open_tables(config) as database:
        async with database.connection() as conn:
            await check_usable(conn, database.schema)
        if arguments.author is None:
            standing = await _standing(config, database)
            told, lines = standing_json(standing), standing_lines(standing, terminal_width())
        else:
            person = await _person(config, database, arguments.author)
            told, lines = person_json(person), person_lines(person)
    sys.stdout.writelines(f"{line}\n" for line in ([json_text(told)] if arguments.json else lines))
    return ExitCode.DONE


async def _standing(config: Config, database: Database) -> Standing:
    from clipsaver.cli.purging.meant import open_purges
    from clipsaver.cli.standing_text import Standing
    from clipsaver.database.opt_outs import count_opt_outs, key_kind
    from clipsaver.database.places import left_guilds

    async with database.connection() as conn:
        return Standing(
            config=config,
            opt_outs=await count_opt_outs(conn),
            key=await key_kind(conn, config.privacy.key),
            left=await left_guilds(conn),
            open_purges=await open_purges(conn),
        )


async def _person(config: Config, database: Database, asked: str) -> Person:
    from clipsaver.cli.purging.meant import open_purges
    from clipsaver.cli.recorded import person_recorded
    from clipsaver.cli.standing_text import Person
    from clipsaver.database.opt_outs import known_marks, places_opted_out
    from clipsaver.database.purging.counting import count_target
    from clipsaver.records.purges import PurgeScope, PurgeTarget

    async with database.connection() as conn:
        person = await person_recorded(conn, asked)
        marks = await known_marks(conn, config.privacy.key)
        places = {} if marks is None else await places_opted_out(conn, marks, person.id)
        purges = [one for one in await open_purges(conn) if one.target.author_id == person.id]
    stored = await count_target(database, PurgeTarget(PurgeScope.AUTHOR, author_id=person.id))
    return Person(person=person, places=places, stored=stored, open_purges=purges)
