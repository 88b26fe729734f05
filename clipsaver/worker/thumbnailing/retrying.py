"""`thumbnail_retry` jobs: the clips that they name are tried again at once.

The job makes nothing itself. It has the clips' links signed, makes the clips due, ahead of all
others that wait, and stays until each had its attempt, by whichever worker.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial

import structlog
import trio

from clipsaver.database import runs
from clipsaver.database.thumbnails.results import FreshLink, record_links
from clipsaver.database.thumbnails.states import (
    NamedAgain,
    NamedClip,
    ask_for_named,
    not_tried_yet,
    read_named,
)
from clipsaver.errors import DiscordError
from clipsaver.jobs import ThumbnailRetryJob
from clipsaver.queue import policy
from clipsaver.queue.policy import Outcome
from clipsaver.records import RunProgress
from clipsaver.thumbnails.errors import MediaGone
from clipsaver.thumbnails.media.links import Link
from clipsaver.thumbnails.media.signing import Links
from clipsaver.worker.pauses import Pauses
from clipsaver.worker.place import Workplace

_log = structlog.get_logger()

NOT_THERE = "clips_not_there"
"""`runs.error` of a job that is done, but for clips that nobody knows or that were deleted."""
_MOST_NAMED = 20
_LOOK_EVERY_S = 0.5

Tell = Callable[[RunProgress, float], None]


async def retry_thumbnails(
    place: Workplace, job: ThumbnailRetryJob, pauses: Pauses, *, done: RunProgress, tell: Tell
) -> tuple[Outcome, runs.Failure | None]:
    """One delivery; and what to note with it where it is done.

    Where this worker makes no thumbnails it only asks for them. Raises what the stores raise, and
    LeaseLost.
    """
    clips = await place.with_database(lambda c: read_named(c, job.clip_ids))
    if place.kit is not None:
        await _sign(place, place.kit.links, clips)
    asked = await place.with_database(lambda c: ask_for_named(c, job.clip_ids))
    place.due.nudge()
    while place.kit is not None:
        waiting = await place.with_database(lambda c: not_tried_yet(c, asked.asked))
        tried = len(asked.asked) - len(waiting)
        tell(replace(done, clips=tried), tried / len(asked.asked) if asked.asked else 1.0)
        if not waiting:
            break
        if await pauses.is_to_stop():
            return pauses.outcome, None
        await trio.sleep(_LOOK_EVERY_S)
    return policy.Done(), _not_there(asked)


async def _sign(place: Workplace, links: Links, clips: Sequence[NamedClip]) -> None:
    """Signs all their links, fifty in one request. One that cannot be signed costs only itself."""
    fresh: list[FreshLink] = []

    async def sign(clip: NamedClip) -> None:
        link = Link(clip.clip_id, clip.channel_id, clip.message_id, clip.url, clip.url_expires_at)
        try:
            signed = await links.refresh(link)
        except (MediaGone, DiscordError) as error:
            _log.debug("link_not_signed", clip_id=clip.clip_id, error=str(error))
        else:
            fresh.append(FreshLink(signed.clip_id, signed.url, signed.expires_at))

    async with trio.open_nursery() as nursery:
        for clip in clips:
            nursery.start_soon(partial(sign, clip))
    if fresh:
        await place.with_database(lambda c: record_links(c, fresh))


def _not_there(asked: NamedAgain) -> runs.Failure | None:
    missing = {"unknown": asked.unknown, "deleted": asked.deleted}
    words = [f"{why}: {_some(ids)}" for why, ids in missing.items() if ids]
    if not words:
        return None
    _log.warning(NOT_THERE, which="; ".join(words))
    return runs.Failure(NOT_THERE, "; ".join(words))


def _some(ids: Sequence[str]) -> str:
    more = len(ids) - _MOST_NAMED
    return ", ".join(ids[:_MOST_NAMED]) + (f" and {more:,} more" if more > 0 else "")
