"""Real servers for the whole suite: PostgreSQL and Valkey, started once per session.

They are throw-away: nothing is synced to disk, and they end with the test run even when that is
killed, because each stands behind a shell that waits for the end of a pipe which only the test
process holds open.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psycopg
import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from clipsaver.embedded.account import account_for, hand_over, subprocess_arguments
from clipsaver.embedded.binaries import (
    choose_postgres,
    choose_valkey,
    postgres_folders,
    valkey_programs,
)
from clipsaver.embedded.places import ROOT_FOLDER
from clipsaver.embedded.relocation import reachable_binaries

if TYPE_CHECKING:
    from collections.abc import Iterator

_START_TIMEOUT_S = 30.0
_POLL_S = 0.01

# Runs "$@" until stdin ends, then stops it ($1 = signal) and removes its folder ($2).
_UNTIL_STDIN_ENDS = """
signal=$1 folder=$2; shift 2
"$@" </dev/null & child=$!
cat >/dev/null
kill -s "$signal" "$child" 2>/dev/null
wait "$child"
rm -rf "$folder"
"""


def _short_folder(name: str) -> Path:
    """A folder whose sockets fit into the 104 bytes that a socket's path may have."""
    return Path(tempfile.mkdtemp(prefix=f"clipsaver-{name}-", dir="/tmp"))


@contextmanager
def reachable_folder() -> Iterator[Path]:
    """A folder for a `data_dir` with a short path, which any account can pass.

    pytest's own `tmp_path` is private to root, so there PostgreSQL's data would go elsewhere.
    """
    folder = _short_folder("data")
    folder.chmod(0o711)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def _running(command: list[str], folder: Path, *, stop: str, **as_account: Any) -> Iterator[None]:
    with (folder / "server.log").open("wb") as log:
        shell = subprocess.Popen(
            ["/bin/sh", "-c", _UNTIL_STDIN_ENDS, "sh", stop, str(folder), *command],
            stdin=subprocess.PIPE,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,  # ctrl-c is for pytest; its fixtures then stop the servers
            **as_account,
        )
    try:
        yield
    finally:
        assert shell.stdin is not None
        shell.stdin.close()
        shell.wait(timeout=20)
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def postgres_server() -> Iterator[str]:
    """A PostgreSQL of our own on a unix socket; yields the URL of its maintenance database."""
    account = account_for(euid=os.geteuid(), owner_uid=os.geteuid(), may_be_root=False)
    found = choose_postgres(postgres_folders(), data_major=None)
    binaries = reachable_binaries(found, account, ROOT_FOLDER).folder
    folder = _short_folder("pg")
    hand_over(folder, account)
    as_account = {"cwd": "/", **subprocess_arguments(account)}
    data = folder / "data"
    initdb = [binaries / "initdb", "-D", data, "-U", "clipsaver", "-A", "trust", "-E", "UTF8"]
    subprocess.run(
        [*initdb, "--locale=C", "--no-sync"],
        check=True,
        capture_output=True,
        **as_account,
    )
    settings = {
        "listen_addresses": "",
        "unix_socket_directories": str(folder),
        "fsync": "off",
        "synchronous_commit": "off",
        "full_page_writes": "off",
        "max_connections": "200",
    }
    command = [str(binaries / "postgres"), "-D", str(data)]
    for key, value in settings.items():
        command += ["-c", f"{key}={value}"]
    url = f"postgresql://clipsaver@/postgres?host={folder}"
    with _running(command, folder, stop="INT", **as_account):
        _wait_for_postgres(url, folder / "server.log")
        yield url


def _wait_for_postgres(url: str, log: Path) -> None:
    deadline = time.monotonic() + _START_TIMEOUT_S
    while True:
        try:
            psycopg.connect(url).close()
        except psycopg.OperationalError as error:
            if time.monotonic() > deadline:
                raise RuntimeError(f"PostgreSQL did not start:\n{log.read_text()}") from error
            time.sleep(_POLL_S)
        else:
            return


@contextmanager
def valkey_server(*options: str) -> Iterator[str]:
    """A Valkey of our own on a unix socket; yields its URL without a database number."""
    binary = choose_valkey(valkey_programs())
    folder = _short_folder("vk")
    socket = folder / "valkey.sock"
    command = [str(binary), "--port", "0", "--unixsocket", str(socket), "--dir", str(folder)]
    command += ["--save", "", "--appendonly", "no", "--maxmemory-policy", "noeviction", *options]
    with _running(command, folder, stop="TERM"):
        _wait_for_valkey(socket, folder / "server.log")
        yield f"unix://{socket}"


def _wait_for_valkey(socket: Path, log: Path) -> None:
    deadline = time.monotonic() + _START_TIMEOUT_S
    # By itself it tries again for seconds, also where it is refused.
    with redis.Redis(unix_socket_path=str(socket), retry=Retry(NoBackoff(), 0)) as client:
        while True:
            try:
                client.ping()
            except redis.AuthenticationError:  # it is there, and wants a login
                return
            except redis.ConnectionError as error:
                if time.monotonic() > deadline:
                    raise RuntimeError(f"Valkey did not start:\n{log.read_text()}") from error
                time.sleep(_POLL_S)
            else:
                return
