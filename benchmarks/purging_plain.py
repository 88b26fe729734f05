"""The plain way to purge a guild: all of it in one transaction, and the files after that."""

from __future__ import annotations

import time
from dataclasses import dataclass

from psycopg import errors

from benchmarks.purging_counts import Connection
from benchmarks.purging_stage import Stage

PLAIN = "plain"
"""Name of its connection in the server's log."""
_MOST_TRIES = 20
_CASCADES = (
    ("thumbnails", "clip_id", "clips"),
    ("clips", "message_id", "messages"),
    ("messages", "author_id", "authors"),
)
_CHANNELS = "(select channel_id from channels where guild_id = %(guild)s)"
_KEYS = """
    select storage_key from thumbnails join clips using (clip_id) where guild_id = %(guild)s"""
_DELETIONS = (
    "delete from clips where guild_id = %(guild)s",
    f"delete from messages where channel_id in {_CHANNELS}",
    f"delete from scan_coverage where channel_id in {_CHANNELS}",
    "delete from authors a"
    " where not exists (select from messages m where m.author_id = a.author_id)",
    f"update channels set name = null where channel_id in {_CHANNELS}",
    "update guilds set name = null where guild_id = %(guild)s",
)
"""The rows of channels stay, as the runs of workers need them."""


@dataclass(frozen=True)
class Plain:
    """What it took."""

    tries: int
    rows_s: float
    files_s: float


def let_cascade(stage: Stage) -> None:
    """Foreign keys that delete what refers to a row, without which a plain way has no chance.

    A picture that a worker makes meanwhile, or a clip that it finds, would fail the transaction.
    """
    with stage.connect() as connection:
        for table, column, other in _CASCADES:
            name = f"{table}_{column}_fkey"
            connection.execute(
                f"alter table {table} drop constraint {name}, add constraint {name}"
                f" foreign key ({column}) references {other} on delete cascade"
            )


def purge_plainly(stage: Stage) -> Plain:
    """Once more where the server took a side in a deadlock."""
    began = time.monotonic()
    with stage.connect(PLAIN) as connection:
        tries, keys = 0, None
        while keys is None:
            tries += 1
            try:
                keys = _delete_rows(connection, stage.guild)
            except errors.DeadlockDetected:
                if tries == _MOST_TRIES:
                    raise
    rows_s = time.monotonic() - began
    for key in keys:
        (stage.pictures / key).unlink(missing_ok=True)
    return Plain(tries, rows_s, time.monotonic() - began - rows_s)


def _delete_rows(connection: Connection, guild: int) -> list[str]:
    """All of them; returns the keys of what is to be deleted after that."""
    with connection.transaction():
        keys = [key for (key,) in connection.execute(_KEYS, {"guild": guild})]
        for statement in _DELETIONS:
            connection.execute(statement, {"guild": guild})
    return keys
