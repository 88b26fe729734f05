"""Runs the demo, from an empty folder to a table of clips."""

from __future__ import annotations

import sys
from collections.abc import Sequence

import trio
from rich.console import Console

from clipsaver.config import Config
from clipsaver.database import clips
from clipsaver.database.thumbnails.pictures import ShownClip
from clipsaver.demo import terminal_ui
from clipsaver.demo.show import LiveProgress, PlainProgress, Scans, Seldom, Totals, print_clips
from clipsaver.demo.stage import Stage, Wishes, open_stage
from clipsaver.demo.stills import newest_made, print_pictures, write_sheet
from clipsaver.errors import ExitCode
from clipsaver.queue import produce
from clipsaver.worker.thumbnailing.kit import open_configured_storage

_LOOK_EVERY_S = 0.125
_LONGEST_S = 60.0
"""That the demo waits for pictures: the newest are made first."""
_PAPER_WIDTH = 120
"""Of what is not a terminal."""


async def run_demo(wishes: Wishes) -> int:
    """The whole demo. Exit 1 if the clips in the database are not those that were planted."""
    console = Console(width=None if sys.stdout.isatty() else _PAPER_WIDTH)
    is_live = console.is_terminal and not wishes.is_plain
    has_ui = is_live and sys.stdin.isatty() and terminal_ui.is_installed()
    _say("Starting PostgreSQL, Valkey and a simulated Discord ...")
    async with open_stage(wishes, quietly=is_live) as stage:
        _say(f"{len(stage.runs)} jobs are on the stream; a worker takes them.\n")
        is_seen = has_ui and await terminal_ui.run_terminal_ui(stage.config) == ExitCode.DONE
        if not is_seen:
            with LiveProgress(console) if is_live else PlainProgress() as progress:
                await _follow(stage, progress)
        is_right = await _show_result(console, stage, wishes, waits=not is_seen)
    _say_what_next(wishes)
    return ExitCode.DONE if is_right else ExitCode.JOB_FAILED


async def _show_result(console: Console, stage: Stage, wishes: Wishes, *, waits: bool) -> bool:
    """The clips and pictures; returns whether the clips are right, as far as was read.

    `waits` for the pictures of all that are shown; who was in the terminal UI has seen enough.
    """
    totals = Totals.of(await _scans(stage))
    is_whole = totals.done == totals.channels
    longest_s = _LONGEST_S if waits else 0.0
    pictures = await newest_made(stage.database, Seldom(_say), longest_s=longest_s)
    is_right = await _show_clips(console, stage, is_whole=is_whole)
    if not is_whole:
        _say(f"\nYou left early: {totals}.")
    await _show_pictures(console, stage.config, pictures, wishes)
    return is_right


async def _follow(stage: Stage, progress: LiveProgress | PlainProgress) -> None:
    """Shows the scans until all are over."""
    begun = trio.current_time()
    while True:
        scans = await _scans(stage)
        is_last = all(scan is not None and scan.state.is_over for scan in scans.values())
        progress.show(scans, trio.current_time() - begun, is_last=is_last)
        if is_last:
            return
        await trio.sleep(_LOOK_EVERY_S)


async def _scans(stage: Stage) -> Scans:
    return {
        name: await produce.job_status(stage.link, run_id) for name, run_id in stage.runs.items()
    }


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


async def _show_clips(console: Console, stage: Stage, *, is_whole: bool) -> bool:
    """Reads the clips from the database and holds them against what the simulator planted.

    Where not all was read, there may be fewer, but no others.
    """
    world = stage.world
    async with stage.database.connection() as connection:
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
    if not is_whole and not extra:
        return True
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
        "  clipsaver scan                everything in your bot's server, in another\n"
        "  clipsaver tui                 what goes on, and what needs you\n"
        "  clipsaver clips gallery DIR   a page of the clips, to search in a browser\n"
    )


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()
