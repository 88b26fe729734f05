"""A file of this machine, a range at a time, as a clip's file is read from the CDN."""

from __future__ import annotations

import os
import stat
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import trio

from clipsaver.errors import UsageError
from clipsaver.terminal_text import printable
from clipsaver.thumbnails.errors import MediaUnavailable


class LocalFile:
    """Made by `open_local_file`."""

    def __init__(self, descriptor: int, name: str, size: int) -> None:
        self._descriptor = descriptor
        self._name = name
        self._size = size

    @property
    def size(self) -> int:
        return self._size

    async def read(self, start: int, end: int) -> bytes:
        """The bytes [start, end), as far as there are any. Raises MediaUnavailable."""
        try:
            # Not abandoned when cancelled: the descriptor is closed after that.
            return await trio.to_thread.run_sync(_read, self._descriptor, start, end)
        except OSError as error:
            raise MediaUnavailable(f"{self._name} cannot be read: {error.strerror}") from error


@asynccontextmanager
async def open_local_file(path: Path) -> AsyncIterator[LocalFile]:
    """Open for the time of the block. Raises UsageError for what is no file that can be read."""
    name = printable(str(path))
    try:
        # Without waiting for whoever might open the other end of a pipe.
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
    except OSError as error:
        raise UsageError(f"{name} cannot be read: {error.strerror}") from error
    try:
        about = os.fstat(descriptor)
        if not stat.S_ISREG(about.st_mode):
            raise UsageError(f"{name} is no file: name one that holds a video")
        yield LocalFile(descriptor, name, about.st_size)
    finally:
        os.close(descriptor)


def _read(descriptor: int, start: int, end: int) -> bytes:
    content = b""
    while len(content) < end - start and (
        some := os.pread(descriptor, end - start - len(content), start + len(content))
    ):
        content += some
    return content
