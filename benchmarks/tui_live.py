"""All of `clipsaver tui` on real servers, screen after screen: a part of `make bench ARGS=tui`.

    python -m benchmarks.tui_live VIEW...

What is in the servers is made by `tui_stage`, in a process of its own. One `clipsaver tui` in a
terminal of 120x40 goes from screen to screen by their keys.
"""

from __future__ import annotations

import fcntl
import json
import os
import pty
import re
import select
import shutil
import signal
import statistics
import struct
import subprocess
import sys
import tempfile
import termios
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import psycopg
import trio

from benchmarks.measuring import spread
from benchmarks.queries import SCHEMA, gallery_script, migrate_schema
from benchmarks.tui_stage import FIRST_MARK
from clipsaver.embedded import Servers, open_servers_blocking
from clipsaver.log import configure_logging
from clipsaver.simulator.world.world import TOKEN
from clipsaver.tui.sources.wanted import View

CLIPS = 2_000
SETTLE_S = 4.0
WINDOWS = 3
WINDOW_S = 5.0
_SHOWN = re.compile(rb"700,\d{3}")
_KEYS = {view: str(number).encode() for number, view in enumerate(View, start=1)}


@dataclass
class Terminal:
    """`clipsaver tui` in a terminal: what it paints, and when each mark came."""

    pid: int
    fd: int
    sent: int = 0
    painted: dict[int, float] = field(default_factory=dict)
    tail: bytes = b""

    def press(self, key: bytes) -> None:
        os.write(self.fd, key)

    def cpu_s(self) -> float:
        """What the process has used: the system's clock of it, in nanoseconds (Linux)."""
        return time.clock_gettime(~self.pid << 3 | 2)

    def read_for(self, seconds: float) -> None:
        """Takes what it paints. Raises RuntimeError where it ends."""
        ends = time.monotonic() + seconds
        while (left := ends - time.monotonic()) > 0:
            if not select.select([self.fd], [], [], left)[0]:
                continue
            try:
                data = os.read(self.fd, 1 << 16)
            except OSError as error:  # Linux says so when the other end is closed
                raise RuntimeError(f"it ended:\n{self.tail.decode(errors='replace')}") from error
            self.sent += len(data)
            self.tail = self.tail[-4000:] + data
            for mark in _SHOWN.findall(self.tail[-20 - len(data) :]):
                number = int(mark.replace(b",", b"")) - FIRST_MARK
                self.painted.setdefault(number, time.monotonic())


@dataclass(frozen=True)
class Screen:
    """What one screen cost."""

    view: View
    shares: Sequence[float]
    """Of a core, in each window."""
    kib_per_s: float
    seen_from: float
    seen_until: float

    @property
    def share(self) -> float:
        """The median, since neighbours on a machine make single windows dearer."""
        return statistics.median(self.shares)

    def __str__(self) -> str:
        shares = spread([share * 100 for share in self.shares])
        name = f"clipsaver tui, {self.view.value.capitalize()}"
        return f"{name:<42} {shares:>20} % of a core {self.kib_per_s:6.1f} KiB/s"


@dataclass(frozen=True)
class Lived:
    """All screens, and from progress to its painting on those that show it."""

    screens: Sequence[Screen]
    delays_ms: Sequence[float]
    """Sorted."""

    @property
    def most(self) -> float:
        """Of a core, that a screen took."""
        return max(one.share for one in self.screens)

    @property
    def promptness(self) -> str:
        """The delays, in words."""
        if not self.delays_ms:
            return "no progress was painted"
        middle, worst = statistics.median(self.delays_ms), self.delays_ms[-1]
        times = len(self.delays_ms)
        return (
            f"from progress in Redis to its painting, {times} times: "
            f"median {middle:.0f} ms, worst {worst:.0f} ms"
        )


def live(views: Sequence[View] = tuple(View)) -> Lived:
    """Runs all of it, telling of each screen as it is measured."""
    with (
        _servers() as (folder, servers),
        _stage(servers) as stage,
        _terminal(folder, servers) as terminal,
    ):
        terminal.read_for(SETTLE_S)
        screens = []
        for view in views:
            screens.append(_measured(terminal, view))
            print(screens[-1], flush=True)
        assert stage.stdin is not None
        assert stage.stdout is not None
        stage.stdin.close()
        marks: list[float] = json.loads(stage.stdout.readline())
    shown = [one for one in screens if one.view in (View.OVERVIEW, View.JOBS)]
    delays = [
        (terminal.painted[number] - at) * 1000
        for number, at in enumerate(marks)
        if number in terminal.painted and any(one.seen_from < at < one.seen_until for one in shown)
    ]
    return Lived(screens, sorted(delays))


def _measured(terminal: Terminal, view: View) -> Screen:
    terminal.press(_KEYS[view])
    terminal.read_for(SETTLE_S)
    begun, sent, shares = time.monotonic(), terminal.sent, []
    for _ in range(WINDOWS):
        at, used = time.monotonic(), terminal.cpu_s()
        terminal.read_for(WINDOW_S)
        shares.append((terminal.cpu_s() - used) / (time.monotonic() - at))
    ended = time.monotonic()
    return Screen(view, shares, (terminal.sent - sent) / 1024 / (ended - begun), begun, ended)


@contextmanager
def _servers() -> Iterator[tuple[Path, Servers]]:
    folder = Path(tempfile.mkdtemp(prefix="clipsaver-bench-"))
    folder.chmod(0o711)
    try:
        with open_servers_blocking(folder / "data", postgres=True, valkey=True) as servers:
            assert servers.database_url
            trio.run(migrate_schema, servers.database_url)
            with psycopg.connect(
                servers.database_url, autocommit=True, options=f"-c search_path={SCHEMA}"
            ) as connection:
                connection.execute("set session_replication_role = replica")
                connection.execute(gallery_script(CLIPS))
                connection.execute("vacuum (analyze)")
            yield folder, servers
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def _stage(servers: Servers) -> Iterator[subprocess.Popen[str]]:
    """What plays the workers, when everything is there."""
    child = subprocess.Popen(
        [sys.executable, "-m", "benchmarks.tui_stage", str(servers.redis_url), TOKEN],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert child.stdout is not None
        if child.stdout.readline() != "ready\n":
            raise RuntimeError("nothing is there to be looked at: see above")
        yield child
    finally:
        child.kill()
        child.wait()


@contextmanager
def _terminal(folder: Path, servers: Servers) -> Iterator[Terminal]:
    config = folder / "config.toml"  # nothing of the caller's own
    config.write_text(f'data_dir = "{folder}/data"\n')
    pid, fd = pty.fork()
    if pid == 0:
        os.environ.update(
            TERM="xterm-256color",
            COLORTERM="truecolor",
            DATABASE_URL=str(servers.database_url),
            REDIS_URL=str(servers.redis_url),
            DISCORD_BOT_TOKEN=TOKEN,
        )
        command = [sys.executable, "-m", "clipsaver", "tui", "--config", str(config)]
        os.execv(sys.executable, command)
    fcntl.ioctl(fd, termios.TIOCSWINSZ, struct.pack("HHHH", 40, 120, 0, 0))
    try:
        yield Terminal(pid, fd)
    finally:
        os.close(fd)
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)


if __name__ == "__main__":
    configure_logging("warning")
    print(live([View(name) for name in sys.argv[1:]] or tuple(View)).promptness)
