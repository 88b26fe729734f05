"""One server's life: start it unless it runs, find out who it is, end it.

What runs is told by the kernel: whoever starts a server takes the exclusive lock `running` and
lets the server inherit it, as do all processes that this starts. So the lock is free only when
nothing of the server is left, also after SIGKILL, also while an orphaned backend still writes, and
a pid file that was left behind means nothing. The caller holds the lock `guard` (sharing.py).
"""

from __future__ import annotations

import os
import signal
import subprocess
import time
from contextlib import suppress
from pathlib import Path
from typing import Protocol

import structlog

from clipsaver.embedded.locks import FileLock
from clipsaver.embedded.places import Place
from clipsaver.embedded.polling import Pause, wait_until
from clipsaver.embedded.processes import listening_pid, pid_in, works_in
from clipsaver.errors import EmbeddedServerError

START_TIMEOUT_S = 300.0
"""Reading a long write-ahead log or append-only file after a crash takes minutes on a slow disk."""
UNREACHABLE_S = 15.0
"""How long something may hold the lock without listening: making the data takes less than 1 s."""
_LOG_LINES = 8

_log = structlog.get_logger()


class Server(Protocol):
    """What PostgreSQL and Valkey tell the code that starts and stops them."""

    @property
    def title(self) -> str: ...

    @property
    def place(self) -> Place: ...

    @property
    def socket(self) -> Path: ...

    @property
    def pid_file(self) -> Path: ...

    @property
    def url(self) -> str: ...

    @property
    def stop_signals(self) -> tuple[tuple[signal.Signals, float], ...]:
        """What to send, and for how many seconds to wait for its effect before the next."""
        ...

    def is_ready(self) -> bool:
        """Whether it answers now."""
        ...

    def launch(self, lock_fd: int, pause: Pause) -> subprocess.Popen[bytes]:
        """Makes the data if there are none and starts the server, which inherits the lock."""
        ...


def is_running(server: Server) -> bool:
    """Whether a process of the server lives; it may not answer yet, or not any more."""
    lock = server.place.open_lock("running")
    try:
        return not lock.try_shared()
    finally:
        lock.close()


def ensure_running(server: Server, *, alone: bool, pause: Pause) -> None:
    """Returns when the server answers, started by us or found running.

    `alone`: nobody else uses it, so one that cannot be reached may be ended. Raises
    EmbeddedServerError with the end of the server's log if it does not start.
    """
    lock = server.place.open_lock("running")
    try:
        if _is_free(server, lock, alone=alone, pause=pause):
            _start(server, lock, pause)
    except OSError as error:
        raise EmbeddedServerError(
            f"{server.title} cannot be started: {error.filename or server.place.data}: "
            f"{error.strerror}."
        ) from error
    finally:
        lock.close()


def _is_free(server: Server, lock: FileLock, *, alone: bool, pause: Pause) -> bool:
    """True with the lock taken: nothing runs. False: one that was started before answers."""
    began = heard = time.monotonic()
    while not lock.try_exclusive():
        if server.is_ready():
            return False
        now = time.monotonic()
        if listening_pid(server.socket) is not None:
            heard = now  # it starts, recovers or stops
        if now - began > START_TIMEOUT_S:
            raise EmbeddedServerError(
                f"{server.title} has not become ready in {START_TIMEOUT_S:.0f} s; its log is "
                f"{server.place.log}."
            )
        if now - heard > UNREACHABLE_S:
            _end_unreachable(server, lock, alone=alone, pause=pause)
            return True
        pause()
    return True


def _end_unreachable(server: Server, lock: FileLock, *, alone: bool, pause: Pause) -> None:
    """Its socket was deleted, or lies in a /tmp that is not ours (as in a systemd service)."""
    if not alone or not _end(server, lock, pause):
        raise EmbeddedServerError(
            f"{server.title} runs on {server.place.data} (pid {pid_in(server.pid_file)}), but its "
            f"socket {server.socket} cannot be reached from here: stop the other clipsaver "
            "commands that use this data_dir, and that process, then try again."
        )


def _start(server: Server, lock: FileLock, pause: Pause) -> None:
    began = time.monotonic()
    _keep_log_short(server.place.log)
    log_offset = server.place.log.stat().st_size
    process = server.launch(lock.fd, pause)
    lock.close()  # from here on the lock says whether the server lives
    try:
        ready = wait_until(
            lambda: process.poll() is not None or server.is_ready(), START_TIMEOUT_S, pause
        )
    except BaseException:  # cancelled: nobody waits for this server any more
        process.send_signal(server.stop_signals[0][0])
        raise
    if process.poll() is not None or not ready:
        process.send_signal(server.stop_signals[0][0])  # nothing, if it has ended
        raise failed_start(server, process.returncode, log_offset)
    seconds = round(time.monotonic() - began, 3)
    _log.info("embedded.started", server=server.title, pid=process.pid, seconds=seconds)


def failed_start(server: Server, status: int | None, log_offset: int) -> EmbeddedServerError:
    """The error that shows what the server wrote since this start began."""
    with server.place.log.open("rb") as log:
        log.seek(log_offset)
        lines = log.read().decode(errors="replace").splitlines()
    if any("No space left on device" in line for line in lines):
        why = "the disk is full"
    elif status is None:
        why = f"it has not become ready in {START_TIMEOUT_S:.0f} s"
    else:
        why = f"it ended with exit status {status}"
    return EmbeddedServerError(
        f"{server.title} did not start: {why}. The end of its log {server.place.log}:"
        + "".join(f"\n    {line}" for line in lines[-_LOG_LINES:])
    )


def _keep_log_short(log: Path) -> None:
    if log.stat().st_size > 1_000_000:
        os.truncate(log, 0)


def stop(server: Server, pause: Pause) -> bool:
    """Ends the server in an orderly way, harder if it does not; False if it still runs."""
    lock = server.place.open_lock("running")
    try:
        if lock.try_exclusive():
            return True
        stopped = _end(server, lock, pause)
    finally:
        lock.close()
    if stopped:
        _log.info("embedded.stopped", server=server.title)
    else:
        _log.warning("embedded.not_stopped", server=server.title, data=str(server.place.data))
    return stopped


def _end(server: Server, lock: FileLock, pause: Pause) -> bool:
    for signal_number, patience_s in server.stop_signals:
        pid = _pid_of(server)
        if pid is not None:
            with suppress(ProcessLookupError, PermissionError):
                os.kill(pid, signal_number)
        if wait_until(lock.try_exclusive, patience_s, pause):
            return True
    return False


def _pid_of(server: Server) -> int | None:
    """The server's process, proven: it listens on our socket, or works in our data folder."""
    if (pid := listening_pid(server.socket)) is not None:
        return pid
    pid = pid_in(server.pid_file)
    return pid if pid is not None and works_in(pid, server.place.data) else None
