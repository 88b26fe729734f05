"""What came of an attempt: a picture into the storage and the database, or the reason for none."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from contextlib import AbstractContextManager
from typing import Any, Protocol, TypeVar

import structlog

from clipsaver.database.thumbnails.claims import Claim, ClaimedClip, ClaimLost
from clipsaver.database.thumbnails.files import give_up_reserved
from clipsaver.database.thumbnails.results import (
    FileFacts,
    StoredPicture,
    record_outcome,
    record_ready,
    reserve_files,
)
from clipsaver.records import ThumbnailState
from clipsaver.thumbnails.backoff import Again, Failed, Unavailable, verdict
from clipsaver.thumbnails.errors import StorageTrouble
from clipsaver.thumbnails.making import Made, Missed
from clipsaver.thumbnails.picture.found import Facts, Still
from clipsaver.thumbnails.storage import Storage, key_of

_log = structlog.get_logger()
_T = TypeVar("_T")

WEBP = "image/webp"


def of_clip(clip: ClaimedClip) -> AbstractContextManager[None]:
    """For the time of the block each line of the log says which clip it is, and where it is."""
    return structlog.contextvars.bound_contextvars(
        clip_id=clip.claim.clip_id,
        guild_id=str(clip.guild_id),
        channel_id=str(clip.channel_id),
        attempt=clip.attempts + 1,
    )


class WithDatabase(Protocol):
    """Does something on a connection, again where the database went away meanwhile."""

    async def __call__(self, do: Callable[[Any], Awaitable[_T]]) -> _T: ...


async def keep(storage: Storage, with_database: WithDatabase, claim: Claim, made: Made) -> None:
    """Stores both pictures and gives them to the clip.

    Raises ClaimLost where it is another's, and StorageTrouble; then nothing stays in the storage.
    """
    stills = {"small": made.picture.small, "large": made.picture.large}
    pictures = [_stored(claim, size, still, made) for size, still in stills.items()]
    keys = [picture.storage_key for picture in pictures]
    files = await with_database(lambda c: reserve_files(c, claim, keys))
    facts = _facts(made.picture.facts)
    try:
        for picture in pictures:
            await storage.put(picture.storage_key, stills[picture.size].webp, WEBP)
        await with_database(lambda c: record_ready(c, claim, pictures, files=files, facts=facts))
    except (ClaimLost, StorageTrouble) as error:
        problem: Exception = error
        have_arrived = isinstance(error, ClaimLost)  # it is told after both are stored
    else:
        return
    # What is cut off in between is given up by itself, some time later.
    reserved = dict(zip(files, keys, strict=True))
    await with_database(
        lambda c: give_up_reserved(c, claim.clip_id, reserved, have_arrived=have_arrived)
    )
    raise problem


def _stored(claim: Claim, size: str, still: Still, made: Made) -> StoredPicture:
    return StoredPicture(
        size=size,
        storage_key=key_of(claim.clip_id, size, claim.token),
        width=still.width,
        height=still.height,
        size_bytes=len(still.webp),
        content_type=WEBP,
        source=made.source.value,
    )


def _facts(facts: Facts | None) -> FileFacts | None:
    if facts is None:
        return None
    return FileFacts(
        codec=facts.codec,
        content_type=facts.content_type,
        width=facts.width,
        height=facts.height,
        duration_seconds=facts.duration_s,
    )


async def record_missed(
    with_database: WithDatabase, clip: ClaimedClip, missed: Missed, *, dice: float
) -> ThumbnailState:
    """Records why there is no picture, and when to try again; returns what state the clip is in.

    Raises ClaimLost.
    """
    error = missed.error
    fate = verdict(
        error.handling,
        error.reason,
        attempts=clip.attempts,
        dice=dice,
        retry_after_s=missed.retry_after_s,
    )
    facts = {"reason": error.reason, "error": str(missed)}
    in_s: float | None = None
    counts = True
    match fate:
        case Again():
            state, in_s, counts = ThumbnailState.PENDING, fate.in_s, fate.counts
            _log.debug("thumbnail_put_off", in_s=round(fate.in_s), **facts)
        case Failed():
            state = ThumbnailState.FAILED
            _log.warning("thumbnail_failed", **facts)
        case Unavailable():
            state = ThumbnailState.UNAVAILABLE
            _log.info("thumbnail_unavailable", **facts)
    await with_database(
        lambda c: record_outcome(
            c, clip.claim, state, error=error.reason, message=str(missed), in_s=in_s, counts=counts
        )
    )
    return state
