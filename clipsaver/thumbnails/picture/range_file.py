"""A file that FFmpeg reads and seeks in, fetched in as few and as small parts as it allows.

Nothing here raises into FFmpeg: PyAV would keep the error and raise it out of some later call. A
file that cannot go on seems to end, and says why in `failure`.
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from clipsaver.thumbnails.picture.errors import (
    BudgetSpent,
    PictureError,
    SourceFailed,
    TooBig,
)
from clipsaver.thumbnails.picture.extents import Extents
from clipsaver.thumbnails.picture.growth import Growth

if TYPE_CHECKING:
    from collections.abc import Iterator

    from clipsaver.thumbnails.picture.sources import Ranges
    from clipsaver.thumbnails.picture.wanted import Budgets

_SEEK_SET, _SEEK_CUR, _SEEK_END = 0, 1, 2


class RangeFile:
    """Seekable and readable, over ranges. Keeps what it fetched; fetches nothing twice."""

    name = "clip"
    """For FFmpeg's messages."""

    def __init__(self, ranges: Ranges, budgets: Budgets) -> None:
        self._ranges = ranges
        self._extents = Extents()
        self._growth = Growth()
        self._budgets = budgets
        self._position = 0
        self._end: int | None = None
        self._phase_ends = budgets.total_bytes
        self.requests = 0
        self.bytes_read = 0
        self.is_held = False
        """The phase has spent its budget: until the next, what is not here seems not to be."""
        self.failure: BaseException | None = None
        """What ended the source for good, or its budget."""

    @property
    def size(self) -> int | None:
        """Length of the file where it is known."""
        return self._end if self._end is not None else self._ranges.size

    @contextmanager
    def phase(self, most_bytes: int) -> Iterator[None]:
        """Within it, at most so many bytes are fetched."""
        self._phase_ends = min(self.bytes_read + most_bytes, self._budgets.total_bytes)
        self.is_held = False
        try:
            yield
        finally:
            self._phase_ends = self._budgets.total_bytes

    def check(self) -> None:
        """Raises what ended the source, or that more was asked for than a clip may cost."""
        failure = self.failure
        if failure is None:
            return
        if isinstance(failure, PictureError) or not isinstance(failure, Exception):
            raise failure
        if isinstance(failure, MemoryError):
            raise TooBig("what was read of the clip takes more memory than one may") from failure
        raise SourceFailed(f"the source of the clip's bytes failed: {failure!r}") from failure

    # What FFmpeg calls.

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._position

    def seek(self, offset: int, whence: int = _SEEK_SET) -> int:
        """Returns the new position, or -1 where it cannot be: FFmpeg's sign of an error."""
        if whence == _SEEK_CUR:
            offset += self._position
        elif whence == _SEEK_END:
            if self.size is None:
                return -1
            offset += self.size
        if offset < 0:
            return -1
        self._position = offset
        return offset

    def read(self, n: int) -> bytes:
        """At most `n` bytes, as PyAV copies whatever comes; none at the end and after a failure.

        What is here is enough for an answer: FFmpeg fills its buffer beyond what it needs. What it
        needs beyond its buffer, a packet, it asks for at once.
        """
        start = self._position
        part = self._extents.take(start, start + n)
        if not part:
            self.fetch(start, start + n, at_least=True)
            part = self._extents.take(start, start + n)
        self._position += len(part)
        return part

    # What we call.

    def fetch(self, start: int, end: int, *, at_least: bool = False) -> bool:
        """Has [start, end) here, as far as the file goes; with `at_least` some more beyond.

        Returns whether all of it that there is has come.
        """
        while (gap := self._gap(start, end)) is not None:
            if at_least:
                left = self._phase_ends - self.bytes_read
                block = min(self._growth.block_at(gap[0]), left)
                gap = self._gap(gap[0], max(gap[1], gap[0] + block)) or gap
            if not self._fetch_once(*gap):
                return False
        return True

    def has(self, start: int, end: int) -> bool:
        """Whether all of [start, end) that there is has come."""
        return self._gap(start, end) is None

    def bytes_of(self, start: int, end: int) -> bytes:
        """[start, end), fetched where it is not here; shorter where it cannot be had."""
        self.fetch(start, end)
        return self._extents.take(start, end)

    def _gap(self, start: int, end: int) -> tuple[int, int] | None:
        if self.size is not None:
            end = min(end, self.size)
        return self._extents.gap(start, end) if start < end else None

    def _fetch_once(self, start: int, end: int) -> bool:
        """One request; whether it brought anything."""
        if self.failure is not None or self.is_held:
            return False
        if self.bytes_read + (end - start) > self._phase_ends:
            self.is_held = True
            return False
        if self.requests >= self._budgets.requests:
            self.failure = BudgetSpent(f"the clip takes more than {self.requests} requests")
            return False
        self.requests += 1
        try:
            part = self._ranges.read(start, end)[: end - start]
        except BaseException as error:  # noqa: BLE001 - it must not be raised into FFmpeg; `check` does
            self.failure = error
            return False
        self.bytes_read += len(part)
        self._growth.fetched(start, end)
        self._extents.add(start, part)
        if len(part) < end - start:
            self._end = start + len(part)
        return bool(part)
