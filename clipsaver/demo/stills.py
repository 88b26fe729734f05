"""Thumbnails in the demo: waits for the newest, and puts them on a sheet to open in a browser."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

import trio
from rich.console import Console
from rich.table import Table
from rich.text import Text

from clipsaver.database import Database
from clipsaver.database.thumbnails.pictures import ShownClip, newest_pictures
from clipsaver.terminal_text import printable
from clipsaver.thumbnails.contact_sheet import Cell, contact_sheet
from clipsaver.thumbnails.storage import Storage

ON_SHEET = 60
"""Clips whose pictures the demo waits for: the newest are made first."""
_IN_TABLE = 8
_LOOK_EVERY_S = 0.25


async def newest_made(
    database: Database, say: Callable[[str], None], *, longest_s: float
) -> list[ShownClip]:
    """The newest clips, once each of them has a picture or is known to have none, or the time is
    over."""
    with trio.move_on_after(longest_s):
        while True:
            clips = await _read(database)
            made = sum(clip.is_over for clip in clips)
            if made == len(clips):
                break
            say(f"{made} of the newest {len(clips)} thumbnails are made")
            await trio.sleep(_LOOK_EVERY_S)
    return await _read(database)


async def _read(database: Database) -> list[ShownClip]:
    async with database.connection() as conn:
        return await newest_pictures(conn, limit=ON_SHEET)


def print_pictures(console: Console, clips: Sequence[ShownClip], storage: Storage) -> None:
    """The first of them as a table."""
    shown = clips[:_IN_TABLE]
    table = Table(title=f"Their thumbnails, in {storage.place}", title_justify="left")
    table.add_column("clip", no_wrap=True, width=18)
    for name, width in (("length", 6), ("of", 13), ("picture", 7), ("bytes", 6)):
        table.add_column(name, justify="right", no_wrap=True, width=width)
    table.add_column("file", overflow="fold")
    for clip in shown:
        of = f"{clip.width}x{clip.height}" if clip.width and clip.height else "?"
        table.add_row(
            Text(printable(clip.filename)),
            _length(clip.duration_seconds),
            f"{of} {clip.codec or ''}",
            f"{clip.picture_width}x{clip.picture_height}" if clip.storage_key else "none",
            f"{clip.picture_bytes:,}" if clip.picture_bytes else "",
            clip.storage_key or f"{clip.state}: {clip.error or 'not tried yet'}",
        )
    console.print(table)


async def write_sheet(
    clips: Sequence[ShownClip], storage: Storage, title: str, folder: Path | None
) -> Path:
    """Writes the sheet into the folder, or beside other temporary files; returns where it is."""
    cells = [await _cell(clip, storage) for clip in clips]
    page = contact_sheet(title, cells)
    if folder is None:
        folder = Path(tempfile.mkdtemp(prefix="clipsaver-sheet-"))
    path = folder / "contact-sheet.html"
    await trio.Path(path).write_text(page, encoding="utf-8")
    return path


async def _cell(clip: ShownClip, storage: Storage) -> Cell:
    words = [clip.channel_name or "", clip.author_name, f"{clip.posted_at:%Y-%m-%d %H:%M}"]
    if clip.storage_key is None:
        words.append(f"{clip.state}: {clip.error or 'not tried yet'}")
        return Cell(clip.filename, words, None)
    words.append(_length(clip.duration_seconds))
    return Cell(clip.filename, words, await storage.read(clip.storage_key))


def _length(seconds: float | None) -> str:
    if seconds is None:
        return "?"
    minutes, tenths = divmod(round(seconds * 10), 600)
    return f"{minutes}:{tenths / 10:04.1f}"
