"""Where the database is: what a connection is opened with, and how it is named to a person."""

from __future__ import annotations

from typing import Any

import psycopg
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from clipsaver.errors import UsageError

_SESSION = {
    "timezone": "UTC",
    "statement_timeout": "60s",  # no statement of ours should take a tenth of it
    "lock_timeout": "10s",
    "idle_in_transaction_session_timeout": "60s",
    "jit": "off",  # it costs more than it gives to statements of a few milliseconds
}


def with_schema(url: str, schema: str, **settings: str) -> str:
    """The URL or connection string with our session settings and the schema as search path.

    `settings` are further server settings. Options that the URL has itself come last and win.
    """
    given = parsed(url)
    quoted = '"' + schema.replace('"', '""') + '"'
    session = {**_SESSION, **settings, "search_path": quoted}
    options = [f"-c {name}={_escaped(value)}" for name, value in session.items()]
    if own := given.get("options"):
        options.append(str(own))
    return make_conninfo("", **{**given, "options": " ".join(options)})


def parsed(url: str) -> dict[str, Any]:
    """The parameters of a URL or connection string. Raises UsageError, which does not repeat it."""
    try:
        return dict(conninfo_to_dict(url))
    except psycopg.ProgrammingError:
        problem = "database.url is neither a postgresql:// URL nor a list like host=… dbname=…"
    raise UsageError(f"{problem} that PostgreSQL understands; look for a typo or a stray %")


def place(url: str) -> str:
    """The database in words for errors and logs: name and host, never the password."""
    given = parsed(url)
    name = given.get("dbname") or given.get("user") or "of your user"
    host = given.get("host") or given.get("hostaddr") or "the local socket"
    port = f":{given['port']}" if given.get("port") else ""
    return f"the PostgreSQL database {name} at {host}{port}"


def _escaped(value: str) -> str:
    """libpq splits options at spaces unless a backslash is before them."""
    return value.replace("\\", "\\\\").replace(" ", "\\ ")
