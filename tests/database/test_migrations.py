"""The schema comes into being once, whoever starts first, and is left alone when it is not ours."""

from __future__ import annotations

import asyncio
import re

import psycopg
import pytest
import trio
from psycopg import AsyncConnection
from psycopg.rows import TupleRow

from clipsaver.database import Database, arrays, migrations, open_database, run_changes
from clipsaver.database.clips import newest_clips
from clipsaver.database.conninfo import with_schema
from clipsaver.database.migrations import check_usable, known_migrations, migrate, status
from clipsaver.database.run_changes import begin_run
from clipsaver.errors import SchemaError
from clipsaver.records import Delivery
from clipsaver.trio_io.postgres import TrioConnection
from tests.database.making import a_job, rows

Conn = TrioConnection[TupleRow]

CLIP_COLUMNS = """\
    clip_id message_id channel_id guild_id author_id source attachment_id filename title
    content_type size_bytes width height duration_seconds codec url url_expires_at placeholder
    spoiler discord_clip posted_at settings_hash thumbnail_state thumbnail_attempts thumbnail_error
    thumbnail_due_at thumbnail_lease_until thumbnail_token first_seen_at updated_at deleted_at
    deleted_reason thumbnail_error_message"""


async def test_is_applied_once_and_then_usable(database_url: str) -> None:
    async with (
        open_database(database_url, schema="clips", pool_size=1) as database,
        database.connection() as conn,
    ):
        before = await status(conn, "clips")
        assert (before.version, before.pending) == (0, known_migrations())
        with pytest.raises(SchemaError, match=r"lacks 0001_tables\.sql"):
            await check_usable(conn, "clips")
        assert await migrate(conn, "clips") == list(known_migrations())
        assert await migrate(conn, "clips") == []
        await check_usable(conn, "clips")
        after = await status(conn, "clips")
    assert after.version == after.code_version
    assert after.pending == ()


async def test_concurrent_starts_apply_it_once(database_url: str) -> None:
    applied: list[int] = []

    async def start(database: Database) -> None:
        async with database.connection() as conn:
            applied.append(len(await migrate(conn, database.schema)))

    async with (
        open_database(database_url, schema="clips", pool_size=6) as database,
        trio.open_nursery() as nursery,
    ):
        for _ in range(6):
            nursery.start_soon(start, database)
    assert sorted(applied) == [0] * 5 + [len(known_migrations())]


async def test_schemas_of_one_database_are_independent(database_url: str) -> None:
    for schema in ("one", "two"):
        async with (
            open_database(database_url, schema=schema, pool_size=1) as database,
            database.connection() as conn,
        ):
            assert await migrate(conn, schema)
            await begin_run(conn, Delivery("s/1", 1, attempts=0), a_job())
            assert await rows(conn, "select count(*) from runs") == [(1,)]


async def test_a_newer_schema_is_refused(database: Database, conn: Conn) -> None:
    await conn.execute("insert into schema_migrations values (9999, '9999_future.sql', 'x')")
    for refused in (check_usable, migrate):
        with pytest.raises(SchemaError, match="newer than this clipsaver: it is at version 9999"):
            await refused(conn, database.schema)


async def test_a_changed_migration_is_refused(database: Database, conn: Conn) -> None:
    await conn.execute("update schema_migrations set checksum = 'other'")
    for refused in (check_usable, migrate):
        with pytest.raises(SchemaError, match=r"0001_tables\.sql.*checksum differs"):
            await refused(conn, database.schema)


def test_an_old_server_is_refused() -> None:
    old = migrations.SchemaStatus("clips", 130014, (), known_migrations())
    assert "PostgreSQL 13 is too old; 14 or newer" in (old.obstacle() or "")


async def test_a_failed_migration_leaves_nothing(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken = migrations.Migration(2, "0002_broken.sql", "create table half (); select 1/0")
    monkeypatch.setattr(migrations, "known_migrations", lambda: (*known_migrations(), broken))
    async with open_database(database_url, schema="clips", pool_size=1) as database:
        with pytest.raises(psycopg.errors.DivisionByZero):
            async with database._pool.connection() as conn:
                await migrate(conn, "clips")
        async with database.connection() as conn:
            assert (await status(conn, "clips")).version == 0
            assert await rows(conn, "select 1 from pg_namespace where nspname = 'clips'") == []


async def test_a_user_without_rights_on_the_database_may_use_a_schema_made_for_it(
    database_url: str,
) -> None:
    """As a cautious administrator sets it up."""
    async with await psycopg_connection(database_url) as admin:
        await admin.execute("drop role if exists narrow")
        await admin.execute("create role narrow login")
        await admin.execute("create schema clips authorization narrow")
    url = database_url.replace("clipsaver@", "narrow@")
    async with (
        open_database(url, schema="clips", pool_size=1) as database,
        database.connection() as conn,
    ):
        assert await migrate(conn, "clips")
        await check_usable(conn, "clips")
    async with await psycopg_connection(database_url) as admin:
        await admin.execute("drop owned by narrow; drop role narrow")


async def psycopg_connection(url: str) -> TrioConnection[TupleRow]:
    return await TrioConnection.connect(url, autocommit=True)


async def test_every_table_and_column_says_what_it_is(database: Database, conn: Conn) -> None:
    silent = await rows(
        conn,
        """
        select c.relname, a.attname from pg_class c
        join pg_namespace n on n.oid = c.relnamespace
        left join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
        where n.nspname = %s and c.relkind = 'r'
          and (col_description(c.oid, a.attnum) is null or obj_description(c.oid) is null)
        """,
        database.schema,
    )
    assert silent == []


async def test_clips_has_the_columns_that_readers_rely_on(database: Database, conn: Conn) -> None:
    found = await rows(
        conn,
        "select column_name from information_schema.columns "
        "where table_schema = %s and table_name = 'clips' order by ordinal_position",
        database.schema,
    )
    assert [name for (name,) in found] == re.split(r"\s+", CLIP_COLUMNS.strip())


def test_the_room_works_on_asyncio_too(database_url: str) -> None:
    """The terminal UI has no Trio."""

    async def use() -> None:
        conninfo = with_schema(database_url, "clips")
        async with await AsyncConnection.connect(conninfo, autocommit=True) as conn:
            arrays.register(conn)
            await migrate(conn, "clips")
            begun = await begin_run(conn, Delivery("s/1", 1, attempts=0), a_job())
            assert isinstance(begun, run_changes.Begun)
            assert await newest_clips(conn, limit=1) == []

    with asyncio.Runner(loop_factory=asyncio.SelectorEventLoop) as runner:
        runner.run(use())
