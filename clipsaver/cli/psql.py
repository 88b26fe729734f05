"""psql on the configured database, with the embedded server up while it runs."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
from collections.abc import Sequence
from pathlib import Path

from psycopg.conninfo import conninfo_to_dict
from psycopg.pq import Conninfo

from clipsaver.config import EMBEDDED, Config
from clipsaver.database.conninfo import with_schema
from clipsaver.embedded import open_servers_blocking
from clipsaver.embedded.binaries import postgres_folders
from clipsaver.errors import ExitCode, UsageError

_EXIT_CODES = {0: ExitCode.DONE, 2: ExitCode.UNREACHABLE}
"""psql's: 2 is that the connection went bad, 1 and 3 that what it was given did."""


def run_psql(config: Config, commands: Sequence[str]) -> int:
    """Runs psql, without `commands` at the terminal; returns how it ended in our own exit codes.

    Raises UsageError where there is no psql, and EmbeddedServerError.
    """
    psql = find_psql()
    url = str(config.database.url)
    with open_servers_blocking(config.data_dir, postgres=url == EMBEDDED, valkey=False) as servers:
        words = [word for command in commands for word in ("-c", command)]
        environment = os.environ | libpq_environment(
            with_schema(servers.database_url or url, config.database.schema, statement_timeout="0")
        )
        # ctrl-c is psql's: it stops a query there.
        before = signal.signal(signal.SIGINT, signal.SIG_IGN)
        try:
            code = subprocess.run([psql, *words], env=environment, check=False).returncode  # noqa: S603
        finally:
            signal.signal(signal.SIGINT, before)
    return _EXIT_CODES.get(code, ExitCode.JOB_FAILED)


def find_psql() -> str:
    """The newest psql at hand: on PATH, or that of the embedded server."""
    beside_servers = (folder / "psql" for folder in postgres_folders())
    found = next((str(one) for one in beside_servers if _is_program(one)), shutil.which("psql"))
    if found is None:
        raise UsageError(
            "there is no psql: install PostgreSQL's client programs (Debian: postgresql-client), "
            "or `pip install 'clipsaver[embedded]'`"
        )
    return found


def libpq_environment(conninfo: str) -> dict[str, str]:
    """The connection as libpq's variables: in arguments, all users would see the password."""
    names = {one.keyword.decode(): one.envvar for one in Conninfo.get_defaults()}
    given = conninfo_to_dict(conninfo)
    return {
        variable.decode(): str(value)
        for keyword, value in given.items()
        if value is not None and (variable := names.get(keyword)) is not None
    }


def _is_program(path: Path) -> bool:
    return os.access(path, os.X_OK)
