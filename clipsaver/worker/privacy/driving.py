"""Carries one purge out as far as it goes, and says in the log what came of it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from functools import partial

import structlog

from clipsaver.database.purge_runs import forget_who
from clipsaver.purging.driving import carry_out
from clipsaver.records import Purge, PurgeStage
from clipsaver.worker.place import Workplace
from clipsaver.worker.thumbnailing.kit import open_to_delete_in

_log = structlog.get_logger()


async def drive(
    place: Workplace, purge: Purge, *, after_step: Callable[[Purge], Awaitable[bool]]
) -> Purge:
    """The purge as it stands when it is done, when `after_step` asked for a pause, or when its
    files cannot be deleted now.

    Of one that is done the job that asked for it keeps no word of whom it was about. Raises what
    the database raises, and `after_step`.
    """
    if purge.stage is not PurgeStage.DONE:
        purge = await _drive(place, purge, after_step)
    if purge.stage is PurgeStage.DONE and (run_id := purge.run_id) is not None:
        await place.with_database(lambda c: forget_who(c, run_id))
    return purge


async def _drive(
    place: Workplace, purge: Purge, after_step: Callable[[Purge], Awaitable[bool]]
) -> Purge:
    purge = await carry_out(
        place.database,
        partial(open_to_delete_in, place.config),
        purge,
        driver=place.me.name,
        dice=place.rng.random,
        after_step=after_step,
    )
    if purge.stage is PurgeStage.DONE:
        _log.info("purge_done", **told(purge))
    elif purge.error is not None:
        _log.warning("purge_waits_for_storage", **told(purge), error=purge.error)
    return purge


def told(purge: Purge) -> dict[str, object]:
    """What a log line says of a purge: not whom it is about."""
    target, deleted = purge.target, purge.deleted
    places = {"guild_id": target.guild_id, "channel_id": target.channel_id}
    counts = {name: getattr(deleted, name) for name in ("clips", "messages", "pictures", "files")}
    return {
        "purge": purge.purge_id,
        "scope": target.scope.value,
        **{name: str(one) for name, one in places.items() if one is not None},
        **{name: count for name, count in counts.items() if count},
        **({"files_left": purge.files_left} if purge.files_left else {}),
    }


def share_done(purge: Purge) -> float:
    """How much of it is done, from 0 to 1: by the clips that were found."""
    if purge.found is None:
        return 0.0
    if not purge.stage.holds_up_jobs:
        return 1.0
    return min(1.0, purge.deleted.clips / purge.found.clips) if purge.found.clips else 0.0
