"""Whether a job may read where it wants to: not before, and not while, something is purged. Pure.

A purge raises the epochs of its channels, so what was read before it cannot be committed. That
nothing is read again by what was asked for before it is decided here, by when that was: the jobs
that wait on the stream at the moment of a purge, and those that they add later, end.
"""

from __future__ import annotations

from datetime import UTC, datetime

from clipsaver.errors import BeingPurged, Purged
from clipsaver.records import KnownChannel


def check_channel_standing(known: KnownChannel, asked_at: float) -> None:
    """Raises Purged for a job that was asked for before a purge, and BeingPurged while it lasts.

    `asked_at` is in Unix seconds.
    """
    place = f"channel {known.channel.channel_id}"
    check_standing(place, known.purged_at, asked_at, is_being_purged=known.is_being_purged)


def check_wanted(known: KnownChannel) -> None:
    """Raises Purged for who comes by a channel that was purged and that nobody wants again.

    BeingPurged for one that somebody wants already, while it is purged.
    """
    if known.is_passed_over:
        raise Purged(
            f"channel {known.channel.channel_id} was purged, and no job has asked for it since: "
            "it is left out; push a batch job for it to have it read again"
        )
    if known.is_being_purged:
        raise _being_purged(f"channel {known.channel.channel_id}")


def check_standing(
    place: str, purged_at: datetime | None, asked_at: float, *, is_being_purged: bool
) -> None:
    """The same of any place, such as a guild; `place` is for the error."""
    if is_purged_since(purged_at, asked_at):
        assert purged_at is not None
        raise Purged(
            f"{place} was purged on {purged_at.astimezone(UTC):%Y-%m-%d %H:%M UTC}, after this job "
            "was asked for; to have it read again, push a job anew"
        )
    if is_being_purged:
        raise _being_purged(place)


def is_purged_since(purged_at: datetime | None, asked_at: float) -> bool:
    """Whether it was purged after that."""
    return purged_at is not None and purged_at.timestamp() >= asked_at


def is_wanted_again(known: KnownChannel, asked_at: float) -> bool:
    """Whether a job that names the channel is the first to want it after a purge, which is over."""
    is_over = not known.is_being_purged
    return known.is_passed_over and is_over and not is_purged_since(known.purged_at, asked_at)


def _being_purged(place: str) -> BeingPurged:
    return BeingPurged(f"{place} is being purged: it is read when that is done")
