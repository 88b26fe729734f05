"""What the demo plays on: servers, a simulated Discord, jobs on the stream and a worker."""

from __future__ import annotations

import shutil
import tempfile
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path

import trio

from clipsaver.config import Config, DiscordConfig, LogConfig, Secret
from clipsaver.database import Database, open_database
from clipsaver.jobs import BatchJob
from clipsaver.log import configure_logging
from clipsaver.queue import produce
from clipsaver.queue.link import Link
from clipsaver.simulator import Limits, Simulator, World, open_simulator
from clipsaver.worker.nursery import run_worker
from clipsaver.worker.stores import Addresses, open_addresses, open_link

_LOG = "demo.log"


@dataclass(frozen=True, slots=True)
class Wishes:
    """What the command line asks for."""

    seed: int
    channels: int
    messages: int
    keep_in: str | None
    is_plain: bool


@dataclass(frozen=True, slots=True)
class Stage:
    """Everything that is there while it plays."""

    config: Config
    world: World
    link: Link
    database: Database
    runs: dict[str, str]
    """Run ids by channel name, of the jobs that were put on the stream."""


@asynccontextmanager
async def open_stage(wishes: Wishes, *, quietly: bool) -> AsyncIterator[Stage]:
    """All of it, with the worker at work; `quietly`: the terminal is another's meanwhile, and what
    there is to say goes into a file beside the servers' data."""
    world = World.generate(
        seed=wishes.seed, channels=wishes.channels, messages=wishes.messages, clip_share=0.05
    )
    with _data_dir(wishes.keep_in) as data_dir, _logging(data_dir if quietly else None):
        async with open_simulator(world, limits=Limits.visible()) as simulator:
            config = _config(data_dir, simulator)
            async with (
                open_addresses(config) as addresses,
                open_link(config, addresses.redis_url) as link,
            ):
                runs = await _push(link, world)
                async with _worker(config), _database(config, addresses) as database:
                    yield Stage(config, world, link, database, runs)


def _config(data_dir: Path, simulator: Simulator) -> Config:
    """The defaults, but for where Discord is. What it may be asked is the real Discord's limit."""
    return Config(
        data_dir=data_dir,
        discord=DiscordConfig(
            token=Secret(simulator.token),
            api_url=simulator.api_url,
            media_hosts=(simulator.media_host,),
        ),
        log=LogConfig(level="warning"),
    )


@contextmanager
def _data_dir(keep_in: str | None) -> Iterator[Path]:
    if keep_in is not None:
        yield Path(keep_in).expanduser().resolve()
        return
    folder = Path(tempfile.mkdtemp(prefix="clipsaver-demo-"))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def _logging(folder: Path | None) -> Iterator[None]:
    """Into the file of that folder, else to stderr."""
    if folder is None:
        configure_logging("warning")
        yield
        return
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / _LOG).open("a", encoding="utf-8") as file:
        configure_logging("warning", "console", file)
        try:
            yield
        finally:
            configure_logging("warning")


async def _push(link: Link, world: World) -> dict[str, str]:
    """A job for each channel that holds messages; returns run ids by channel name."""
    channels = [channel for channel in world.readable_channels() if channel.type.holds_messages]
    jobs = [
        BatchJob(guild_id=str(one.guild_id), channel_id=str(one.channel_id), limit=None)
        for one in channels
    ]
    entry_ids = await produce.push(link, jobs)
    names = _distinct([channel.name for channel in channels])
    return {
        name: produce.run_id_of(link, entry_id)
        for name, entry_id in zip(names, entry_ids, strict=True)
    }


def _distinct(names: list[str]) -> list[str]:
    """Channels may share a name: the second `general` is `general (2)`."""
    seen: Counter[str] = Counter()
    distinct = []
    for name in names:
        seen[name] += 1
        distinct.append(name if seen[name] == 1 else f"{name} ({seen[name]})")
    return distinct


@asynccontextmanager
async def _worker(config: Config) -> AsyncIterator[None]:
    """A worker for the time of the block; then it is asked to stop."""
    stopping = trio.Event()
    async with trio.open_nursery() as nursery:
        await nursery.start(run_worker, config, stopping)
        try:
            yield
        finally:
            stopping.set()


def _database(config: Config, addresses: Addresses) -> AbstractAsyncContextManager[Database]:
    return open_database(addresses.database_url, schema=config.database.schema, pool_size=1)
