"""`clipsaver db`, as a person runs it."""

from __future__ import annotations

from pathlib import Path

import psycopg
import pytest

from clipsaver.cli.main import main
from clipsaver.cli.psql import libpq_environment
from clipsaver.database.migrations import known_migrations
from clipsaver.errors import ExitCode


@pytest.fixture
def config(tmp_path: Path, database_url: str, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in ("DATABASE_URL", "REDIS_URL", "DISCORD_BOT_TOKEN", "DB_TYPE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.chdir(tmp_path)
    file = tmp_path / "config.toml"
    file.write_text(f'data_dir = "{tmp_path}/data"\n[database]\nurl = "{database_url}"\n')
    return file


def test_migrate_says_what_it_did(config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["db", "migrate", "--config", str(config)]) == ExitCode.DONE
    assert capsys.readouterr().out == "".join(
        f"applied {migration.name}\n" for migration in known_migrations()
    )
    assert main(["db", "migrate", "--config", str(config)]) == ExitCode.DONE
    assert capsys.readouterr().out == "nothing to do: the tables are up to date\n"


def test_status_before_and_after(config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["db", "status", "--config", str(config)]) == ExitCode.USAGE
    before = capsys.readouterr().out
    assert f"at version 0, this code knows {known_migrations()[-1].version}" in before
    assert "pending  0001_tables.sql" in before
    assert "not usable: " in before
    assert "run `clipsaver db migrate`" in before

    main(["db", "migrate", "--config", str(config)])
    capsys.readouterr()
    assert main(["db", "status", "--config", str(config)]) == ExitCode.DONE
    after = capsys.readouterr().out.splitlines()
    assert after[0].startswith("the PostgreSQL database test_")
    assert after[1].startswith("server   PostgreSQL 1")
    assert "pending  none" in after
    assert any(line.split()[:2] == ["clips", "0"] for line in after)
    assert after[-1] == "usable"


def test_a_newer_schema_is_named(
    config: Path, database_url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    main(["db", "migrate", "--config", str(config)])
    with psycopg.connect(database_url, autocommit=True) as conn:
        conn.execute("insert into clipsaver.schema_migrations values (99, '0099_later.sql', 'x')")
    capsys.readouterr()
    assert main(["db", "migrate", "--config", str(config)]) == ExitCode.USAGE
    assert "newer than this clipsaver: it is at version 99" in capsys.readouterr().err


def test_a_server_that_is_not_there_is_exit_code_3(
    config: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    config.write_text(f'[database]\nurl = "host={tmp_path} dbname=clips password=hush"\n')
    assert main(["db", "status", "--config", str(config)]) == ExitCode.UNREACHABLE
    said = capsys.readouterr().err
    assert said.startswith(f"clipsaver: the PostgreSQL database clips at {tmp_path}: ")
    assert "is it running" in said
    assert "hush" not in said


def test_the_shell_is_psql_in_the_schema(config: Path, capfd: pytest.CaptureFixture[str]) -> None:
    main(["db", "migrate", "--config", str(config)])
    capfd.readouterr()
    asked = ["db", "shell", "--config", str(config), "-c", "select count(*) as clips from clips"]
    assert main(asked) == ExitCode.DONE
    assert "clips" in capfd.readouterr().out
    assert main([*asked, "-c", "select nonsense"]) == ExitCode.JOB_FAILED


def test_the_shell_of_a_database_that_is_not_there(
    config: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://u:hidden@127.0.0.1:1/d")
    asked = ["db", "shell", "--config", str(config), "-c", "select 1"]
    assert main(asked) == ExitCode.UNREACHABLE
    assert "hidden" not in capfd.readouterr().err


def test_passwords_are_not_among_psqls_arguments() -> None:
    given = libpq_environment("postgresql://ann:hidden@db.example/clips?sslmode=require")
    assert given == {
        "PGHOST": "db.example",
        "PGUSER": "ann",
        "PGPASSWORD": "hidden",
        "PGDATABASE": "clips",
        "PGSSLMODE": "require",
    }


@pytest.mark.parametrize("url", ["host=h dbnam=d", "postgresql://u:secret%zz@host/db"])
def test_an_address_that_is_none(
    config: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], url: str
) -> None:
    monkeypatch.setenv("DATABASE_URL", url)
    assert main(["db", "status", "--config", str(config)]) == ExitCode.USAGE
    told = capsys.readouterr().err
    assert "database.url" in told
    assert "secret" not in told
