"""Deletes pictures that nobody needs where no worker makes thumbnails any more: else those do."""

from __future__ import annotations

import structlog

from clipsaver.database.thumbnails.files import give_up_files, is_any_overdue
from clipsaver.errors import ClipsaverError
from clipsaver.thumbnails.outbox import delete_due_files
from clipsaver.worker.privacy.chores import Hand
from clipsaver.worker.thumbnailing.kit import open_to_delete_in

_log = structlog.get_logger()

_OVERDUE_S = 3600.0
"""Who makes thumbnails deletes what is due within minutes."""
_STEP = 200
_HINT = "thumbnails.storage has to be what it was when thumbnails were made, on this machine too"


async def clear_away(hand: Hand) -> int:
    """Deletes what is long due; returns how many files. A storage in trouble is for the next round.

    A worker that makes thumbnails leaves it to the service that it has for that.
    """
    place = hand.place
    if place.kit is not None:
        return 0
    while await place.with_database(lambda conn: give_up_files(conn, limit=_STEP)) >= _STEP:
        await hand.keep()
    if not await place.with_database(lambda conn: is_any_overdue(conn, _OVERDUE_S)):
        return 0
    try:
        return await _delete(hand)
    except ClipsaverError as error:
        _log.warning("files_not_deleted", error=str(error), hint=_HINT)
        return 0


async def _delete(hand: Hand) -> int:
    place, files = hand.place, 0
    async with open_to_delete_in(place.config) as storage:
        while True:
            deleted = await place.despite_database(
                lambda: delete_due_files(place.database, storage, dice=place.rng.random)
            )
            files += deleted.files
            if deleted.trouble is not None:
                raise deleted.trouble
            if deleted.is_all:
                return files
            await hand.keep()
