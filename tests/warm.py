"""Runs `clipsaver` in processes of their own that need not import anything first.

Half a second of each command is Python reading modules, which the tests of commands pay dozens of
times. Here one process has read them, and each command is a fork of it: with its own environment,
its own stdin, stdout and stderr, and its own exit code. That a command imports what it needs is
seen where whole programs are run (tests/acceptance, tests/cli/test_main.py).
"""

from __future__ import annotations

import atexit
import functools
import json
import os
import socket
import subprocess
import sys
import tempfile
import threading
from collections.abc import Mapping
from pathlib import Path

_STANDARD = 3
"""stdin, stdout and stderr."""
_one_at_a_time = threading.Lock()


def run(
    *words: str, env: Mapping[str, str], folder: Path | None = None, timeout_s: float = 60.0
) -> subprocess.CompletedProcess[str]:
    """`clipsaver` with these words and this environment, in that folder, and nothing on stdin.

    One at a time, in whatever thread.
    """
    with (
        Path(os.devnull).open("rb") as nothing,
        tempfile.TemporaryFile() as out,
        tempfile.TemporaryFile() as err,
    ):
        request = json.dumps([words, dict(env), str(folder or Path.cwd())]).encode()
        with _one_at_a_time:
            code = _served(request, [one.fileno() for one in (nothing, out, err)], timeout_s)
        texts = []
        for file in (out, err):
            file.seek(0)
            texts.append(file.read().decode())
    return subprocess.CompletedProcess(["clipsaver", *words], code, *texts)


def _served(request: bytes, files: list[int], timeout_s: float) -> int:
    channel = _server()
    channel.settimeout(timeout_s)
    socket.send_fds(channel, [request], files)
    try:
        answer = channel.recv(16)
    except TimeoutError:
        _server.cache_clear()  # the next command finds another one
        raise
    assert answer, "the process that runs commands has ended"
    return int(answer)


@functools.cache
def _server() -> socket.socket:
    """One for all tests of this process; it ends when its other end is closed."""
    ours, theirs = socket.socketpair()
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.warm", str(theirs.fileno())], pass_fds=[theirs.fileno()]
    )
    theirs.close()

    def end() -> None:
        ours.close()
        process.wait(10)

    atexit.register(end)
    return ours


def _serve(channel: socket.socket) -> None:
    """Forks for each command that comes, until nobody is at the other end."""
    while True:
        request, files, _, _ = socket.recv_fds(channel, 1 << 16, _STANDARD)
        if not request:
            return
        if (pid := os.fork()) == 0:
            _become(*json.loads(request), files)
        for file in files:
            os.close(file)
        _, status = os.waitpid(pid, 0)
        channel.send(str(os.waitstatus_to_exitcode(status)).encode())


def _become(words: list[str], env: Mapping[str, str], folder: str, files: list[int]) -> None:
    """The command, in the forked process; does not return."""
    os.chdir(folder)
    for number, file in enumerate(files):
        os.dup2(file, number)
    os.environ.clear()
    os.environ.update(env)
    sys.stdin, sys.stdout, sys.stderr = (
        os.fdopen(number, mode, encoding="utf-8") for number, mode in enumerate(("r", "w", "w"))
    )
    sys.argv = ["clipsaver", *words]
    code = 1
    try:
        from clipsaver.cli.main import entry

        entry()
        code = 0
    except SystemExit as stop:
        code = stop.code if isinstance(stop.code, int) else int(stop.code is not None)
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


def _read_modules() -> None:
    import rich.live  # noqa: F401

    import clipsaver.cli.dead
    import clipsaver.cli.jobs_text
    import clipsaver.cli.pending_text
    import clipsaver.cli.watching
    import clipsaver.config
    import clipsaver.database
    import clipsaver.discord_rest.client
    import clipsaver.doctor.examination
    import clipsaver.operating.cancelling
    import clipsaver.operating.repairing
    import clipsaver.worker.stores  # noqa: F401


if __name__ == "__main__":
    _read_modules()
    _serve(socket.socket(fileno=int(sys.argv[1])))
