"""What Discord's refusals taught is kept in the database, for when Redis has forgotten it."""

from __future__ import annotations

from typing import NoReturn

import structlog
import trio

from clipsaver.database.learnt_limits import read_learnt_limits, record_learnt_limits
from clipsaver.discord_rest.limits.shared import SharedLimits
from clipsaver.worker.place import Workplace

_log = structlog.get_logger()


async def keep_lessons(
    place: Workplace,
    limits: SharedLimits,
    *,
    task_status: trio.TaskStatus[None] = trio.TASK_STATUS_IGNORED,
) -> NoReturn:
    """Brings what was learnt before into force; then records each lesson, until cancelled."""
    token = limits.token_hash
    recorded = frozenset(await place.with_database(lambda conn: read_learnt_limits(conn, token)))
    limits.remember(recorded)
    task_status.started()
    while True:
        lesson = limits.lesson
        if (learnt := limits.learnt) == recorded:
            await lesson.wait()
            continue
        await place.with_database(lambda conn, it=learnt: record_learnt_limits(conn, token, it))  # type: ignore[misc]
        recorded = learnt
        _log.info(
            "limits_learnt",
            limits={one.route: f"{one.count} in {one.window_s:.2f} s" for one in learnt},
        )
