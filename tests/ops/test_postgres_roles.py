"""ops/postgresql/roles.sql: each role may do what it is for, and no more."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
import redis
import trio
from psycopg import errors

from clipsaver.cli.main import main
from scripts.database_page import queries
from tests.cli import purge_stage
from tests.ops import stage
from tests.ops.stage import database_as, redis_as

NO_ROWS = "clip_id = 'none'"
ALLOWED = {
    "owner": ["create table clipsaver.of_a_later_version (n int)"],
    "worker": [
        f"delete from clipsaver.clips where {NO_ROWS}",
        "insert into clipsaver.guilds (guild_id) values (1)",
        "insert into clipsaver.of_a_later_version values (1)",
        "insert into clipsaver.file_outbox (storage_key) values ('x')",  # numbered by the server
        "select version from clipsaver.schema_migrations",
    ],
    "operator": [
        "select * from clipsaver.of_a_later_version",
        f"update clipsaver.clips set thumbnail_due_at = now() where {NO_ROWS}",
    ],
    "privacy": [
        "select * from clipsaver.of_a_later_version",
        "select key from clipsaver.opt_out_key",
        f"delete from clipsaver.clips where {NO_ROWS}",
    ],
    "gallery": [
        "select * from clipsaver.of_a_later_version",
        "select count(*) from clipsaver.clips",
        "select * from clipsaver.purges",
    ],
}
REFUSED = {
    "worker": [
        "drop table clipsaver.clips",
        "alter table clipsaver.clips add column extra text",
        "truncate clipsaver.clips",
        "create table clipsaver.own (n int)",
        "create table public.own (n int)",
        "create temporary table own (n int)",
        "create schema own",
        "create role own",
        "create trigger own before insert on clipsaver.clips execute function now()",
        "delete from clipsaver.schema_migrations",
        "insert into clipsaver.schema_migrations (version, name, checksum) values (999, '', '')",
        "set role clipsaver_owner",
        "copy clipsaver.clips to program 'true'",
    ],
    "operator": [
        "delete from clipsaver.clips",
        "update clipsaver.clips set url = ''",
        "delete from clipsaver.runs",
        "update clipsaver.runs set fence = 0",
        "insert into clipsaver.guilds (guild_id) values (2)",
        "truncate clipsaver.runs",
        "select key from clipsaver.opt_out_key",
        "insert into clipsaver.opt_outs (mark) values ('x')",
        "insert into clipsaver.purges (scope, asked_by) values ('guild', 'x')",
    ],
    "privacy": [
        "update clipsaver.clips set url = ''",
        "insert into clipsaver.authors (author_id, username, is_bot) values (1, '', false)",
        "delete from clipsaver.channels",
        "delete from clipsaver.guilds",
        "delete from clipsaver.purges",
        "delete from clipsaver.runs",
        "update clipsaver.runs set state = 'CANCELLED'",
        "truncate clipsaver.clips",
        "set role clipsaver_worker",
    ],
    "gallery": [
        "select fingerprint from clipsaver.opt_out_key",
        "delete from clipsaver.clips",
        "update clipsaver.clips set thumbnail_due_at = now()",
        "create table clipsaver.own (n int)",
    ],
}


@pytest.fixture
async def urls(database_url: str) -> AsyncIterator[dict[str, str]]:
    """URLs of all roles, after one was added by the page and a table by a later version."""
    await stage.migrated(database_url)
    found = {
        role: database_as(role, database_url) for role in ("owner", "worker", "operator", "privacy")
    }
    found["gallery"] = database_url.replace("clipsaver@", "gallery@")
    with psycopg.connect(database_url, autocommit=True) as admin:
        admin.execute("create role gallery login")
        stage.psql(found["owner"], queries("Connecting")["A role that only reads"].text)
        yield found
        stage.drop_roles(admin)  # first, with the rights that its owner gave
        admin.execute("drop owned by gallery; drop role gallery")


async def test_each_role_may_do_what_it_is_for_and_nothing_else(urls: dict[str, str]) -> None:
    for role, statements in ALLOWED.items():
        with psycopg.connect(urls[role], autocommit=True) as connection:
            for statement in statements:
                execute(connection, statement)
    for role, statements in REFUSED.items():
        with psycopg.connect(urls[role], autocommit=True) as connection:
            for statement in statements:
                with pytest.raises(errors.InsufficientPrivilege):
                    execute(connection, statement)


def execute(connection: psycopg.Connection[Any], statement: str) -> None:
    connection.execute(statement.encode())


def storing_in(folder: Path) -> None:
    Path("config.toml").write_text(f'[thumbnails]\nstorage = "{folder}"\n')


async def test_who_may_delete_for_good_does_all_of_that(
    urls: dict[str, str],
    database_url: str,
    redis_url: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    """Each command of `purge` and `privacy`, with an operator's rights on the stream."""
    await purge_stage.fill(database_url)
    monkeypatch.chdir(tmp_path)
    for name, url in (("DATABASE_URL", urls["privacy"]), ("XDG_CONFIG_HOME", str(tmp_path))):
        monkeypatch.setenv(name, url)
    monkeypatch.setenv("REDIS_URL", redis_as("operator", redis_url))
    storing_in(tmp_path)
    with redis.Redis.from_url(redis_url, protocol=3, decode_responses=True) as admin:
        stage.add_users(admin)
        try:
            for words in (
                ["purge", "message", "1001", "--yes"],
                ["purge", "channel", str(purge_stage.THREAD), "--yes"],
                ["privacy", "status", "@bo"],
                ["privacy", "optout", "@bo", "--yes"],
                ["privacy", "optin", str(purge_stage.BO)],
                ["privacy", "export", "@ada", "ada.json"],
                ["purge", "guild", str(purge_stage.HERE), "--yes"],
                ["purge", "author", "@ada", "--yes", "--no-wait"],
                ["purge", "resume"],
                ["purge", "list"],
                ["privacy", "status"],
            ):
                assert await trio.to_thread.run_sync(main, words) == 0, capfd.readouterr()
            assert "without a record" not in capfd.readouterr().err
            assert stage.refusals(admin) == []
        finally:
            stage.remove_users(admin)
    with psycopg.connect(database_url) as connection:
        for table in ("clips", "messages", "authors", "thumbnails", "file_outbox"):
            found = connection.execute(f"select count(*) from clipsaver.{table}".encode())
            assert found.fetchone() == (0,), table


async def test_the_owner_of_a_database_who_is_no_superuser_can_make_them(
    database_url: str,
) -> None:
    name = database_url.partition("@/")[2].partition("?")[0]
    with psycopg.connect(database_url, autocommit=True) as admin:
        admin.execute("create role of_the_cloud login createrole")
        execute(admin, f"alter database {name} owner to of_the_cloud")
        url = database_url.replace("clipsaver@", "of_the_cloud@")
        with psycopg.connect(url, autocommit=True) as limited:
            limited.execute(stage.ROLES.read_bytes())
            limited.execute(stage.ROLES.read_bytes())
        found = admin.execute("select nspowner::regrole::text from pg_namespace "
                              "where nspname = 'clipsaver'").fetchone()  # fmt: skip
        assert found == ("clipsaver_owner",)
        stage.drop_roles(admin)
        execute(admin, f"alter database {name} owner to clipsaver")
        admin.execute("drop owned by of_the_cloud; drop role of_the_cloud")
