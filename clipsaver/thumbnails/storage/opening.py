"""From what the configuration says to a storage."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Protocol

import trio

from clipsaver.config.storage_url import FolderPlace, parse_storage
from clipsaver.thumbnails.errors import StorageUnavailable
from clipsaver.thumbnails.storage.access import S3Access
from clipsaver.thumbnails.storage.folder import Folder

__all__ = ["S3Access", "Storage", "open_storage", "open_to_delete"]


class Storage(Protocol):
    """Keys are those of `keys.key_of`; any other is a ValueError.

    All methods raise StorageFull, StorageDenied or StorageUnavailable, and may be cancelled. After
    that, or after StorageUnavailable, a picture that was being stored may still come to be there,
    as a whole, within a minute or two: what goes on in a thread or a server cannot be called back.
    """

    @property
    def place(self) -> str:
        """The folder or bucket, for a person."""

    def where(self, key: str) -> str:
        """The path or URL of a picture, for a person."""

    async def put(self, key: str, content: bytes, content_type: str) -> None:
        """Stores a picture; once this returns, it survives a power cut as far as the disk does."""

    async def read(self, key: str) -> bytes | None:
        """The picture, or None if there is none."""

    async def delete(self, key: str) -> None:
        """Deletes a picture, and what an interrupted `put` left of it; none is as good."""

    async def prove(self) -> None:
        """Stores a few bytes, reads them and deletes them; returns if all of this worked."""


@asynccontextmanager
async def open_storage(text: str, s3: S3Access | None = None) -> AsyncIterator[Storage]:
    """The storage that `text` names (see `config.storage_url`), for the time of the block.

    Nothing is asked of it yet: it may be away now and serve later. Raises StorageUnavailable where
    the library for buckets is not installed, and ValueError for a text that names nothing.
    """
    place = parse_storage(text)
    if isinstance(place, FolderPlace):
        yield Folder(place.path)
        return
    from clipsaver.thumbnails.storage.bucket import open_bucket

    yield open_bucket(place, s3 or S3Access())


@asynccontextmanager
async def open_to_delete(text: str, s3: S3Access | None = None) -> AsyncIterator[Storage]:
    """The same for who only deletes; raises StorageUnavailable for a folder that is not here.

    Deleting in a folder that is not there counts as done, and files of another machine's folder
    would then be nobody's. So who deletes opens this once there is something to delete.
    """
    place = parse_storage(text)
    if isinstance(place, FolderPlace) and not await trio.Path(place.path).is_dir():
        raise StorageUnavailable(
            f"{place.path}: there is no such folder on this machine; the machine that stores "
            "pictures there deletes them, or thumbnails.storage has to name where they are"
        )
    async with open_storage(text, s3) as storage:
        yield storage
