"""Folders that cannot be used as they are: too long, too odd, too private, not ours."""

from __future__ import annotations

import os
import shutil
import stat
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
import redis

from clipsaver.embedded import open_servers_blocking, places, postgres
from clipsaver.embedded.account import Account
from clipsaver.embedded.binaries import PostgresBinaries, choose_postgres, postgres_folders
from clipsaver.embedded.lifecycle import stop
from clipsaver.embedded.places import is_socket_path
from clipsaver.embedded.polling import plain_pause
from clipsaver.embedded.relocation import can_run, reachable_binaries
from clipsaver.errors import EmbeddedServerError
from tests.embedded.conftest import servers_of
from tests.servers import reachable_folder

STRANGER = Account("stranger", os.geteuid() + 12345, os.getegid() + 12345)


@pytest.fixture
def outside(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Stands for /var/lib/clipsaver and /tmp, and leaves nothing there."""
    with reachable_folder() as folder:
        monkeypatch.setattr(places, "ROOT_FOLDER", folder / "lib")
        monkeypatch.setattr(places, "SHORT_FOLDER", folder)
        yield folder


def use_both(data_dir: Path) -> None:
    """Starts both, talks to both through their URLs, stops both, whatever happens."""
    try:
        with open_servers_blocking(data_dir, postgres=True, valkey=True) as servers:
            assert servers.database_url is not None
            assert servers.redis_url is not None
            with psycopg.connect(servers.database_url) as connection:
                assert connection.execute("select 1").fetchone() == (1,)
            with redis.Redis.from_url(servers.redis_url) as client:
                assert client.ping() is True
    finally:
        for server in servers_of(data_dir):
            stop(server, plain_pause)


@pytest.mark.parametrize(
    ("path", "usable"),
    [
        ("/home/alice/.local/share/clipsaver/postgres/.s.PGSQL.5432", True),
        ("/" + "x" * 102, True),
        ("/" + "x" * 103, False),
        ("/" + "ä" * 52, False),
        ("/with space/valkey.sock", False),
        ("/a,b/.s.PGSQL.5432", False),
        ("/a%2fb/valkey.sock", False),
    ],
)
def test_which_paths_a_socket_can_have(path: str, usable: bool) -> None:
    assert is_socket_path(Path(path)) is usable


@pytest.mark.parametrize("name", ["x" * 120, "with space, comma & 100%"])
def test_sockets_of_odd_data_dirs_are_in_a_short_private_folder(
    data_dir: Path, outside: Path, name: str
) -> None:
    use_both(data_dir / name)
    for server in servers_of(data_dir / name):
        assert server.place.data.parent == (data_dir / name).resolve()
        assert outside in server.place.sockets.parents
        assert stat.S_IMODE(server.place.sockets.stat().st_mode) == 0o700


def test_a_socket_folder_that_others_could_enter_is_refused(data_dir: Path, outside: Path) -> None:
    long = data_dir / ("x" * 120)
    sockets = servers_of(long)[1].place.sockets
    sockets.chmod(0o755)
    with pytest.raises(EmbeddedServerError, match="is not a private folder"):
        use_both(long)
    sockets.rmdir()
    (outside / "elsewhere").mkdir(mode=0o700)
    sockets.symlink_to(outside / "elsewhere")
    with pytest.raises(EmbeddedServerError, match="is not a private folder"):
        use_both(long)


def test_a_private_home_and_private_programs(
    tmp_path: Path, outside: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Root's usual case: the home is 0700, and the virtual environment is in it.

    An ordinary user's servers run as that user, so there everything stays where it is.
    """
    home = tmp_path / "home"
    home.mkdir(mode=0o700)
    found = choose_postgres(postgres_folders(search_path="", patterns=[]), None)
    package = found.folder.parent.parent
    private = home / "venv" / package.name
    shutil.copytree(package / found.folder.parent.name, private / found.folder.parent.name)
    libraries = package.parent / f"{package.name}.libs"
    if libraries.is_dir():
        shutil.copytree(libraries, home / "venv" / libraries.name)
    private_bin = private / found.folder.parent.name / "bin"
    monkeypatch.setattr(postgres, "postgres_folders", lambda: [private_bin])

    use_both(home / "data")

    data = home / "data" / "postgres"
    copies = list((outside / "lib").glob("postgresql-*"))
    if os.geteuid() == 0:
        assert data.is_symlink()
        assert outside in data.resolve().parents
        assert data.resolve().stat().st_uid != 0
        assert len(copies) == 1
    else:
        assert not data.is_symlink()
        assert copies == []
    use_both(home / "data")  # finds both again


def test_an_empty_private_data_dir_of_roots_is_opened_and_used(
    data_dir: Path, outside: Path
) -> None:
    """As from mkdtemp: else each throw-away folder would leave its data elsewhere."""
    data_dir.mkdir(mode=0o700)
    use_both(data_dir)
    assert not (data_dir / "postgres").is_symlink()
    assert not (outside / "lib").exists()
    assert stat.S_IMODE(data_dir.stat().st_mode) == (0o711 if os.geteuid() == 0 else 0o700)


def test_a_private_data_dir_that_holds_something_stays_private(
    data_dir: Path, outside: Path
) -> None:
    data_dir.mkdir(mode=0o700)
    (data_dir / "token").write_text("secret")
    use_both(data_dir)
    assert stat.S_IMODE(data_dir.stat().st_mode) == 0o700
    assert (data_dir / "postgres").is_symlink() == (os.geteuid() == 0)
    if (outside / "lib").exists():
        shutil.rmtree(outside / "lib")  # by mistake, with the data: it starts over
    use_both(data_dir)


def fake_wheel(site_packages: Path) -> PostgresBinaries:
    """The shape of a wheel, with scripts for programs, unreadable to others."""
    install = site_packages / "pg_wheel" / "install18"
    for name in ("bin/postgres", "bin/initdb", "share/postgres.bki", "lib/x.so", "include/pg.h"):
        file = install / name
        file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        file.write_text("#!/bin/sh\necho 'postgres (PostgreSQL) 18.4'\n")
        file.chmod(0o700 if "bin/" in name else 0o600)
    libraries = site_packages / "pg_wheel.libs"
    libraries.mkdir(mode=0o700)
    (libraries / "libpq.so").touch(mode=0o600)
    return PostgresBinaries(install / "bin", 18)


def test_programs_are_copied_once_readable_and_with_their_libraries(tmp_path: Path) -> None:
    wheel = fake_wheel(tmp_path / "private")
    root_folder = tmp_path / "lib"
    copied = reachable_binaries(wheel, STRANGER, root_folder)
    (copy,) = root_folder.iterdir()
    assert copied.folder == copy / "pg_wheel" / "install18" / "bin"
    assert {str(file.relative_to(copy)) for file in copy.rglob("*") if file.is_file()} == {
        "pg_wheel/install18/bin/postgres",
        "pg_wheel/install18/bin/initdb",
        "pg_wheel/install18/share/postgres.bki",
        "pg_wheel/install18/lib/x.so",
        "pg_wheel.libs/libpq.so",
    }
    modes = {stat.S_IMODE(file.stat().st_mode) for file in (copy, *copy.rglob("*"))}
    assert modes == {0o755, 0o644}
    made_at = copied.folder.stat().st_ctime_ns
    assert reachable_binaries(wheel, STRANGER, root_folder) == copied
    assert copied.folder.stat().st_ctime_ns == made_at, "made once"


def test_of_two_copies_at_once_one_wins_and_both_work(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    wheel = fake_wheel(tmp_path / "private")
    real = shutil.copytree
    winner: list[PostgresBinaries] = []

    def copy_while_another_does(*args, **kwargs):
        monkeypatch.setattr(shutil, "copytree", real)
        winner.append(reachable_binaries(wheel, STRANGER, tmp_path / "lib"))
        return real(*args, **kwargs)

    monkeypatch.setattr(shutil, "copytree", copy_while_another_does)
    assert reachable_binaries(wheel, STRANGER, tmp_path / "lib") == winner[0]
    assert len(list((tmp_path / "lib").iterdir())) == 1, "the loser cleans up"


def test_programs_that_the_account_can_run_are_used_where_they_are(tmp_path: Path) -> None:
    wheel = fake_wheel(tmp_path / "private")
    assert reachable_binaries(wheel, None, tmp_path / "lib") == wheel
    assert can_run(Path("/bin/sh"), STRANGER)
    assert not can_run(wheel.folder / "postgres", STRANGER)
    assert not (tmp_path / "lib").exists()


def test_no_place_for_a_copy_is_a_sentence(tmp_path: Path) -> None:
    wheel = fake_wheel(tmp_path / "private")
    (tmp_path / "a-file").touch()
    with pytest.raises(
        EmbeddedServerError, match=r"'stranger' cannot reach .* no copy can be made"
    ):
        reachable_binaries(wheel, STRANGER, tmp_path / "a-file" / "lib")
