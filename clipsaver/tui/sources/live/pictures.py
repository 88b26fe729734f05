"""Stored pictures for an asyncio program: the storage is Trio's, so each is read in a thread."""

from __future__ import annotations

import asyncio

import trio

from clipsaver.config.storage_url import FolderPlace, parse_storage
from clipsaver.errors import UsageError
from clipsaver.thumbnails.errors import StorageUnavailable
from clipsaver.thumbnails.storage import S3Access, open_storage
from clipsaver.thumbnails.storage.keys import checked

_AT_ONCE = 2
_READ_S = 10.0
_MOST_BYTES = 16 * 1024 * 1024
"""A large picture has some hundred kB."""


class Pictures:
    """Reads pictures of one storage."""

    def __init__(self, storage: str, access: S3Access) -> None:
        """`storage` is as `config.storage_of` says it."""
        self._storage = storage
        self._access = access
        self._place = parse_storage(storage)
        self._turns = asyncio.Semaphore(_AT_ONCE)

    def where(self, key: str) -> str:
        """The path or URL of a picture, for a person; empty for what is no key of ours."""
        try:
            key = checked(key)
        except ValueError:
            return ""
        if isinstance(self._place, FolderPlace):
            return str(self._place.path.absolute() / key)
        return f"{self._place}/{key}"

    async def read(self, key: str) -> bytes | None:
        """The picture, None where there is none.

        Raises StorageDenied and StorageUnavailable, and UsageError for what is no picture of ours.
        """
        try:
            checked(key)
        except ValueError as error:
            raise UsageError(f"the database names a picture that is none: {error}") from error
        async with self._turns:
            content = await asyncio.to_thread(trio.run, self._read, key)
        if content is not None and len(content) > _MOST_BYTES:
            raise UsageError(f"{self.where(key)}: {len(content):,} bytes are no thumbnail")
        return content

    async def _read(self, key: str) -> bytes | None:
        """In the thread."""
        try:
            with trio.fail_after(_READ_S):
                async with open_storage(self._storage, self._access) as storage:
                    return await storage.read(key)
        except trio.TooSlowError as error:
            raise StorageUnavailable(
                f"{self.where(key)}: it did not come within {_READ_S:.0f} s"
            ) from error
