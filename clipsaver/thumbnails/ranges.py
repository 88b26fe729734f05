"""What decoding needs of a file that lies elsewhere: ranges of its bytes."""

from __future__ import annotations

from typing import Protocol


class AsyncRanges(Protocol):
    """A file that is read in ranges, by one task at a time."""

    @property
    def size(self) -> int | None:
        """The file's length in bytes; None until a read has told it."""

    async def read(self, start: int, end: int) -> bytes:
        """The bytes from `start` up to but not including `end`.

        Fewer come only at the file's end, and none beyond it. Raises the errors of
        `thumbnails.errors`.
        """


class HeldBytes:
    """A file that is in memory as a whole."""

    def __init__(self, content: bytes) -> None:
        self._content = content

    @property
    def size(self) -> int:
        return len(self._content)

    async def read(self, start: int, end: int) -> bytes:
        """The bytes [start, end), as far as there are any."""
        return self._content[start:end]
