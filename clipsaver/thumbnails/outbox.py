"""Deleting stored files that nobody needs: from `file_outbox` to the storage and back."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from clipsaver.database import Database
from clipsaver.database.thumbnails.files import forget_files, postpone_files, take_files
from clipsaver.thumbnails.backoff import delete_again_s
from clipsaver.thumbnails.errors import StorageTrouble
from clipsaver.thumbnails.storage import Storage

AT_ONCE = 50


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
    gone: list[int] = []
    trouble: StorageTrouble | None = None
    for file in files:
        try:
            await storage.delete(file.storage_key)
        except StorageTrouble as problem:
            trouble = problem
            break
        except ValueError:  # a key that is not ours, by another's hand: its file is not ours either
            pass
        gone.append(file.file_id)
    async with database.connection() as conn:
        if gone:
            await forget_files(conn, gone)
        if trouble is not None:
            left = files[len(gone) :]
            await postpone_files(
                conn,
                [file.file_id for file in left],
                error=str(trouble),
                in_s=delete_again_s(max(file.attempts for file in left), dice()),
            )
    return Deleted(len(gone), trouble)
