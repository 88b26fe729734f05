"""PostgreSQL on a unix socket: how its data is made, how it is started and asked."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import struct
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

from clipsaver.embedded import places
from clipsaver.embedded.account import hand_over
from clipsaver.embedded.binaries import PostgresBinaries, choose_postgres, postgres_folders
from clipsaver.embedded.lifecycle import failed_start
from clipsaver.embedded.places import Place, place_server
from clipsaver.embedded.polling import Pause, wait_until
from clipsaver.embedded.processes import pid_in, server_environment, spawn
from clipsaver.embedded.relocation import reachable_binaries
from clipsaver.errors import EmbeddedServerError

SOCKET_NAME = ".s.PGSQL.5432"
USER = "clipsaver"
_INITDB_TIMEOUT_S = 120.0
_ANSWER_TIMEOUT_S = 2.0

# PostgreSQL's frontend/backend protocol 3.0: https://www.postgresql.org/docs/current/protocol.html
_PARAMETERS = f"user\0{USER}\0database\0postgres\0\0".encode()
_STARTUP_MESSAGE = struct.pack("!ii", 8 + len(_PARAMETERS), 3 << 16) + _PARAMETERS
_TERMINATE_MESSAGE = b"X\0\0\0\x04"
_CANNOT_CONNECT_NOW = b"C57P03\0"

# On the command line, so that they hold whatever stands in the data's postgresql.conf.
_SETTINGS = {
    "listen_addresses": "",  # no TCP: who may open the socket's folder may connect
    "port": "5432",  # a part of the socket's name
    "unix_socket_permissions": "0700",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "max_connections": "100",
    # Parallel queries need shared memory segments, for which a container has 64 MB.
    "max_parallel_workers_per_gather": "0",
    "log_checkpoints": "off",  # each 5 minutes, and nobody rotates this log while we run
}


@dataclass(frozen=True, slots=True)
class Postgres:
    """The embedded PostgreSQL of one data_dir."""

    place: Place
    title: str = "PostgreSQL"
    # Fast shutdown, immediate shutdown (recovers at the next start), and what nothing survives.
    stop_signals: tuple[tuple[signal.Signals, float], ...] = (
        (signal.SIGINT, 30.0),
        (signal.SIGQUIT, 10.0),
        (signal.SIGKILL, 5.0),
    )

    @property
    def socket(self) -> Path:
        return self.place.sockets / SOCKET_NAME

    @property
    def pid_file(self) -> Path:
        return self.place.data / "postmaster.pid"

    @property
    def url(self) -> str:
        # The port is named because PGPORT would change it. The path needs no quoting: places.py.
        return f"postgresql://{USER}@/postgres?host={self.place.sockets}&port=5432"

    def is_ready(self) -> bool:
        # Not with libpq: PGSERVICE, PGOPTIONS and the like could make it fail for ever.
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
            connection.settimeout(_ANSWER_TIMEOUT_S)
            try:
                connection.connect(str(self.socket))
                connection.sendall(_STARTUP_MESSAGE)
                answer = connection.recv(1024)
                connection.sendall(_TERMINATE_MESSAGE)
            except OSError:
                return False
        return takes_sessions(answer)

    def launch(self, lock_fd: int, pause: Pause) -> subprocess.Popen[bytes]:
        found = choose_postgres(postgres_folders(), data_major(self.place.data))
        binaries = reachable_binaries(found, self.place.account, places.ROOT_FOLDER)
        if data_major(self.place.data) is None:
            self._make_data(binaries, lock_fd, pause)
        elif self.place.account and self.place.data.stat().st_uid == 0:
            hand_over(self.place.data, self.place.account)  # root put a backup back
        settings = {**_SETTINGS, "unix_socket_directories": str(self.place.sockets)}
        return spawn(
            [
                binaries.folder / "postgres",
                *("-D", self.place.data),
                *(word for key, value in settings.items() for word in ("-c", f"{key}={value}")),
            ],
            log=self.place.log,
            lock_fd=lock_fd,
            account=self.place.account,
            environment=server_environment(**_ignore_stale_pid(self.pid_file)),
        )

    def _make_data(self, binaries: PostgresBinaries, lock_fd: int, pause: Pause) -> None:
        """initdb in a folder beside, renamed when whole and on disk: there is no half of it."""
        data = self.place.data
        for half_made in data.parent.glob(f"{data.name}.new-*"):
            shutil.rmtree(half_made, ignore_errors=True)
        draft = Path(tempfile.mkdtemp(prefix=f"{data.name}.new-", dir=data.parent))
        try:
            hand_over(draft, self.place.account)
            log_offset = self.place.log.stat().st_size
            process = spawn(
                [
                    *(binaries.folder / "initdb", "-D", draft, "-U", USER, "-A", "trust"),
                    *("-E", "UTF8", "--locale=C", "--no-instructions"),
                ],
                log=self.place.log,
                lock_fd=lock_fd,
                account=self.place.account,
                environment=server_environment(),
            )
            try:
                wait_until(lambda: process.poll() is not None, _INITDB_TIMEOUT_S, pause)
            finally:
                if process.poll() is None:
                    os.killpg(process.pid, signal.SIGKILL)  # it leads a session: with its children
            if status := process.wait():
                raise failed_start(self, status, log_offset)
            draft.rename(data)
        finally:
            shutil.rmtree(draft, ignore_errors=True)


def place_postgres(data_dir: Path) -> Postgres:
    """The embedded PostgreSQL of this data_dir, running or not."""
    place = place_server(data_dir, "postgres", socket_name=SOCKET_NAME, may_be_root=False)
    return Postgres(place)


def takes_sessions(answer: bytes) -> bool:
    """Whether what answered a startup message is a server in operation.

    It asks for authentication, or refuses for a reason of its own such as too many connections;
    while it starts, recovers or stops the reason is `cannot_connect_now`.
    """
    return answer.startswith((b"R", b"E")) and _CANNOT_CONNECT_NOW not in answer


def data_major(data: Path) -> int | None:
    """The major version that wrote the data; None if there is no data."""
    file = data / "PG_VERSION"
    try:
        return int(file.read_text().split(".")[0])
    except FileNotFoundError:
        pass
    except ValueError:
        raise EmbeddedServerError(f"{file} does not say which PostgreSQL wrote the data.") from None
    if data.is_dir() and any(data.iterdir()):
        raise EmbeddedServerError(
            f"{data} holds something that is not a PostgreSQL database: move it away, or set "
            "data_dir to another folder."
        )
    return None


def _ignore_stale_pid(pid_file: Path) -> dict[str, str]:
    """Tells PostgreSQL that the pid in a pid file which was left behind is not a server's.

    It refuses to start while that pid exists, and in a restarted container it often does, as
    somebody else's. We know better, since we hold the lock; PostgreSQL's second check, that no
    process is attached to the old one's shared memory, stays in force. (pg_ctl's own variable.)
    """
    pid = pid_in(pid_file)
    return {} if pid is None else {"PG_GRANDPARENT_PID": str(pid)}
