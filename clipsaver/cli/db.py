"""`clipsaver db`: bring the tables up to date, show what is in them, or look around in them."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING

from clipsaver.cli.options import add_config_option, load_config, start_logging
from clipsaver.errors import ExitCode, SchemaError

if TYPE_CHECKING:
    from clipsaver.config import Config
    from clipsaver.database.migrations import SchemaStatus
    from clipsaver.database.sizes import TableSize


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Three actions, each with the configuration to use."""
    actions = parser.add_subparsers(dest="action", metavar="ACTION", required=True)
    migrate = actions.add_parser("migrate", help="apply what is missing; safe at any time")
    status = actions.add_parser(
        "status", help="versions, what is missing, and rows and bytes of each table"
    )
    shell = actions.add_parser(
        "shell", help="psql on the clips; the embedded server is up while it runs"
    )
    shell.add_argument(
        "-c",
        dest="commands",
        metavar="SQL",
        action="append",
        default=[],
        help="run this and end; may be given many times",
    )
    for action in (migrate, status, shell):
        add_config_option(action)


def run(arguments: argparse.Namespace) -> int:
    """Does the action; raises DatabaseUnavailable or SchemaError, which say what to do."""
    import trio

    config = load_config(arguments).config
    start_logging(config, quiet=True)
    if arguments.action == "shell":
        from clipsaver.cli.psql import run_psql

        return run_psql(config, arguments.commands)
    return trio.run(_migrate if arguments.action == "migrate" else _status, config)


async def _migrate(config: Config) -> int:
    from clipsaver.cli.opening import open_tables
    from clipsaver.database.migrations import migrate

    async with open_tables(config) as database, database.connection() as connection:
        applied = await migrate(connection, database.schema)
    for migration in applied:
        sys.stdout.write(f"applied {migration.name}\n")
    if not applied:
        sys.stdout.write("nothing to do: the tables are up to date\n")
    return ExitCode.DONE


async def _status(config: Config) -> int:
    from clipsaver.cli.opening import open_tables
    from clipsaver.database.migrations import check_usable, status
    from clipsaver.database.sizes import table_sizes

    async with open_tables(config) as database, database.connection() as connection:
        now = await status(connection, database.schema)
        sizes = await table_sizes(connection, database.schema)
        sys.stdout.writelines(f"{line}\n" for line in _lines(database.place, now, sizes))
        try:
            await check_usable(connection, database.schema)
        except SchemaError as obstacle:
            sys.stdout.write(f"not usable: {obstacle}\n")
            return obstacle.exit_code
    sys.stdout.write("usable\n")
    return ExitCode.DONE


def _lines(place: str, now: SchemaStatus, sizes: list[TableSize]) -> Iterator[str]:
    yield place
    yield f"server   PostgreSQL {now.server_version // 10000}.{now.server_version % 10000}"
    yield f'schema   "{now.schema}" at version {now.version}, this code knows {now.code_version}'
    yield f"pending  {', '.join(one.name for one in now.pending) or 'none'}"
    if not sizes:
        return
    width = max(len(size.name) for size in sizes)
    yield ""
    yield f"{'table':<{width}}  {'rows':>14}  {'size':>10}"
    for size in sizes:
        rows = f"{'~' if size.is_estimate else ''}{size.rows:,}"
        yield f"{size.name:<{width}}  {rows:>14}  {_megabytes(size.size_bytes):>10}"
    yield ""


def _megabytes(size_bytes: int) -> str:
    return f"{size_bytes / 1e6:,.1f} MB"
