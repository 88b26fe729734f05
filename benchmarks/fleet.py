"""Workers in processes of their own, on embedded servers, before a Discord that enforces limits."""

from __future__ import annotations

import itertools
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import redis

from benchmarks.scanning import empty, environment, push
from clipsaver.embedded import Servers, open_servers_blocking

FIRST_WITHIN_S = 60.0
LIMITED = "benchmarks.limited_discord"


@dataclass
class Traffic:
    """What the simulator saw, in seconds of its clock."""

    granted: list[float]
    refused: list[tuple[float, str]]
    pages: list[float]
    """Those of the granted that read messages."""
    now: float
    searches: list[float] = field(default_factory=list)
    """Those of the granted that search."""

    def add(self, later: Traffic) -> None:
        """What was seen since."""
        self.granted += later.granted
        self.refused += later.refused
        self.pages += later.pages
        self.searches += later.searches
        self.now = later.now

    def refusals(self, after: float = float("-inf")) -> int:
        return sum(at > after for at, _ in self.refused)

    def share(self, rate: float) -> float:
        """Of an allowance of so many per second, from the first to the last admission."""
        first, last = self.granted[0], self.granted[-1]
        return (len(self.granted) - 1) / (last - first) / rate


class Discord:
    """The simulator's process."""

    def __init__(self, serve: str = LIMITED, **wishes: object) -> None:
        self._child = subprocess.Popen(
            [sys.executable, "-m", serve, json.dumps(wishes)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self.world = self._hear()

    def _hear(self) -> dict[str, Any]:
        assert self._child.stdout is not None
        told: dict[str, Any] = json.loads(self._child.stdout.readline())
        return told

    def traffic(self) -> Traffic:
        """Since the last question."""
        assert self._child.stdin is not None
        self._child.stdin.write("\n")
        self._child.stdin.flush()
        return Traffic(**self._hear())

    def watch(self, seconds: float, beside: Callable[[float], bool]) -> Traffic:
        """All until so long after the first request; `beside` may end it earlier by saying so.

        It is called again and again, with the time of `time.monotonic`.
        """
        whole = Traffic([], [], [], 0.0)
        begun, ends = time.monotonic(), float("inf")
        while (now := time.monotonic()) < ends and not beside(now):
            time.sleep(0.2)
            seen = self.traffic()
            if not whole.granted and now > begun + FIRST_WITHIN_S:
                raise RuntimeError(f"no request came within {FIRST_WITHIN_S:g} s")
            whole.add(seen)
            if whole.granted and ends == float("inf"):
                ends = now + seconds
        return whole

    def close(self) -> None:
        assert self._child.stdin is not None
        self._child.stdin.close()
        self._child.wait(10)


@contextmanager
def discord(serve: str = LIMITED, **wishes: object) -> Iterator[Discord]:
    """A simulator for the time of the block; see the `Wishes` of the module that serves."""
    served = Discord(serve, **wishes)
    try:
        yield served
    finally:
        served.close()


@contextmanager
def ground(serve: str = LIMITED, **wishes: object) -> Iterator[tuple[Path, Servers, Discord]]:
    """A folder, real servers and a simulator for the time of the block."""
    folder = Path(tempfile.mkdtemp(prefix="clipsaver-bench-"))
    try:
        with (
            open_servers_blocking(folder, postgres=True, valkey=True) as servers,
            discord(serve, **wishes) as served,
        ):
            yield folder, servers, served
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@dataclass
class Fleet:
    """Workers that share the stream, the database and the token."""

    folder: Path
    servers: Servers
    discord: Discord
    rate: float
    size: int
    channels: int
    workers: list[subprocess.Popen[bytes]] = field(default_factory=list)

    def start(self, number: int) -> subprocess.Popen[bytes]:
        config = self.folder / f"config-{number}.toml"
        # One place more than jobs: it is kept for live messages.
        places = -(-self.channels // self.size) + 1
        config.write_text(
            f'data_dir = "{self.folder}"\n'
            f'[discord]\napi_url = "{self.discord.world["api_url"]}"\n'
            f"requests_per_second = {self.rate}\n"
            f"[worker]\nconcurrency = {places}\nslice = 3600\n"
            '[thumbnails]\nenabled = false\n[log]\nlevel = "error"\n'
        )
        return subprocess.Popen(
            [sys.executable, "-m", "clipsaver", "run", "--config", str(config)],
            env={**os.environ, **environment(self.servers, self.discord.world)},
            stdout=subprocess.DEVNULL,
        )

    def run(self, seconds: float, *, kill_every_s: float | None = None) -> Traffic:
        """Until so long after the first request; one worker after the other is killed meanwhile."""
        self.discord.traffic()
        self.workers = [self.start(number) for number in range(self.size)]
        begun = time.monotonic()
        victims = itertools.count()

        def kill_in_turn(now: float) -> bool:
            nonlocal begun
            if kill_every_s is not None and now >= begun + kill_every_s:
                begun += kill_every_s
                self._kill(next(victims) % self.size)
            return False

        try:
            return self.discord.watch(seconds, kill_in_turn)
        finally:
            self._stop()

    def _kill(self, number: int) -> None:
        self.workers[number].kill()
        self.workers[number].wait()
        self.workers[number] = self.start(number)

    def _stop(self) -> None:
        for worker in self.workers:
            worker.send_signal(signal.SIGTERM)
        for worker in self.workers:
            try:
                worker.wait(30)
            except subprocess.TimeoutExpired:
                worker.kill()
                worker.wait()


def fresh(servers: Servers, served: Discord, **fields: object) -> None:
    """Nothing is known of this token, and there is a job for each channel."""
    assert servers.redis_url
    empty(servers)
    with redis.Redis.from_url(servers.redis_url) as client:
        client.flushall()
    push(servers, served.world, **fields)
