"""Several processes, one set of servers; and any of them killed at any time."""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Callable
from pathlib import Path

import psycopg
import pytest
import redis

from clipsaver.embedded import lifecycle, open_servers_blocking, sharing
from clipsaver.embedded.account import subprocess_arguments
from clipsaver.embedded.lifecycle import is_running
from clipsaver.embedded.polling import plain_pause, wait_until
from clipsaver.embedded.postgres import place_postgres
from clipsaver.embedded.sharing import Use
from clipsaver.embedded.valkey import place_valkey
from clipsaver.errors import EmbeddedServerError
from tests.embedded.conftest import Pids, User, pids_of, running, servers_of

StartUser = Callable[[], User]


@pytest.mark.usefixtures("used_data_dir")
def test_the_last_one_out_stops_the_servers(data_dir: Path, start_user: StartUser) -> None:
    first = start_user()
    assert first.first_words() == "up"
    second = start_user()
    assert second.first_words() == "up"
    before = pids_of(data_dir)
    first.leave()
    assert pids_of(data_dir) == before
    assert None not in before
    second.leave()
    assert running(data_dir) == (False, False)


def test_starts_at_the_same_time_end_with_one_set_of_servers(
    data_dir: Path, start_user: StartUser
) -> None:
    users = [start_user() for _ in range(4)]
    assert [user.first_words() for user in users] == ["up"] * 4
    # A second PostgreSQL on the same data could not even start; a second Valkey could.
    log = (data_dir / "valkey.log").read_text()
    assert log.count("Ready to accept connections") == 1
    for user in users:
        user.leave()
    assert running(data_dir) == (False, False)


@pytest.mark.usefixtures("used_data_dir")
def test_coming_and_going_at_once_never_pulls_the_servers_away(
    data_dir: Path, start_user: StartUser
) -> None:
    leaving = start_user()
    assert leaving.first_words() == "up"
    for _ in range(3):
        entering = start_user()
        assert leaving.process.stdin is not None
        leaving.process.stdin.close()  # leaves while the other enters
        leaving.process.stdin = None
        assert entering.first_words() == "up"
        leaving.leave()
        assert all(server.is_ready() for server in servers_of(data_dir))
        leaving = entering


class GaveUp(Exception):
    """Raised by a pause in place of waiting on."""


def test_one_process_at_a_time_decides(data_dir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def give_up() -> None:
        raise GaveUp

    use = Use(place_valkey(data_dir))
    guard = use.server.place.open_lock("guard")
    assert guard.try_exclusive()
    with pytest.raises(GaveUp):
        use.enter(give_up)
    assert not is_running(use.server)
    guard.close()

    use.enter(plain_pause)
    guard = use.server.place.open_lock("guard")
    assert guard.try_exclusive()
    monkeypatch.setattr(sharing, "_LEAVE_GUARD_TIMEOUT_S", 0.0)
    use.leave()
    assert is_running(use.server), "who holds the guard decides"
    guard.close()
    use.enter(plain_pause)
    use.leave()
    assert not is_running(use.server)


@pytest.mark.usefixtures("used_data_dir")
def test_servers_of_a_killed_user_are_adopted(data_dir: Path, start_user: StartUser) -> None:
    killed = start_user()
    assert killed.first_words() == "up"
    before = pids_of(data_dir)
    killed.kill()
    assert pids_of(data_dir) == before, "they live in a session of their own"
    with open_servers_blocking(data_dir, postgres=True, valkey=True):
        assert pids_of(data_dir) == before
    assert running(data_dir) == (False, False), "a killed user does not count"


@pytest.mark.usefixtures("used_data_dir")
def test_all_killed_at_once_and_nothing_acknowledged_is_lost(
    data_dir: Path, start_user: StartUser
) -> None:
    user = start_user()
    assert user.first_words() == "up"
    postgres, valkey = servers_of(data_dir)
    with psycopg.connect(postgres.url) as connection:
        connection.execute("create table kept as select 7 as id")
    with redis.Redis.from_url(valkey.url) as client:
        entry = client.xadd("kept", {"job": "x"})
    pids = pids_of(data_dir)
    _kill(pids)
    user.kill()
    with open_servers_blocking(data_dir, postgres=True, valkey=True):
        assert not set(pids) & set(pids_of(data_dir))
        with psycopg.connect(postgres.url) as connection:
            assert connection.execute("select id from kept").fetchone() == (7,)
        with redis.Redis.from_url(valkey.url) as client:
            assert client.xrange("kept") == [(entry, {b"job": b"x"})]


def test_a_user_killed_while_it_starts_them_does_not_block_the_next(
    data_dir: Path, start_user: StartUser
) -> None:
    starting = start_user()
    assert wait_until(lambda: any(data_dir.glob("postgres.new-*/base")), 30.0, plain_pause)
    starting.kill()  # its initdb works on, and holds the lock until it is done
    with open_servers_blocking(data_dir, postgres=True, valkey=True):
        assert running(data_dir) == (True, True)
        assert not list(data_dir.glob("postgres.new-*"))


@pytest.mark.usefixtures("used_data_dir")
def test_a_pid_file_that_names_a_living_stranger(data_dir: Path) -> None:
    """After a container's restart the old pid is often somebody else's."""
    stranger = subprocess.Popen(
        ["cat"],
        stdin=subprocess.PIPE,
        cwd="/",
        **subprocess_arguments(place_postgres(data_dir).place.account),
    )
    with open_servers_blocking(data_dir, postgres=True, valkey=True):
        pids = pids_of(data_dir)
        _kill(pids)
        assert wait_until(lambda: running(data_dir) == (False, False), 30.0, plain_pause)
        for server in servers_of(data_dir):
            left_behind = server.pid_file.read_text().split("\n")
            server.pid_file.write_text("\n".join([str(stranger.pid), *left_behind[1:]]))
    with open_servers_blocking(data_dir, postgres=True, valkey=True):
        assert None not in pids_of(data_dir)
    assert stranger.poll() is None, "it is not ours to end"
    stranger.communicate(timeout=10)


@pytest.mark.usefixtures("used_data_dir")
def test_a_server_whose_socket_was_deleted_is_replaced(
    data_dir: Path, monkeypatch: pytest.MonkeyPatch, start_user: StartUser
) -> None:
    monkeypatch.setattr(lifecycle, "UNREACHABLE_S", 0.1)
    user = start_user()
    assert user.first_words() == "up"
    before = pids_of(data_dir)
    for server in servers_of(data_dir):
        server.socket.unlink()
    with (
        pytest.raises(EmbeddedServerError, match="cannot be reached from here"),
        open_servers_blocking(data_dir, postgres=True, valkey=False),
    ):
        pass
    assert running(data_dir) == (True, True), "somebody still uses them"
    user.kill()
    with open_servers_blocking(data_dir, postgres=True, valkey=True):
        after = pids_of(data_dir)
        assert None not in after
        assert not set(before) & set(after)


@pytest.mark.parametrize("place", [place_postgres, place_valkey])
@pytest.mark.usefixtures("used_data_dir")
def test_a_server_that_ignores_the_polite_signal_is_stopped_harder(
    data_dir: Path, place: Callable[[Path], lifecycle.Server], start_user: StartUser
) -> None:
    user = start_user()
    assert user.first_words() == "up"
    pid = pids_of(data_dir)[place is place_valkey]
    assert pid is not None
    os.kill(pid, signal.SIGSTOP)  # only SIGKILL reaches it now
    server = place(data_dir)
    impatient = type(server)(
        server.place, stop_signals=tuple((number, 0.2) for number, _ in server.stop_signals)
    )
    assert lifecycle.stop(impatient, plain_pause)
    assert not is_running(server)


def _kill(pids: Pids) -> None:
    for pid in pids:
        assert pid is not None
        os.kill(pid, signal.SIGKILL)
