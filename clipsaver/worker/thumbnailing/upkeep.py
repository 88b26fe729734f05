"""Deletes the pictures that nobody needs any more: of clips that are gone, and those replaced."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import structlog
import trio

from clipsaver.database import Database
from clipsaver.database.thumbnails.files import give_up_files
from clipsaver.errors import DatabaseUnavailable
from clipsaver.thumbnails.errors import StorageTrouble
from clipsaver.thumbnails.outbox import delete_due_files
from clipsaver.thumbnails.storage import Storage

_log = structlog.get_logger()

_SWEEP_EVERY_S = 60.0
_MOST_CLIPS = 1000


async def sweep(
    database: Database,
    storage: Storage,
    dice: Callable[[], float],
    on_trouble: Callable[[StorageTrouble], Awaitable[None]],
) -> None:
    """Each minute, until cancelled. Where a store is away the files wait for the next time."""
    while True:
        await trio.sleep(_SWEEP_EVERY_S * (0.5 + dice()))
        try:
            await _sweep_once(database, storage, dice, on_trouble)
        except DatabaseUnavailable:
            continue  # whoever records results says so


async def _sweep_once(
    database: Database,
    storage: Storage,
    dice: Callable[[], float],
    on_trouble: Callable[[StorageTrouble], Awaitable[None]],
) -> None:
    while True:
        async with database.connection() as conn:
            if await give_up_files(conn, limit=_MOST_CLIPS) < _MOST_CLIPS:
                break
    files = 0
    while True:
        deleted = await delete_due_files(database, storage, dice=dice)
        files += deleted.files
        if deleted.trouble is not None:
            await on_trouble(deleted.trouble)
        if deleted.trouble is not None or deleted.is_all:
            break
    if files:
        _log.info("pictures_deleted", files=files)
