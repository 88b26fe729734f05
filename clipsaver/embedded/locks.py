"""Locks that the kernel holds: it lets go of them when the last process that has them ends.

A pid file outlives its process and its number is given to another; a flock does neither. It
belongs to the open file, so a child that inherits the descriptor holds the lock as well: that is
how a server keeps its own lock for as long as any of its processes runs.
"""

from __future__ import annotations

import fcntl
import os
from pathlib import Path


class FileLock:
    """An open lock file; `open_lock` makes one. Closing it lets go, unless a child has it too."""

    def __init__(self, fd: int) -> None:
        self._fd: int | None = fd

    @property
    def fd(self) -> int:
        if self._fd is None:
            raise ValueError("the lock file is closed")
        return self._fd

    def try_exclusive(self) -> bool:
        """Takes it for us alone. A failed try gives up a shared hold as well (flock(2))."""
        return self._try(fcntl.LOCK_EX)

    def try_shared(self) -> bool:
        """Takes it beside others who share it."""
        return self._try(fcntl.LOCK_SH)

    def _try(self, how: int) -> bool:
        try:
            fcntl.flock(self.fd, how | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True

    def close(self) -> None:
        if self._fd is not None:
            os.close(self._fd)
            self._fd = None


def open_lock(path: Path, owner_uid: int) -> FileLock:
    """Opens the lock file, or makes it so that the folder's owner can use it after root did."""
    fd = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    if os.geteuid() == 0 and os.fstat(fd).st_uid != owner_uid:
        os.fchown(fd, owner_uid, -1)
    return FileLock(fd)
