"""Where exports are written to: a file that is there only when it is whole, or stdout."""

from __future__ import annotations

import os
import secrets
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO

from clipsaver.cli.failures import drop_stdout
from clipsaver.errors import UsageError
from clipsaver.terminal_text import printable


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
def whole_file(path: Path) -> Iterator[IO[bytes]]:
    """A file that gets its name at the end of the block, and is gone if that fails.

    Raises UsageError where it cannot be written.
    """
    path = path.resolve()  # a symbolic link stays one
    # No process id: in containers with one folder both may have the same.
    unfinished = path.with_name(f".clipsaver-{secrets.token_hex(8)}.part")
    try:
        with unfinished.open("xb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        unfinished.replace(path)
    except OSError as error:
        raise UsageError(f"{printable(str(path))} cannot be written: {error.strerror}") from error
    finally:
        with suppress(FileNotFoundError):
            unfinished.unlink()


@contextmanager
def standard_output() -> Iterator[IO[bytes]]:
    """The bytes of stdout, whatever the terminal's encoding.

    Raises BrokenPipeError where its reader has left, and UsageError where it cannot be written.
    """
    try:
        yield sys.stdout.buffer
    except BrokenPipeError:
        raise
    except OSError as error:
        drop_stdout()
        raise UsageError(f"the standard output cannot be written: {error.strerror}") from error
