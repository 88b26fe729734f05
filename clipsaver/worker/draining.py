"""When a worker that drains has done all there is."""

from __future__ import annotations

import structlog
import trio

from clipsaver.database.thumbnails.states import backlog, is_any_due
from clipsaver.errors import DatabaseUnavailable, DiscordError, RedisUnavailable, TokenRejected
from clipsaver.queue.depth import left_to_do
from clipsaver.worker.place import Workplace
from clipsaver.worker.privacy.purging import Purging
from clipsaver.worker.thumbnailing.nursery import Thumbnails

_log = structlog.get_logger()

LOOK_EVERY_S = 0.2
"""How often a worker that drains looks whether all is done."""


async def drain(place: Workplace, thumbnails: Thumbnails | None, purging: Purging) -> bool:
    """Stops the worker when nothing is left, which it returns, or when nothing can be done.

    Left are jobs, also delayed ones, thumbnails that are due now, and a purge that this worker goes
    on with.
    """
    is_done = False
    while not place.stopping.is_set():
        if await _token_is_rejected(place):
            _log.error("drain_given_up", reason="Discord rejects the token; jobs stay queued")
            place.stopping.set()
        try:
            is_idle = place.slots.is_idle and purging.is_idle
            if is_idle and (await left_to_do(place.me.link)).nothing:
                is_done = await _no_thumbnail_is_due(place, thumbnails)
                if is_done:
                    place.stopping.set()
                elif thumbnails is not None and thumbnails.away_since is not None:
                    _log.error("drain_given_up", reason="thumbnails cannot be made now; see above")
                    place.stopping.set()
        except (RedisUnavailable, DatabaseUnavailable):
            pass  # others say so, and go on when it is back
        await trio.sleep(LOOK_EVERY_S)
    return is_done


async def _no_thumbnail_is_due(place: Workplace, thumbnails: Thumbnails | None) -> bool:
    if thumbnails is None:
        return True
    if not thumbnails.is_idle:
        return False
    async with place.database.connection() as conn:
        if await is_any_due(conn):
            place.due.nudge()
            return False
        left = await backlog(conn)
    if left.later:
        _log.info("thumbnails_later", clips=left.later, next_due_at=str(left.next_due_at))
    return True


async def _token_is_rejected(place: Workplace) -> bool:
    """Also a token that is held may be due for another trial, which this then makes."""
    if place.discord.statistics().held_since is None:
        return False
    try:
        await place.discord.me(once=True)
    except TokenRejected:
        return True
    except DiscordError:
        pass  # nothing is known of the token
    return False
