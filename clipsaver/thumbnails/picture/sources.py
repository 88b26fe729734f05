"""The seam below: a file as ranges of bytes, wherever it lies, and those of local files."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from pathlib import Path


class Ranges(Protocol):
    """A file of which parts are asked for. Blocking; used by one thread."""

    @property
    def size(self) -> int | None:
        """Length of the file in bytes; may be None before the first read, as a server tells it
        with the first answer, and after it only where nobody knows.
        """

    def read(self, start: int, end: int) -> bytes:
        """The bytes [start, end), with 0 <= start < end; one request.

        Fewer, or none, only where the file ends before `end`. What is beyond `end` is ignored.
        Raises SourceFailed when the source cannot go on, BudgetSpent when it does not want to; it
        is not asked again after that.
        """


class BytesRanges:
    """A file in memory. Counts what it was asked for."""

    def __init__(self, content: bytes) -> None:
        self._content = content
        self.requests = 0
        self.bytes_read = 0

    @property
    def size(self) -> int:
        return len(self._content)

    def read(self, start: int, end: int) -> bytes:
        part = self._content[start:end]
        self.requests += 1
        self.bytes_read += len(part)
        return part


class FileRanges:
    """A file on a disk. Counts what it was asked for.

    Raises OSError where it cannot be opened.
    """

    def __init__(self, path: Path) -> None:
        self._file = path.open("rb")
        self._size = os.fstat(self._file.fileno()).st_size
        self.requests = 0
        self.bytes_read = 0

    def __enter__(self) -> FileRanges:
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()

    @property
    def size(self) -> int:
        return self._size

    def read(self, start: int, end: int) -> bytes:
        self._file.seek(start)
        part = self._file.read(end - start)
        self.requests += 1
        self.bytes_read += len(part)
        return part
