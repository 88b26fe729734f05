"""Writing what is shown into a new file; in a browser it is a download."""

from __future__ import annotations

import asyncio
import io
import itertools
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Protocol, TextIO

from clipsaver.errors import UsageError
from clipsaver.tui.sharing.plain_json import lines_of
from clipsaver.tui.viewmodel.rows import Row


class Deliverer(Protocol):
    """What of Textual's application is needed here."""

    @property
    def is_web(self) -> bool:
        """Whether it is drawn in a browser."""
        ...

    def deliver_text(self, file: TextIO, /, *, save_filename: str, mime_type: str) -> str | None:
        """Has the browser save it."""
        ...


async def export(
    rows: Sequence[Row], what: str, application: Deliverer, *, at: datetime, folder: Path
) -> str:
    """Writes the rows as JSON lines; returns what came of it, in words.

    `what` is the screen's name and `at` the time in UTC, both for the file's name. Raises
    UsageError where nothing can be written there.
    """
    name = file_name(what, at)
    text = await asyncio.to_thread(lines_of, rows)
    size = len(text.encode())
    count = f"{len(rows):,} row{'s' * (len(rows) != 1)}, {size:,} bytes"
    if application.is_web:
        application.deliver_text(
            io.StringIO(text), save_filename=name, mime_type="application/x-ndjson"
        )
        return f"{name} goes to the browser: {count}"
    path = await asyncio.to_thread(write_new, folder, name, text)
    return f"wrote {path.name} in {folder}: {count}"


def file_name(what: str, at: datetime) -> str:
    """`clipsaver-pending-2026-11-25T204807Z.jsonl`: sorts by time, and every system takes it."""
    return f"clipsaver-{what}-{at:%Y-%m-%dT%H%M%S}Z.jsonl"


def write_new(folder: Path, name: str, text: str) -> Path:
    """Writes a file that is not there yet; its name gets a number where one is.

    Raises UsageError where that cannot be done.
    """
    stem, _, ending = name.rpartition(".")
    for number in itertools.count(1):
        path = folder / (name if number == 1 else f"{stem}-{number}.{ending}")
        try:
            with path.open("x", encoding="utf-8", newline="\n") as file:
                file.write(text)
        except FileExistsError:
            continue
        except OSError as error:
            raise UsageError(
                f"cannot write {path}: {error.strerror}; start clipsaver tui in a folder that you "
                f"may write to, or copy with y"
            ) from error
        return path
    raise AssertionError  # itertools.count does not end
