"""Runs `clipsaver` in child processes, in a folder and with an environment of its own."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import trio

from clipsaver.simulator import World
from tests import warm
from tests.worker.site import Site, open_site, until

_PASSED_ON = ("PATH", "LANG", "LC_ALL", "TMPDIR")

_CONFIG = """\
data_dir = "data"
[discord]
token = "env:BOT_TOKEN"
api_url = "{api_url}"
requests_per_second = 1000
[redis]
url = "{redis_url}"
lease_seconds = 3
[database]
url = "{database_url}"
schema = "{schema}"
[worker]
shutdown_grace = 5
[thumbnails]
enabled = false
"""


@dataclass(frozen=True, slots=True)
class Ended:
    """A process that has ended."""

    code: int
    out: str
    err: str


@dataclass(eq=False)
class Child:
    """A process that runs; what it says is read as it comes."""

    process: trio.Process
    out: bytearray = field(default_factory=bytearray)
    err: bytearray = field(default_factory=bytearray)

    async def says(self, words: str) -> None:
        """Returns once it has said this on stderr."""

        async def condition() -> bool:
            return words.encode() in self.err

        await until(condition, f"it says {words!r}, but only: {self.err.decode()}")

    async def end(self, signal_number: signal.Signals | None = None) -> Ended:
        """Waits for its end, after a signal where one is given."""
        if signal_number is not None:
            self.process.send_signal(signal_number)
        code = await self.process.wait()
        return Ended(code, self.out.decode(), self.err.decode())

    async def listen(self) -> None:
        async with trio.open_nursery() as nursery:
            nursery.start_soon(_collect, self.process.stdout, self.out)
            nursery.start_soon(_collect, self.process.stderr, self.err)


async def _collect(pipe: trio.abc.ReceiveStream | None, into: bytearray) -> None:
    assert pipe is not None
    async for piece in pipe:
        into += piece


@dataclass(eq=False)
class Program:
    """The program beside the stores and the Discord that it works with."""

    site: Site
    folder: Path
    environment: Mapping[str, str]

    @asynccontextmanager
    async def running(self, *words: str, **environment: str) -> AsyncIterator[Child]:
        """A child for the time of the block, which it does not outlive."""
        process = await trio.lowlevel.open_process(
            [sys.executable, "-m", "clipsaver", *words],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            cwd=self.folder,
            env={**self.environment, **environment},
        )
        child = Child(process)
        try:
            async with trio.open_nursery() as nursery:
                nursery.start_soon(child.listen)
                yield child
                await process.wait()
        finally:
            if process.returncode is None:
                process.kill()
        token = self.site.simulator.token.encode()
        assert token not in child.out + child.err

    async def run(self, *words: str, **environment: str) -> Ended:
        """A child from its start to its end, with all modules read."""
        ended = await trio.to_thread.run_sync(
            lambda: warm.run(*words, env={**self.environment, **environment}, folder=self.folder)
        )
        assert self.site.simulator.token not in ended.stdout + ended.stderr
        return Ended(ended.returncode, ended.stdout, ended.stderr)


def environment_in(folder: Path, **more: str) -> dict[str, str]:
    """Nothing of ours but what a process needs, and a home that is empty."""
    passed_on = {name: os.environ[name] for name in _PASSED_ON if name in os.environ}
    return {**passed_on, "HOME": str(folder), **more}


@asynccontextmanager
async def open_program(
    world: World, *, folder: Path, database_url: str, redis_url: str, schema: str
) -> AsyncIterator[Program]:
    """The program, configured in `config.toml` of its folder, which it finds by itself."""
    stores = {"database_url": database_url, "redis_url": redis_url, "schema": schema}
    async with open_site(world, **stores) as site:
        config = _CONFIG.format(api_url=site.simulator.api_url, **stores)
        (folder / "config.toml").write_text(config)
        environment = environment_in(folder, BOT_TOKEN=site.simulator.token)
        yield Program(site, folder, environment)
