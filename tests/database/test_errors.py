"""Foreign errors say, in our words, what happened, to which database, and what to do."""

from __future__ import annotations

import psycopg
import pytest
from psycopg import errors

from clipsaver.database import Database, open_database
from clipsaver.database.conninfo import place
from clipsaver.database.errors import Verdict, translate, verdict
from clipsaver.database.migrations import migrate
from clipsaver.errors import DatabaseUnavailable, DataRejected, SchemaError
from tests.database.making import rows


@pytest.mark.parametrize(
    ("error", "meaning"),
    [
        (errors.DeadlockDetected, Verdict.REPEAT),
        (errors.SerializationFailure, Verdict.REPEAT),
        (errors.LockNotAvailable, Verdict.REPEAT),
        (errors.QueryCanceled, Verdict.REPEAT),
        (errors.AdminShutdown, Verdict.AWAY),
        (errors.CannotConnectNow, Verdict.AWAY),
        (errors.ConnectionTimeout, Verdict.AWAY),
        (errors.DiskFull, Verdict.AWAY),
        (errors.InsufficientPrivilege, Verdict.AWAY),
        (errors.InvalidPassword, Verdict.AWAY),
        (errors.IoError, Verdict.AWAY),
        (errors.OutOfMemory, Verdict.AWAY),
        (errors.ReadOnlySqlTransaction, Verdict.AWAY),
        (errors.TooManyConnections, Verdict.AWAY),
        (psycopg.InterfaceError, Verdict.AWAY),
        (psycopg.OperationalError, Verdict.AWAY),
        (errors.UndefinedColumn, Verdict.SCHEMA),
        (errors.UndefinedTable, Verdict.SCHEMA),
        (errors.CheckViolation, Verdict.DATA),
        (errors.ForeignKeyViolation, Verdict.DATA),
        (errors.NumericValueOutOfRange, Verdict.DATA),
        (errors.ProgramLimitExceeded, Verdict.DATA),
        (psycopg.DataError, Verdict.DATA),
        (errors.SyntaxError, Verdict.BUG),
        (psycopg.ProgrammingError, Verdict.BUG),
    ],
)
def test_what_each_error_means(error: type[psycopg.Error], meaning: Verdict) -> None:
    assert verdict(error("x")) is meaning
    assert (translate(error("x"), "here") is None) is (meaning is Verdict.BUG)


@pytest.mark.parametrize(
    ("error", "advice"),
    [
        (errors.DiskFull(), "its disk is full"),
        (errors.ReadOnlySqlTransaction(), "set database.url to the primary"),
        (errors.TooManyConnections(), "raise its max_connections"),
        (psycopg.OperationalError("FATAL:  sorry, too many clients already"), "max_connections"),
        (psycopg.OperationalError('FATAL: database "x" does not exist'), "create it"),
        (psycopg.OperationalError("password authentication failed"), "correct database.url"),
        (psycopg.OperationalError('role "x" does not exist'), "refuses the user"),
        (psycopg.OperationalError('too many connections for role "x"'), "CONNECTION LIMIT"),
        (psycopg.OperationalError("no password supplied"), "put one into database.url"),
        (psycopg.OperationalError("no pg_hba.conf entry for host"), "add a line"),
        (psycopg.OperationalError("failed to resolve host 'x'"), "see to DNS"),
        (psycopg.OperationalError("server does not support SSL"), "take sslmode out"),
        (psycopg.OperationalError("certificate verify failed"), "sslrootcert"),
        (psycopg.OperationalError("permission denied for database x"), "grant connect"),
        (psycopg.OperationalError("connection refused"), "is it running"),
    ],
)
def test_the_message_says_where_and_what_to_do(error: psycopg.Error, advice: str) -> None:
    ours = translate(error, "the PostgreSQL database clips at db.example")
    assert isinstance(ours, DatabaseUnavailable)
    assert str(ours).startswith("the PostgreSQL database clips at db.example: ")
    assert advice in str(ours)


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("postgresql://me:hush@db.example:5433/clips", "clips at db.example:5433"),
        ("host=db.example dbname=clips password=hush", "clips at db.example"),
        ("postgresql:///clips", "clips at the local socket"),
    ],
)
def test_a_database_is_named_without_its_password(url: str, words: str) -> None:
    assert place(url) == f"the PostgreSQL database {words}"


async def test_options_of_the_url_are_kept_and_win(postgres_dsn: str) -> None:
    url = f"{postgres_dsn}&options=-c%20lock_timeout%3D1s"
    async with (
        open_database(url, schema="s", pool_size=1) as database,
        database.connection() as conn,
    ):
        assert await rows(conn, "select current_setting('lock_timeout')") == [("1s",)]


async def test_any_name_of_a_schema_is_quoted(database_url: str) -> None:
    schema = 'odd "na\\me'
    async with (
        open_database(database_url, schema=schema, pool_size=1) as database,
        database.connection() as conn,
    ):
        await migrate(conn, schema)
        assert await rows(conn, "select current_schema()") == [(schema,)]


async def test_a_missing_table_is_a_matter_of_the_schema(database: Database) -> None:
    with pytest.raises(SchemaError, match="run `clipsaver db migrate`"):
        async with database.connection() as conn:
            await conn.execute("select * from absent")


async def test_refused_data_says_so(database: Database) -> None:
    with pytest.raises(DataRejected, match="out of range"):
        async with database.connection() as conn:
            await conn.execute("select (2 ^ 70)::bigint")


async def test_a_mistake_of_ours_stays_what_it_is(database: Database) -> None:
    with pytest.raises(psycopg.errors.SyntaxError):
        async with database.connection() as conn:
            await conn.execute("selec 1")


async def test_a_server_that_is_not_there_is_unavailable(tmp_path: object) -> None:
    async with open_database(f"host={tmp_path} dbname=x", schema="s", pool_size=1) as database:
        with pytest.raises(DatabaseUnavailable, match="is it running"):
            async with database.connection():
                pass


async def test_a_replica_is_named_as_one(postgres_dsn: str) -> None:
    url = f"{postgres_dsn}&options=-c%20default_transaction_read_only%3Don"
    async with open_database(url, schema="s", pool_size=1) as database:
        with pytest.raises(DatabaseUnavailable, match="read-only, as a replica is"):
            async with database.connection() as conn:
                await conn.execute("create table t ()")


async def test_connections_are_set_up_for_the_schema(database: Database) -> None:
    async with database.connection() as conn:
        settings = await rows(
            conn,
            "select current_schema(), current_setting('timezone'), "
            "current_setting('application_name'), current_setting('statement_timeout')",
        )
        assert conn.autocommit
    assert settings == [(database.schema, "UTC", "clipsaver", "1min")]
