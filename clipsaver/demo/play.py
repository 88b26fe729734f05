"""Runs the demo, from an empty folder to a table of clips."""

from __future__ import annotations

import shutil
import sys
import tempfile
from collections import Counter
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path

import trio
from rich.console import Console

from clipsaver.config import Config, DiscordConfig, LogConfig, Secret
from clipsaver.database import Database, clips, open_database
from clipsaver.database.thumbnails.pictures import ShownClip
from clipsaver.demo.show import LiveProgress, PlainProgress, Scans, Seldom, print_clips
from clipsaver.demo.stills import newest_made, print_pictures, write_sheet
from clipsaver.errors import ExitCode
from clipsaver.jobs import BatchJob
from clipsaver.log import configure_logging
from clipsaver.queue import produce
from clipsaver.queue.link import Link
from clipsaver.simulator import Limits, Simulator, World, open_simulator
from clipsaver.worker.nursery import run_worker
from clipsaver.worker.stores import Addresses, open_addresses, open_link
from clipsaver.worker.thumbnailing.kit import open_configured_storage

_LOOK_EVERY_S = 0.125
_PAPER_WIDTH = 120
"""Of what is not a terminal."""


@dataclass(frozen=True, slots=True)
class Wishes:
    """What the command line asks for."""

    seed: int
    channels: int
    messages: int
    keep_in: str | None
    is_plain: bool


async def run_demo(wishes: Wishes) -> int:
    """The whole demo. Exit 1 if the clips in the database are not those that were planted."""
    console = Console(width=None if sys.stdout.isatty() else _PAPER_WIDTH)
    is_live = console.is_terminal and not wishes.is_plain
    configure_logging("error" if is_live else "warning")
    _say("Starting PostgreSQL, Valkey and a simulated Discord ...")
    world = World.generate(
        seed=wishes.seed, channels=wishes.channels, messages=wishes.messages, clip_share=0.05
    )
    with _data_dir(wishes.keep_in) as data_dir:
        async with open_simulator(world, limits=Limits.visible()) as simulator:
            config = _config(data_dir, simulator)
            async with (
                open_addresses(config) as addresses,
                open_link(config, addresses.redis_url) as link,
            ):
                runs = await _push(link, world)
                _say(f"{len(runs)} jobs are on the stream; a worker takes them.\n")
                async with _worker(config), _database(config, addresses) as database:
                    with LiveProgress(console) if is_live else PlainProgress() as progress:
                        await _follow(link, runs, progress)
                    pictures = await newest_made(database, Seldom(_say))
                    is_right = await _show_clips(console, database, world)
                    await _show_pictures(console, config, pictures, wishes)
    _say_what_next(wishes)
    return ExitCode.DONE if is_right else ExitCode.JOB_FAILED


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


async def _follow(link: Link, runs: dict[str, str], progress: LiveProgress | PlainProgress) -> None:
    """Shows the scans until all are over."""
    begun = trio.current_time()
    while True:
        scans: Scans = {
            name: await produce.job_status(link, run_id) for name, run_id in runs.items()
        }
        is_last = all(scan is not None and scan.state.is_over for scan in scans.values())
        progress.show(scans, trio.current_time() - begun, is_last=is_last)
        if is_last:
            return
        await trio.sleep(_LOOK_EVERY_S)


def _database(config: Config, addresses: Addresses) -> AbstractAsyncContextManager[Database]:
    return open_database(addresses.database_url, schema=config.database.schema, pool_size=1)


async def _show_pictures(
    console: Console, config: Config, pictures: Sequence[ShownClip], wishes: Wishes
) -> None:
    """A table of the first, and a sheet of all, which stays also where nothing else is kept."""
    folder = None if wishes.keep_in is None else config.data_dir
    async with open_configured_storage(config) as storage:
        print_pictures(console, pictures, storage)
        sheet = await write_sheet(pictures, storage, "The newest clips of the demo", folder)
    made = sum(picture.storage_key is not None for picture in pictures)
    _say(f"\n{made} thumbnails on one sheet, to open in a browser: {sheet}")


async def _show_clips(console: Console, database: Database, world: World) -> bool:
    """Reads the clips from the database and holds them against what the simulator planted."""
    async with database.connection() as connection:
        newest = await clips.newest_clips(connection, limit=15)
        channels = [channel.channel_id for channel in world.readable_channels()]
        found_rows = await connection.execute(
            "select clip_id, source from clips where channel_id = any(%s) and deleted_at is null",
            [channels],
        )
        found = dict(await found_rows.fetchall())
    print_clips(console, newest, len(found))
    planted = {
        clip.clip_id
        for channel_id in channels
        for clip in world.planted(channel_id)
        if clip.by_default
    }
    missing, extra = planted - found.keys(), found.keys() - planted
    if not missing and not extra:
        _say(f"\nAll {len(planted):,} clips that the simulator planted were found, and no other.")
        return True
    _say(f"\n{len(missing):,} planted clips are missing, {len(extra):,} were not planted.")
    return False


def _say_what_next(wishes: Wishes) -> None:
    kept = (
        f"The data is kept in {wishes.keep_in}.\n"
        if wishes.keep_in
        else "Nothing was kept (--keep DIR keeps the servers' data).\n"
    )
    _say(
        f"{kept}\nNext, with your own server:\n"
        "  export DISCORD_BOT_TOKEN=...  your bot's token; it needs the Message Content intent,\n"
        "                                View Channel and Read Message History\n"
        "  clipsaver run                 a worker, in one terminal\n"
        "  clipsaver push                asks what to scan, in another\n"
    )


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()
