"""Decoders whose clips say what shall happen, and eyes on the processes that come of it."""

from __future__ import annotations

import os
import sys
from collections.abc import Awaitable, Callable
from contextlib import suppress
from pathlib import Path

import trio

PROGRAM = Path(__file__).with_name("clip_decoder.py")


def command(*options: str) -> tuple[str, ...]:
    """Of a parent that lacks what the options say."""
    return (sys.executable, str(PROGRAM), *options, "--control")


class Clip:
    """A file in memory, as the media client would read it."""

    def __init__(
        self,
        content: str | bytes,
        *,
        told_size: bool = True,
        on_read: Callable[[int, int], Awaitable[None]] | None = None,
    ) -> None:
        self._content = content.encode() if isinstance(content, str) else content
        self._told_size = told_size
        self._on_read = on_read
        self.reads: list[tuple[int, int]] = []

    @property
    def size(self) -> int | None:
        return len(self._content) if self.reads and self._told_size else None

    async def read(self, start: int, end: int) -> bytes:
        await trio.lowlevel.checkpoint()
        if self._on_read is not None:
            await self._on_read(start, end)
        self.reads.append((start, end))
        return self._content[start:end]


def children_of(pid: int) -> list[int]:
    """As the kernel lists them, those that are dead but not reaped among them."""
    children: list[int] = []
    for task in Path(f"/proc/{pid}/task").iterdir():
        with suppress(FileNotFoundError, ProcessLookupError):  # a thread that has just ended
            children += map(int, (task / "children").read_text().split())
    return children


def is_gone(pid: int) -> bool:
    """Neither alive nor waiting to be reaped."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    return False


async def has_ended(pid: int) -> None:
    """Waits until a process, of which we need not be the parent, is dead."""
    try:
        watch = os.pidfd_open(pid)
    except ProcessLookupError:
        return
    try:
        await trio.lowlevel.wait_readable(watch)
    finally:
        os.close(watch)


def open_descriptors() -> int:
    return len(list(Path("/proc/self/fd").iterdir()))
