"""A person's thumbnails, copied out of the storage into a folder of their own."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import trio

from clipsaver.config import Config, storage_of
from clipsaver.errors import UsageError
from clipsaver.terminal_text import printable
from clipsaver.thumbnails.storage import Storage, open_storage
from clipsaver.thumbnails.storage.access import access_of


class PersonalPictures:
    """The folder they are copied to; made by `open_pictures`."""

    def __init__(self, storage: Storage, folder: Path) -> None:
        self._storage = storage
        self._folder = folder
        self._copied = 0
        self._lost = 0

    async def copy(self, key: str) -> str | None:
        """Copies a picture; returns its name in the folder, None where the storage has it not.

        Raises StorageDenied, StorageUnavailable and UsageError.
        """
        try:
            content = await self._storage.read(key)
        except ValueError as error:
            raise UsageError(f"the database names a picture that is none: {error}") from error
        if content is None:
            self._lost += 1
            return None
        name = key.rpartition("/")[2]
        path = self._folder / name
        try:
            await trio.Path(path).write_bytes(content)
        except OSError as error:
            raise _unwritable(path, error) from error
        self._copied += 1
        return name

    def in_words(self) -> str:
        """What was done, for a person."""
        lost = f"; {self._lost:,} more are not in the storage" if self._lost else ""
        pictures = "1 picture" if self._copied == 1 else f"{self._copied:,} pictures"
        return f"{pictures} in {printable(str(self._folder))}{lost}"


@asynccontextmanager
async def open_pictures(config: Config, folder: Path) -> AsyncIterator[PersonalPictures]:
    """The folder, made if need be, and the configured storage.

    Raises UsageError where the folder is not empty or cannot be made.
    """
    _make_empty(folder)
    async with open_storage(storage_of(config), access_of(config.s3)) as storage:
        yield PersonalPictures(storage, folder)


def _make_empty(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if any(folder.iterdir()):
            raise UsageError(
                f"{printable(str(folder))}: it is not empty, so nothing was written; "
                "name a new folder"
            )
    except OSError as error:
        raise _unwritable(folder, error) from error


def _unwritable(path: Path, error: OSError) -> UsageError:
    return UsageError(f"{printable(str(path))}: it cannot be written: {error.strerror}")
