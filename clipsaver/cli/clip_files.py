"""Where exported clips are written to: a file that is there only when it is whole, or stdout."""

from __future__ import annotations

import csv
import io
import os
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO

from clipsaver.cli.clip_columns import COLUMNS, csv_cells, json_line
from clipsaver.cli.failures import drop_stdout
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


def check_target(path: Path, *, force: bool) -> None:
    """Before anything is read: raises UsageError where the file could not be written."""
    shown = printable(str(path))
    if not path.parent.is_dir():
        raise UsageError(f"{shown}: there is no folder {printable(str(path.parent))}")
    if not os.access(path.parent, os.W_OK | os.X_OK):
        raise UsageError(f"{shown}: this user may not write there")
    if path.exists() and not path.is_file():
        raise UsageError(f"{shown} is no file; - writes to the standard output")
    if os.path.lexists(path) and not force:
        raise UsageError(f"{shown} is there already; --force writes over it")


@contextmanager
def whole_file(path: Path, form: str) -> Iterator[Write]:
    """Takes clips for a file that gets its name at the end of the block, and is gone if that fails.

    Raises UsageError where it cannot be written.
    """
    path = path.resolve()  # a symbolic link stays one
    unfinished = path.with_name(f".clipsaver-{os.getpid()}.part")
    try:
        with unfinished.open("xb") as file:
            yield writer(file, form)
            file.flush()
            os.fsync(file.fileno())
        unfinished.replace(path)
    except OSError as error:
        raise UsageError(f"{printable(str(path))} cannot be written: {error.strerror}") from error
    finally:
        with suppress(FileNotFoundError):
            unfinished.unlink()


@contextmanager
def standard_output(form: str) -> Iterator[Write]:
    """Takes clips for stdout, in UTF-8 whatever the terminal.

    Raises BrokenPipeError where its reader has left, and UsageError where it cannot be written.
    """
    try:
        yield writer(sys.stdout.buffer, form, is_terminal=sys.stdout.isatty())
    except BrokenPipeError:
        raise
    except OSError as error:
        drop_stdout()
        raise UsageError(f"the standard output cannot be written: {error.strerror}") from error


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
