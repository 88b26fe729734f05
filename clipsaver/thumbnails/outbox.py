"""Deleting stored files that nobody needs: from `file_outbox` to the storage and back."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import trio

from clipsaver.database import Database
from clipsaver.database.thumbnails.files import (
    DueFile,
    forget_files,
    postpone_files,
    take_files,
)
from clipsaver.thumbnails.backoff import delete_again_s
from clipsaver.thumbnails.errors import StorageTrouble
from clipsaver.thumbnails.storage import Storage

AT_ONCE = 200
_TASKS = 16
"""As many as a storage does at once: more would only wait there."""


@dataclass(frozen=True, slots=True)
class Deleted:
    """What one round did."""

    files: int
    trouble: StorageTrouble | None = None
    """What ended it early: the rest waits, and so should who called."""

    @property
    def is_all(self) -> bool:
        """Whether nothing more was due."""
        return self.trouble is None and self.files < AT_ONCE


async def delete_due_files(
    database: Database, storage: Storage, *, dice: Callable[[], float]
) -> Deleted:
    """Deletes up to AT_ONCE files that are due. May die at any point: others delete the rest.

    `dice` gives numbers from 0 up to 1. Raises what the database raises.
    """
    async with database.connection() as conn:
        files = await take_files(conn, limit=AT_ONCE)
    return await delete_taken(database, storage, files, dice=dice)


async def delete_taken(
    database: Database, storage: Storage, files: Sequence[DueFile], *, dice: Callable[[], float]
) -> Deleted:
    """The same with files that were taken already."""
    if not files:
        return Deleted(0)
    round_of_them = _Round(storage, files)
    await round_of_them.run()
    gone, trouble = round_of_them.gone, round_of_them.trouble
    left = [file for file in files if file.file_id not in gone]
    async with database.connection() as conn:
        if gone:
            await forget_files(conn, sorted(gone))
        if trouble is not None:
            await postpone_files(
                conn,
                [file.file_id for file in left],
                error=str(trouble),
                in_s=delete_again_s(max(file.attempts for file in left), dice()),
            )
    return Deleted(len(gone), trouble)


class _Round:
    """Some files, several of them at once, until the storage is in trouble."""

    def __init__(self, storage: Storage, files: Sequence[DueFile]) -> None:
        self._storage = storage
        self._files = files
        self.gone: set[int] = set()
        self.trouble: StorageTrouble | None = None

    async def run(self) -> None:
        waiting = iter(self._files)
        async with trio.open_nursery() as nursery:
            for _ in range(min(_TASKS, len(self._files))):
                nursery.start_soon(self._some, waiting)

    async def _some(self, waiting: Iterator[DueFile]) -> None:
        for file in waiting:
            if self.trouble is not None:
                return
            try:
                await self._storage.delete(file.storage_key)
            except StorageTrouble as problem:
                self.trouble = self.trouble or problem
                return
            except ValueError:  # a key that is not ours, by another's hand: nor is its file
                pass
            self.gone.add(file.file_id)
