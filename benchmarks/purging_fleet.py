"""Workers that scan both guilds and make pictures, and processes that purge one of them."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.purging_stage import Stage
from benchmarks.scanning import environment
from benchmarks.statement_log import logged

WORKER, PURGE = "worker", "purge"
"""Names of connections in the server's log."""
WORKERS = 4
LEASE_S = 3.0
_LOGGED_FROM_MS = 5.0
"""Of the workers' statements; of a purge's all are."""
_GIVE_UP_AFTER_S = 1800.0


@dataclass
class Fleet:
    """Four workers with half of a channel each at a time."""

    stage: Stage
    rate: float
    workers: list[subprocess.Popen[bytes]] = field(default_factory=list)

    def start(self, number: int) -> subprocess.Popen[bytes]:
        stage = self.stage
        world = stage.discord.world
        jobs = sum(len(some) for some in world["channels"])
        config = stage.folder / f"config-{number}.toml"
        config.write_text(
            f'data_dir = "{stage.folder}"\n'
            f'[discord]\napi_url = "{world["api_url"]}"\nmedia_hosts = ["{world["media_host"]}"]\n'
            f"requests_per_second = {self.rate}\n"
            f"[redis]\nlease_seconds = {LEASE_S}\n"
            # One place more than jobs: it is kept for live messages.
            f"[worker]\nconcurrency = {-(-jobs // WORKERS) + 1}\nslice = 3600\n"
            # Here workers die for reasons that are not their jobs'.
            "[retry]\nmax_deliveries = 1000\n"
            f'[thumbnails]\nconcurrency = 1\nsource = "discord"\nstorage = "{stage.pictures}"\n'
            '[log]\nlevel = "error"\n'
        )
        url = logged(stage.database_url, WORKER, from_ms=_LOGGED_FROM_MS)
        with self.errors(number).open("ab") as errors:
            return subprocess.Popen(
                [sys.executable, "-m", "clipsaver", "run", "--config", str(config)],
                env={**os.environ, **environment(stage.servers, world), "DATABASE_URL": url},
                stdout=errors,
                stderr=errors,
            )

    def errors(self, number: int) -> Path:
        """What that worker logs."""
        return self.stage.folder / f"worker-{number}.log"

    def kill(self, number: int) -> None:
        """Another one takes its place."""
        self.workers[number].kill()
        self.workers[number].wait()
        self.workers[number] = self.start(number)

    def stop(self) -> None:
        for worker in self.workers:
            worker.send_signal(signal.SIGTERM)
        for worker in self.workers:
            try:
                worker.wait(60)
            except subprocess.TimeoutExpired:
                worker.kill()
                worker.wait()

    def complaints(self) -> list[str]:
        """What they logged, which is errors alone."""
        return [
            line
            for number in range(WORKERS)
            if self.errors(number).exists()
            for line in self.errors(number).read_text("utf-8").splitlines()
            if line.strip()
        ]


@contextmanager
def fleet(stage: Stage, rate: float) -> Iterator[Fleet]:
    """The workers for the time of the block."""
    made = Fleet(stage, rate)
    for number in range(WORKERS):
        made.errors(number).unlink(missing_ok=True)
    made.workers = [made.start(number) for number in range(WORKERS)]
    try:
        yield made
    finally:
        made.stop()


class Purger:
    """`clipsaver purge` in a process of its own, once it drives the purge."""

    def __init__(self, stage: Stage, *action: str) -> None:
        """The action is `guild` with what it takes, or `resume`; `config-0.toml` is there."""
        self._stage = stage
        before = self._driver()
        words = ["purge", *action, "--json", "--config", str(stage.folder / "config-0.toml")]
        url = logged(stage.database_url, PURGE)
        self._errors = stage.folder / "purge.log"
        with self._errors.open("wb") as errors:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "clipsaver", *words],
                env={**os.environ, **environment(stage.servers, stage.discord.world)}
                | {"DATABASE_URL": url},
                stdout=subprocess.PIPE,
                stderr=errors,
            )
        until(
            "the beginning of the purge",
            lambda: self._driver() != before or self.process.poll() is not None,
        )

    def _driver(self) -> str | None:
        with self._stage.connect() as connection:
            row = connection.execute("select max(driven_by) from purges").fetchone()
        assert row is not None
        return row[0]

    def has_ended(self, within_s: float) -> bool:
        """Whether it does. Raises RuntimeError where something kept it from getting on."""
        try:
            self.process.wait(within_s)
        except subprocess.TimeoutExpired:
            return False
        assert self.process.stdout is not None
        told = self.process.stdout.read()
        # 1 is for files that workers announced and that are still to come.
        if self.process.returncode not in (0, 1) or not told:
            raise RuntimeError(f"the purge: {self._errors.read_text('utf-8')}")
        return True

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()


def until(what: str, is_so: Callable[[], bool]) -> None:
    """Looks again and again."""
    deadline = time.monotonic() + _GIVE_UP_AFTER_S
    while not is_so():
        if time.monotonic() > deadline:
            raise RuntimeError(f"{what} did not happen within {_GIVE_UP_AFTER_S:g} s")
        time.sleep(0.05)
