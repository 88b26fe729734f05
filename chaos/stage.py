"""Servers, links and workers: what a run stands on, and how each is started, hurt and ended."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg
import redis
import trio
from redis.backoff import NoBackoff
from redis.retry import Retry

from chaos.links import Link
from chaos.plan import Store
from chaos.work import Recipe
from clipsaver.embedded.lifecycle import Server as Embedded
from clipsaver.embedded.lifecycle import is_running
from clipsaver.embedded.polling import plain_pause
from clipsaver.embedded.postgres import SOCKET_NAME, USER, place_postgres
from clipsaver.embedded.processes import listening_pid
from clipsaver.embedded.sharing import Use
from clipsaver.embedded.valkey import place_valkey

STREAM, GROUP = "chaos_jobs", "chaos"
GRACE_S = 5.0
"""`worker.shutdown_grace` of all workers."""

_INTERRUPTED = "clipsaver: interrupted"
"""What one says on stderr that is stopped before it has set up its log."""

_CONFIG = """\
data_dir = "{folder}"
[discord]
api_url = "{api_url}"
requests_per_second = 10000
[redis]
stream = "{stream}"
group = "{group}"
lease_seconds = {lease_s}
[worker]
concurrency = {concurrency}
slice = 1
shutdown_grace = {grace_s}
[retry]
# Here workers die for reasons that are not their jobs'.
max_deliveries = 1000
[thumbnails]
enabled = false
[log]
format = "json"
"""


@dataclass(frozen=True, slots=True)
class Settings:
    """What a run is made of, apart from its plan and its jobs."""

    workers: int
    lease_s: float
    concurrency: int
    fsync: str


@dataclass(eq=False)
class Server:
    """One of the two servers, with its durable settings, as `clipsaver run` embeds it."""

    use: Use
    lock: trio.Lock = field(default_factory=trio.Lock)
    """Held while a fault of it is under way."""
    kills: int = 0

    @property
    def embedded(self) -> Embedded:
        return self.use.server

    async def kill(self) -> None:
        """SIGKILL for it and all of its processes; returns when none is left."""
        pid = listening_pid(self.embedded.socket)
        if pid is None:
            return
        for one in (pid, *_children_of(pid)):
            _signal(one, signal.SIGKILL)
        self.kills += 1
        while is_running(self.embedded):  # noqa: ASYNC110 - processes
            await trio.sleep(0.01)

    async def stand_still(self, seconds: float) -> None:
        """SIGSTOP for it and all of its processes, SIGCONT after so long."""
        pid = listening_pid(self.embedded.socket)
        if pid is None:
            return
        stopped = [pid]
        _signal(pid, signal.SIGSTOP)  # first: from now on it has no more children
        try:
            for child in _children_of(pid):
                _signal(child, signal.SIGSTOP)
                stopped.append(child)
            await trio.sleep(seconds)
        finally:
            for one in reversed(stopped):
                _signal(one, signal.SIGCONT)

    async def start(self) -> None:
        """Returns once it serves again, on what it had on disk."""
        await trio.to_thread.run_sync(self.use.renew, plain_pause)


@dataclass(eq=False)
class Worker:
    """One of the workers: a place in which one process follows another."""

    number: int
    links: dict[Store, Link]
    lock: trio.Lock = field(default_factory=trio.Lock)
    process: trio.Process | None = None
    log: Path = Path()
    logs: list[Path] = field(default_factory=list)
    """Of all processes that were here."""
    is_meant_to_end: bool = False
    """Whether the one that is here was told to end, or killed."""

    def lines(self) -> list[dict[str, Any]]:
        """What the present process has logged so far."""
        return read_log(self.log)

    @property
    def consumer(self) -> str | None:
        """The name under which it reads the stream, once it does."""
        return next(
            (line["consumer"] for line in self.lines() if line["event"] == "worker_started"), None
        )

    def signal(self, number: signal.Signals) -> None:
        if self.process is not None and self.process.returncode is None:
            self.process.send_signal(number)

    async def kill(self) -> None:
        """SIGKILL, also for one that is frozen."""
        assert self.process is not None
        self.is_meant_to_end = True
        self.signal(signal.SIGKILL)
        await self.process.wait()


@dataclass(eq=False)
class Stage:
    """All that runs."""

    folder: Path
    settings: Settings
    discord: dict[str, str]
    servers: dict[Store, Server]
    workers: list[Worker]
    ended: list[tuple[Worker, int]] = field(default_factory=list)
    """Processes that ended though nobody had asked them to, with their exit codes."""

    @property
    def redis_url(self) -> str:
        return self.servers[Store.VALKEY].embedded.url

    @property
    def database_url(self) -> str:
        return self.servers[Store.POSTGRES].embedded.url

    def redis(self) -> redis.Redis:
        """A connection for looks, which no fault of a link meets."""
        # Nothing is sent twice behind our back.
        never = Retry(NoBackoff(), 0)
        return redis.Redis.from_url(self.redis_url, socket_timeout=5.0, retry=never)

    def database(self) -> psycopg.Connection[tuple[Any, ...]]:
        """The same, which may also write while others may not."""
        options = "-c default_transaction_read_only=off"
        return psycopg.connect(self.database_url, autocommit=True, options=options)

    async def start_worker(self, worker: Worker) -> None:
        """Another process in this place."""
        ours = self.folder / f"worker-{worker.number}"
        config = ours / "config.toml"
        config.write_text(
            _CONFIG.format(
                folder=self.folder, api_url=self.discord["api_url"], stream=STREAM, group=GROUP,
                lease_s=self.settings.lease_s, concurrency=self.settings.concurrency,
                grace_s=GRACE_S,
            )
        )  # fmt: skip
        worker.log = self.folder / "logs" / f"worker-{worker.number}-{len(worker.logs) + 1}.log"
        worker.logs.append(worker.log)
        with worker.log.open("wb") as log:
            worker.process = await trio.lowlevel.open_process(
                [sys.executable, "-m", "clipsaver", "run", "--config", str(config)],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=log,
                env={
                    "PATH": "",
                    "DISCORD_BOT_TOKEN": self.discord["token"],
                    "REDIS_URL": f"unix://{worker.links[Store.VALKEY].entrance}?db=0",
                    "DATABASE_URL": f"postgresql://{USER}@/postgres?host={ours}&port=5432",
                },
            )
        worker.is_meant_to_end = False

    async def replace_ended(self) -> None:
        """Another process for each that ended by itself, which none should."""
        for worker in self.workers:
            process = worker.process
            if process is None or process.returncode is None or worker.is_meant_to_end:
                continue
            self.ended.append((worker, process.returncode))
            await self.start_worker(worker)


def read_log(log: Path) -> list[dict[str, Any]]:
    """The events of a log; what is no event becomes one with the name of what it is."""
    lines = []
    for line in log.read_bytes().splitlines():
        try:
            told = json.loads(line)
        except ValueError:
            told = None
        is_event = isinstance(told, dict) and "event" in told
        lines.append(told if is_event else {"event": "", "text": line.decode(errors="replace")})
    return [line for line in lines if line.get("text") != _INTERRUPTED]


@asynccontextmanager
async def open_stage(folder: Path, recipe: Recipe, settings: Settings) -> AsyncIterator[Stage]:
    """Servers, the simulator and links, for the time of the block; workers are started inside."""
    (folder / "logs").mkdir()
    servers = {
        Store.VALKEY: Server(Use(place_valkey(folder / "data"))),
        Store.POSTGRES: Server(Use(place_postgres(folder / "data"))),
    }
    try:
        for server in servers.values():
            await trio.to_thread.run_sync(server.use.enter, plain_pause)
        with _simulated(recipe) as child:
            assert child.stdout is not None
            discord = json.loads(await trio.to_thread.run_sync(child.stdout.readline))
            async with trio.open_nursery() as nursery:
                workers = [_placed(folder, number, servers) for number in range(settings.workers)]
                for worker in workers:
                    for link in worker.links.values():
                        await nursery.start(link.serve)
                stage = Stage(folder, settings, discord, servers, workers)
                try:
                    set_fsync(stage)
                    yield stage
                finally:
                    for worker in workers:
                        worker.is_meant_to_end = True
                        worker.signal(signal.SIGKILL)
                nursery.cancel_scope.cancel()
    finally:
        for server in servers.values():
            server.use.leave()


def set_fsync(stage: Stage) -> None:
    """Valkey starts with `appendfsync always`."""
    with stage.redis() as client:
        client.config_set("appendfsync", stage.settings.fsync)


def _placed(folder: Path, number: int, servers: dict[Store, Server]) -> Worker:
    ours = folder / f"worker-{number}"
    ours.mkdir()
    names = {Store.VALKEY: "valkey.sock", Store.POSTGRES: SOCKET_NAME}
    links = {
        store: Link(ours / names[store], server.embedded.socket)
        for store, server in servers.items()
    }
    return Worker(number, links)


def _simulated(recipe: Recipe) -> subprocess.Popen[str]:
    sizes = [str(one) for one in (recipe.seed, recipe.guilds, recipe.now)]
    return subprocess.Popen(
        [sys.executable, "-m", "chaos.discord", *sizes],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


def _signal(pid: int, number: signal.Signals) -> None:
    with suppress(ProcessLookupError):
        os.kill(pid, number)


def _children_of(pid: int) -> list[int]:
    """PostgreSQL's backends, where the system tells them; elsewhere they end by themselves."""
    try:
        told = Path(f"/proc/{pid}/task/{pid}/children").read_text()
    except OSError:
        return []
    return [int(child) for child in told.split()]
