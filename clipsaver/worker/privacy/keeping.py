"""Starts the chores."""

from __future__ import annotations

from functools import partial

import trio

from clipsaver.worker.place import Workplace
from clipsaver.worker.privacy.checking import check
from clipsaver.worker.privacy.chores import keep_doing
from clipsaver.worker.privacy.left_guilds import leaving
from clipsaver.worker.privacy.retaining import retaining


async def keep_privacy(
    place: Workplace,
    *,
    is_drain: bool,
    task_status: trio.TaskStatus[None] = trio.TASK_STATUS_IGNORED,
) -> None:
    """Does the chores that are due and no other worker has, until cancelled.

    A worker that drains asks for nothing in the background: it would have to wait for it.
    """
    config = place.config
    async with trio.open_nursery() as nursery:
        # Who has just switched texts off wants them gone, and not some time later.
        retain = partial(keep_doing, is_due_now=not config.scan.store_content)
        nursery.start_soon(retain, place, retaining(config))
        if not is_drain:
            nursery.start_soon(keep_doing, place, leaving(place))
            if config.privacy.check_share:
                nursery.start_soon(keep_doing, place, check(place))
        task_status.started()
