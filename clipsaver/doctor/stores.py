"""Asks Redis and PostgreSQL what they are and whether a worker can use them."""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import Any, LiteralString

from psycopg import AsyncConnection

from clipsaver.database import Database, migrations
from clipsaver.doctor.facts import PostgresFacts, RedisFacts, offset_of
from clipsaver.queue.link import Link
from clipsaver.queue.server import Memory
from clipsaver.trio_io.redis_client import RedisClient

_TABLE_RIGHTS = ("select", "insert", "update", "delete")


async def look_at_redis(link: Link) -> RedisFacts:
    """Raises RedisUnavailable, and UsageError for a server before 6.0."""
    sent = time.time()
    seconds, microseconds = await link.command("TIME")
    received = time.time()
    server = await link.command("INFO", "server")
    memory = await link.command("INFO", "memory")
    disk = await link.command("INFO", "persistence")
    replication = await link.command("INFO", "replication")
    client = link.redis
    sentinels = await client.look_at_sentinels() if isinstance(client, RedisClient) else None
    is_valkey = "valkey_version" in server
    limit, policy = memory.get("maxmemory", 0), memory.get("maxmemory_policy", "noeviction")
    return RedisFacts(
        server=link.server,
        kind="Valkey" if is_valkey else "Redis",
        version=str(server.get("valkey_version" if is_valkey else "redis_version", "?")),
        speaks=str(server.get("redis_version", "")),
        memory=Memory(int(limit), str(policy)),
        used_bytes=int(memory.get("used_memory", 0)),
        is_append_only=int(disk.get("aof_enabled", 0)) == 1,
        writes_fail="err"
        in (disk.get("aof_last_write_status"), disk.get("rdb_last_bgsave_status")),
        is_replica=replication.get("role", "master") != "master",
        clock=offset_of(int(seconds) + int(microseconds) / 1e6, sent=sent, received=received),
        sentinels=sentinels,
    )


async def look_at_postgres(database: Database, *, migrates: bool) -> PostgresFacts:
    """Raises DatabaseUnavailable."""
    async with database.connection() as connection:
        sent = time.time()
        told, is_read_only, size_bytes, folder = await _row(
            connection,
            "select extract(epoch from clock_timestamp())::float8, "
            "current_setting('transaction_read_only') = 'on', "
            "pg_database_size(current_database()), "
            "case when pg_has_role(current_user, 'pg_read_all_settings', 'usage') "
            "then current_setting('data_directory') end",
        )
        received = time.time()
        status = await migrations.status(connection, database.schema)
        lacking = await _lacking(connection, status, migrates=migrates)
        return PostgresFacts(
            place=database.place,
            status=status,
            migrates=migrates,
            is_read_only=is_read_only,
            lacking=lacking,
            size_bytes=size_bytes,
            free_bytes=_free_bytes(connection.info.host, folder),
            clock=offset_of(told, sent=sent, received=received),
        )


async def _lacking(
    connection: AsyncConnection[Any], status: migrations.SchemaStatus, *, migrates: bool
) -> tuple[str, ...]:
    """Rights without which a worker would wait for somebody to grant them."""
    schema = status.schema
    (exists,) = await _row(
        connection, "select exists (select from pg_namespace where nspname = %s)", schema
    )
    if not exists:
        query = "select has_database_privilege(current_database(), 'create')"
        return () if (await _row(connection, query))[0] else ("create on the database",)
    may_use, may_create = await _row(
        connection,
        "select has_schema_privilege(%(s)s, 'usage'), has_schema_privilege(%(s)s, 'create')",
        {"s": schema},
    )
    lacking = [] if may_use else [f"usage on the schema {schema}"]
    if status.pending and migrates and not may_create:
        lacking.append(f"create on the schema {schema}")
    found = await connection.execute(
        """
        select c.relname, kind from pg_class c
        join pg_namespace n on n.oid = c.relnamespace, unnest(%s::text[]) as kind
        where n.nspname = %s and c.relkind in ('r', 'p') and c.relname <> 'schema_migrations'
          and not has_table_privilege(c.oid, kind)
        order by 1, 2
        """,
        [list(_TABLE_RIGHTS), schema],
    )
    lacking += [f"{right} on {schema}.{table}" for table, right in await found.fetchall()]
    return tuple(lacking)


async def _row(
    connection: AsyncConnection[Any], query: LiteralString, values: Any = None
) -> tuple[Any, ...]:
    given = [values] if isinstance(values, str) else values
    row: tuple[Any, ...] | None = await (await connection.execute(query, given)).fetchone()
    assert row is not None
    return row


def _free_bytes(host: str, folder: str | None) -> int | None:
    """Of a server on this machine whose folder is told and seen."""
    if folder is None or not host.startswith("/"):
        return None
    try:
        if not (Path(folder) / "PG_VERSION").is_file():
            return None
        disk = os.statvfs(folder)
    except OSError:
        return None
    return disk.f_bavail * disk.f_frsize
