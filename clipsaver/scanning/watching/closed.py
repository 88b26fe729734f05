"""Channels that are known to be closed to the bot, and when they are worth another try. Pure.

Discord lists no channel that the bot may not view. So one that was not listed at the last turn may
be viewed now; of the others the permissions tell, which are listed with them. A role that the bot
got shows in neither: the guild's survey finds that out.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Mapping

from clipsaver.discord_rest import models
from clipsaver.records import Channel
from clipsaver.records.channels import THREADS
from clipsaver.scanning.watching.memory import Kind, Memory, Place


def marks_of(shut: Iterable[Channel], listed: Iterable[models.Channel]) -> dict[int, int]:
    """Of each closed channel or thread a number that changes with its permissions.

    `listed` are the guild's channels; a thread has the permissions of its channel.
    """
    by_id = {int(one.id): one for one in listed}
    return {one.channel_id: _mark(by_id.get(_ruling(one))) for one in shut}


def _ruling(channel: Channel) -> int:
    is_thread = channel.type in THREADS
    return (channel.parent_id or 0) if is_thread else channel.channel_id


def _mark(channel: models.Channel | None) -> int:
    overwrites = () if channel is None else channel.permission_overwrites
    lines = sorted(f"{one.id} {one.allow} {one.deny}" for one in overwrites)
    return zlib.crc32("\n".join(lines).encode())


def opened(marks: Mapping[int, int], memory: Memory | None) -> set[int]:
    """Of closed channels that are listed, with their marks, those to try again, each once."""
    if memory is None:  # nobody knows what has changed
        return set()
    before = {channel_id: memory.places.get(channel_id) for channel_id in marks}
    return {
        channel_id
        for channel_id, place in before.items()
        if place is None or (place.kind is Kind.CLOSED and place.newest != marks[channel_id])
    }


def remembered(marks: Mapping[int, int]) -> dict[int, Place]:
    """Closed channels that are left alone, as they are to be remembered."""
    return {channel_id: Place(Kind.CLOSED, mark) for channel_id, mark in marks.items()}
