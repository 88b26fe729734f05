"""Pictures in a folder of this machine."""

from __future__ import annotations

import errno
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path
from typing import TypeVar

import trio

from clipsaver.thumbnails.storage.keys import checked
from clipsaver.thumbnails.storage.probe import prove
from clipsaver.thumbnails.storage.verdicts import of_folder

_T = TypeVar("_T")
_AT_ONCE = 8
"""Threads; a disk gains nothing from more."""


class Folder:
    """The folder is made when the first picture comes; after that it has to be there.

    One that goes later was moved away, or its disk is not mounted any more: pictures in a new one
    would be where nobody looks.
    """

    def __init__(self, path: Path) -> None:
        self._path = path.absolute()
        self._has_served = False
        self._threads = trio.CapacityLimiter(_AT_ONCE)

    @property
    def place(self) -> str:
        return str(self._path)

    def where(self, key: str) -> str:
        return str(self._path / checked(key))

    async def put(self, key: str, content: bytes, content_type: str) -> None:  # noqa: ARG002 -- the name says it
        work = partial(_put, self._path, checked(key), content, may_be_new=not self._has_served)
        await self._do(work)
        self._has_served = True

    async def read(self, key: str) -> bytes | None:
        return await self._do(partial(_read, self._path, checked(key)))

    async def delete(self, key: str) -> None:
        work = partial(_delete, self._path, checked(key), may_be_new=not self._has_served)
        await self._do(work)

    async def prove(self) -> None:
        await prove(self)

    async def _do(self, work: Callable[[], _T]) -> _T:
        # Abandoned when cancelled: a disk of the network that is away holds its callers for good.
        try:
            return await trio.to_thread.run_sync(
                work, limiter=self._threads, abandon_on_cancel=True
            )
        except OSError as error:
            raise of_folder(error, self.place) from error


def _put(root: Path, key: str, content: bytes, *, may_be_new: bool) -> None:
    """Under another name first, on the disk before it gets its own: never half a picture."""
    path = root / key
    if not may_be_new:
        _check_root(root)
    _make_folder(path.parent)
    unfinished = _unfinished(path)
    # 0o666 less the user's umask: a gallery of another account may read what this one lets it.
    flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC | os.O_NOFOLLOW
    try:
        with _opened(unfinished, flags) as descriptor:
            _write(descriptor, content)
            os.fsync(descriptor)
        unfinished.rename(path)
    except OSError:
        with suppress(OSError):  # what a disk says that fails as a whole is no news
            unfinished.unlink()
        raise
    _sync_folder(path.parent)


def _check_root(root: Path) -> None:
    if not root.exists():
        raise FileNotFoundError(errno.ENOENT, "the folder is not there")


def _read(root: Path, key: str) -> bytes | None:
    try:
        return (root / key).read_bytes()
    except FileNotFoundError:
        return None


def _delete(root: Path, key: str, *, may_be_new: bool) -> None:
    if not may_be_new:
        _check_root(root)  # else there would be nothing to delete on a disk that is away
    path = root / key
    _unfinished(path).unlink(missing_ok=True)
    path.unlink(missing_ok=True)


def _unfinished(path: Path) -> Path:
    """One name for each key, which one claim alone writes: so a crash leaves nothing unnamed."""
    return path.with_name(f".{path.name}.part")


def _make_folder(folder: Path) -> None:
    """With the folders above it, each of them on the disk."""
    missing: list[Path] = []
    while not folder.is_dir():
        missing.append(folder)
        folder = folder.parent
    for one in reversed(missing):
        one.mkdir(exist_ok=True)
        _sync_folder(one.parent)


def _write(descriptor: int, content: bytes) -> None:
    rest = memoryview(content)
    while rest:
        rest = rest[os.write(descriptor, rest) :]


def _sync_folder(folder: Path) -> None:
    with _opened(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC) as descriptor:
        os.fsync(descriptor)


@contextmanager
def _opened(path: Path, flags: int) -> Iterator[int]:
    descriptor = os.open(path, flags, 0o666)
    try:
        yield descriptor
    finally:
        os.close(descriptor)
