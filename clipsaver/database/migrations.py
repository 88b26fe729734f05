"""Brings the schema to what this version of the code needs, and says where it stands.

Migrations are the numbered files of the folder `migrations`. They are applied in one transaction
under a transaction-level advisory lock, so that any number of workers may start at once, and are
recorded in `schema_migrations` with a checksum.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from importlib import resources
from typing import Any

from psycopg import AsyncConnection, sql

from clipsaver.errors import SchemaError

OLDEST_SERVER = 140000
"""int8multirange came with PostgreSQL 14."""

_RECORD = """
create table if not exists schema_migrations (
    version    integer primary key,
    name       text not null,
    checksum   text not null,
    applied_at timestamptz not null default now()
);
comment on table schema_migrations is 'Which migrations of clipsaver were applied here.';
comment on column schema_migrations.version is 'Number of the migration.';
comment on column schema_migrations.name is 'Name of its file.';
comment on column schema_migrations.checksum is 'SHA-256 of its file, to notice later changes.';
comment on column schema_migrations.applied_at is 'When it was applied.';
"""


@dataclass(frozen=True, slots=True)
class Migration:
    """One numbered file of SQL."""

    version: int
    name: str
    script: str

    @property
    def checksum(self) -> str:
        return hashlib.sha256(self.script.encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class AppliedMigration:
    """A migration as the database remembers it."""

    version: int
    name: str
    checksum: str
    applied_at: datetime


@dataclass(frozen=True, slots=True)
class SchemaStatus:
    """Where a database's schema stands beside this version of the code."""

    schema: str
    server_version: int
    """As PostgreSQL counts: 180004 is 18.4."""
    applied: tuple[AppliedMigration, ...]
    known: tuple[Migration, ...]

    @property
    def version(self) -> int:
        """The newest migration that was applied; 0 = none."""
        return max((one.version for one in self.applied), default=0)

    @property
    def code_version(self) -> int:
        """The newest migration that this code knows."""
        return self.known[-1].version

    @property
    def pending(self) -> tuple[Migration, ...]:
        done = {one.version for one in self.applied}
        return tuple(one for one in self.known if one.version not in done)

    def obstacle(self) -> str | None:
        """Why not even migrating helps; None = this code can use or migrate the schema."""
        if self.server_version < OLDEST_SERVER:
            return (
                f"PostgreSQL {self.server_version // 10000} is too old; "
                f"{OLDEST_SERVER // 10000} or newer is needed"
            )
        if self.version > self.code_version:
            return (
                f'the schema "{self.schema}" is newer than this clipsaver: it is at version '
                f"{self.version}, this code knows {self.code_version}; install a newer clipsaver"
            )
        ours = {one.version: one for one in self.known}
        for one in self.applied:
            if one.version in ours and ours[one.version].checksum != one.checksum:
                return (
                    f'migration {one.version} ({one.name}) of the schema "{self.schema}" was not '
                    "made by this clipsaver: its checksum differs; use a released version, or "
                    "another database.schema"
                )
        return None


@cache
def known_migrations() -> tuple[Migration, ...]:
    """The migrations of this version, oldest first."""
    folder = resources.files("clipsaver.database") / "migrations"
    found = [
        Migration(int(file.name.partition("_")[0]), file.name, file.read_text("utf-8"))
        for file in folder.iterdir()
        if file.name.endswith(".sql")
    ]
    return tuple(sorted(found, key=lambda one: one.version))


async def status(conn: AsyncConnection[Any], schema: str) -> SchemaStatus:
    """Where the schema stands; one that does not exist has nothing applied."""
    table = sql.SQL("{}.schema_migrations").format(sql.Identifier(schema)).as_string()
    found = await (await conn.execute("select to_regclass(%s) is not null", [table])).fetchone()
    applied: list[AppliedMigration] = []
    if found is not None and found[0]:
        query = sql.SQL("select version, name, checksum, applied_at from {}.schema_migrations")
        rows = await conn.execute(
            sql.SQL("{} order by version").format(query.format(sql.Identifier(schema)))
        )
        applied = [AppliedMigration(*row) for row in await rows.fetchall()]
    return SchemaStatus(schema, conn.info.server_version, tuple(applied), known_migrations())


async def migrate(conn: AsyncConnection[Any], schema: str) -> list[Migration]:
    """Creates the schema or brings it up to date; returns what was applied now.

    Safe to call from any number of processes at once: one does it, the others then find it done.
    Raises SchemaError where the server is too old or the schema is newer than this code.
    """
    async with conn.transaction():
        # Whoever waits here waits for another's migration, however long that takes.
        await conn.execute("set local lock_timeout = 0; set local statement_timeout = 0")
        await conn.execute(
            "select pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"clipsaver:{schema}"]
        )
        now = await status(conn, schema)
        if (obstacle := now.obstacle()) is not None:
            raise SchemaError(obstacle)
        if now.pending:
            await _enter(conn, schema)
        for migration in now.pending:
            await conn.execute(migration.script)
            await conn.execute(
                "insert into schema_migrations (version, name, checksum) values (%s, %s, %s)",
                [migration.version, migration.name, migration.checksum],
            )
        return list(now.pending)


async def check_usable(conn: AsyncConnection[Any], schema: str) -> None:
    """Raises SchemaError, saying what to do, unless this code can work with the schema now."""
    now = await status(conn, schema)
    obstacle = now.obstacle()
    if obstacle is None and now.pending:
        first, *others = now.pending
        more = f" and {len(others)} more" if others else ""
        obstacle = (
            f'the schema "{schema}" lacks {first.name}{more}; run `clipsaver db migrate`; with '
            "database.migrate = true a worker that starts does it"
        )
    if obstacle is not None:
        raise SchemaError(obstacle)


async def _enter(conn: AsyncConnection[Any], schema: str) -> None:
    """Makes the schema if needed and puts it, alone, on the transaction's search path."""
    exists = await conn.execute("select 1 from pg_namespace where nspname = %s", [schema])
    if await exists.fetchone() is None:  # `if not exists` would ask for a right it may not need
        await conn.execute(sql.SQL("create schema {}").format(sql.Identifier(schema)))
    await conn.execute(
        sql.SQL("set local search_path to {}").format(sql.Identifier(schema)),
    )
    await conn.execute(_RECORD)
