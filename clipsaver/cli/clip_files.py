"""Exported clips as JSON lines or CSV."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import IO

from clipsaver.cli.clip_columns import COLUMNS, csv_cells, json_line
from clipsaver.database.clip_list import ListedClip
from clipsaver.errors import UsageError
from clipsaver.terminal_text import printable

Write = Callable[[Sequence[ListedClip]], None]

FORMATS = ("jsonl", "csv")
_BY_ENDING = {".jsonl": "jsonl", ".ndjson": "jsonl", ".csv": "csv"}


def format_of(target: str, asked: str | None) -> str:
    """jsonl or csv: as asked, else by the file's ending. Raises UsageError without either."""
    if asked is not None:
        return asked
    if target == "-":
        return "jsonl"
    found = _BY_ENDING.get(Path(target).suffix.lower())
    if found is None:
        raise UsageError(
            f"{target}: say --format jsonl or --format csv, or end its name with .jsonl or .csv"
        )
    return found


def writer(file: IO[bytes], form: str, *, is_terminal: bool = False) -> Write:
    """Writes pages of clips; of CSV the header at once. A terminal gets no cell it would obey."""
    if form == "jsonl":
        return lambda clips: _put(file, "".join(f"{json_line(clip)}\n" for clip in clips))
    _put(file, _rows([list(COLUMNS)]))

    def write(clips: Sequence[ListedClip]) -> None:
        rows = [csv_cells(clip) for clip in clips]
        if is_terminal:
            rows = [[printable(cell) for cell in row] for row in rows]
        _put(file, _rows(rows))

    return write


def _rows(rows: Sequence[Sequence[str]]) -> str:
    """RFC 4180. Every cell is in quotes: then no other delimiter can begin one either."""
    text = io.StringIO(newline="")
    csv.writer(text, quoting=csv.QUOTE_ALL, lineterminator="\r\n").writerows(rows)
    return text.getvalue()


def _put(file: IO[bytes], text: str) -> None:
    file.write(text.encode())
    file.flush()
