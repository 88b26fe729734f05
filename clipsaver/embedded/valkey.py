"""Valkey (or Redis) on a unix socket: how it is started and asked."""

from __future__ import annotations

import signal
import socket
import subprocess
from dataclasses import dataclass
from pathlib import Path

from clipsaver.embedded.account import hand_over
from clipsaver.embedded.binaries import choose_valkey, valkey_programs
from clipsaver.embedded.places import Place, place_server
from clipsaver.embedded.polling import Pause
from clipsaver.embedded.processes import server_environment, spawn

SOCKET_NAME = "valkey.sock"
_ANSWER_TIMEOUT_S = 2.0

# `appendfsync always`, since with `everysec` an acknowledged entry is lost when the machine stops
# and, as writes are put off for up to 2 s while a sync is under way, even when only the server is
# killed. Measured on one virtual disk, 300-byte XADDs a second: always 5,900 one by one (0.16 ms),
# 19,000 from 8 connections, 109,000 in pipelines of 100; everysec 16,000, 16,000 and 180,000. The
# queue needs a few per page of messages, and Discord allows 50 pages a second.
_SETTINGS = {
    "port": "0",  # no TCP
    "unixsocketperm": "700",
    "appendonly": "yes",
    "appendfsync": "always",
    "save": "",
    "maxmemory-policy": "noeviction",
    "daemonize": "no",
    "set-proc-title": "no",  # `ps` shows our data folder, by which we know it again
}


@dataclass(frozen=True, slots=True)
class Valkey:
    """The embedded Valkey of one data_dir."""

    place: Place
    title: str = "Valkey"
    # It syncs and ends on SIGTERM; what it acknowledged is on disk before that.
    stop_signals: tuple[tuple[signal.Signals, float], ...] = (
        (signal.SIGTERM, 20.0),
        (signal.SIGKILL, 5.0),
    )

    @property
    def socket(self) -> Path:
        return self.place.sockets / SOCKET_NAME

    @property
    def pid_file(self) -> Path:
        return self.place.data / "valkey.pid"

    @property
    def url(self) -> str:
        return f"unix://{self.socket}?db=0"  # the path needs no quoting: places.py

    def is_ready(self) -> bool:
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
            connection.settimeout(_ANSWER_TIMEOUT_S)
            try:
                connection.connect(str(self.socket))
                connection.sendall(b"PING\r\n")
                return connection.recv(16).startswith(b"+PONG")  # or: -LOADING
            except OSError:
                return False

    def launch(self, lock_fd: int, pause: Pause) -> subprocess.Popen[bytes]:  # noqa: ARG002  # Server's
        program = choose_valkey(valkey_programs())
        if not self.place.data.exists():
            self.place.data.mkdir(mode=0o700)
            hand_over(self.place.data, self.place.account)
        settings = {
            **_SETTINGS,
            "unixsocket": str(self.socket),
            "dir": str(self.place.data),
            "pidfile": str(self.pid_file),
        }
        return spawn(
            [program, *(word for key, value in settings.items() for word in (f"--{key}", value))],
            log=self.place.log,
            lock_fd=lock_fd,
            account=self.place.account,
            environment=server_environment(),
        )


def place_valkey(data_dir: Path) -> Valkey:
    """The embedded Valkey of this data_dir, running or not."""
    place = place_server(data_dir, "valkey", socket_name=SOCKET_NAME, may_be_root=True)
    return Valkey(place)
