"""Starting children that outlive us, and finding out who a server is before signalling it."""

from __future__ import annotations

import os
import socket
import struct
import subprocess
import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING

from clipsaver.embedded.account import Account, subprocess_arguments

if TYPE_CHECKING:
    from collections.abc import Sequence

_PS_TIMEOUT_S = 5.0


def spawn(
    command: Sequence[str | Path],
    *,
    log: Path,
    lock_fd: int,
    account: Account | None,
    environment: dict[str, str],
) -> subprocess.Popen[bytes]:
    """Starts a child in its own session, which holds `lock_fd` and writes to `log`.

    Its own session keeps ctrl-c, which goes to all of the terminal's session, from ending a server
    before the worker is done with it. A daemon thread reaps it, so that no zombie keeps its pid.
    """
    with log.open("ab") as output:
        process = subprocess.Popen(  # noqa: S603  # a program that we found, no shell
            [str(word) for word in command],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            cwd="/",  # an unprivileged account may not be able to stand where we do
            env=environment,
            pass_fds=(lock_fd,),
            start_new_session=True,
            umask=0o077,
            **subprocess_arguments(account),
        )
    threading.Thread(target=process.wait, name=f"reap {process.pid}", daemon=True).start()
    return process


def server_environment(**more: str) -> dict[str, str]:
    """Nothing of ours but what finds programs and libraries: PGPORT and the like do harm."""
    kept = {key: os.environ[key] for key in ("PATH", "LD_LIBRARY_PATH") if key in os.environ}
    # PostgreSQL refuses a broken locale, and on macOS an unset one starts threads in it.
    return {**kept, "LC_ALL": "C", "TZ": "UTC", **more}


def listening_pid(socket_path: Path) -> int | None:
    """The process that listens on a unix socket, as the kernel knows it; None if nobody does."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
        connection.settimeout(1.0)
        try:
            connection.connect(str(socket_path))
            return _peer_pid(connection) or None
        except OSError:
            return None


def _peer_pid(connection: socket.socket) -> int:
    """0 where the process is in a pid namespace that we cannot see."""
    if sys.platform == "darwin":
        local_level, local_peerpid = 0, 0x002  # sys/un.h; not in the socket module
        return connection.getsockopt(local_level, local_peerpid)
    credentials = connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, 12)
    pid: int = struct.unpack("3i", credentials)[0]
    return pid


def works_in(pid: int, folder: Path) -> bool:
    """Whether the process is a server of this data folder: pid files name whoever came after."""
    if Path("/proc/self/cwd").exists():
        try:
            return Path(f"/proc/{pid}/cwd").readlink() == folder
        except OSError:
            return False
    answer = subprocess.run(  # noqa: S603  # a number, no shell
        ["/bin/ps", "-ww", "-o", "command=", "-p", str(pid)],
        capture_output=True,
        text=True,
        timeout=_PS_TIMEOUT_S,
        check=False,
    )
    return str(folder) in answer.stdout


def pid_in(file: Path) -> int | None:
    """The first line of a pid file, which may be stale, cut short or missing."""
    try:
        return int(file.read_text().split("\n", 1)[0])
    except (OSError, ValueError):
        return None
