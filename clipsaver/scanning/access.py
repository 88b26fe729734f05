"""Channels that may not be read: noted with the channel, and remembered by all.

A refusal counts against the host's budget of invalid requests, and a thousand jobs for one hidden
channel would be a thousand refusals. So the first one's answer is everybody's, without a request,
until `database.denials` lets somebody ask again, or somebody saw that it may be read.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Hashable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC

import trio

from clipsaver.database import Database, channels, denials
from clipsaver.discord_rest.client import UNKNOWN_CHANNEL, UNKNOWN_GUILD
from clipsaver.errors import (
    AccessDenied,
    DiscordError,
    MissingContentIntent,
    MissingHistoryPermission,
    NotFound,
    SearchDenied,
)
from clipsaver.records import Denial

GONE = "channel_gone"
"""In place of an error: a known channel that was deleted."""

_KINDS: dict[str, type[DiscordError]] = {
    kind.reason: kind for kind in (AccessDenied, MissingHistoryPermission, NotFound)
}


@dataclass(slots=True)
class Turn:
    """Who has it asks for a channel while others wait for what it finds out."""

    _lock: trio.Lock

    def end(self) -> None:
        """The channel may be read: the next may come. Does nothing a second time."""
        if self._lock.statistics().owner is trio.lowlevel.current_task():
            self._lock.release()


@dataclass(slots=True)
class Doors:
    """Lets the jobs of one worker through to each channel one by one, until Discord lets one in.

    Jobs that exclude each other come one by one anyway; the others would all be refused at once.
    """

    _locks: dict[Hashable, tuple[trio.Lock, int]] = field(default_factory=dict)
    """With how many are there; a door that nobody stands at is gone."""

    @asynccontextmanager
    async def turn(self, door: Hashable) -> AsyncIterator[Turn]:
        """Waits for the turn, which ends with the block at the latest."""
        lock, count = self._locks.get(door, (trio.Lock(), 0))
        self._locks[door] = lock, count + 1
        try:
            await lock.acquire()
            turn = Turn(lock)
            try:
                yield turn
            finally:
                turn.end()
        finally:
            count = self._locks[door][1] - 1
            if count:
                self._locks[door] = lock, count
            else:
                del self._locks[door]


def denied(denial: Denial) -> DiscordError:
    """The error that the channel was denied with, with when that was and what comes next."""
    kind = _KINDS.get(denial.error, AccessDenied)
    since, until = (
        f"{time.astimezone(UTC):%Y-%m-%d %H:%M UTC}"
        for time in (denial.denied_at, denial.ask_again_at)
    )
    return kind(
        f"{denial.words}; known since {since} and not asked again before {until}, unless "
        "`clipsaver doctor` finds that it may be read",
        route=denial.route,
        status=denial.status,
        code=denial.code,
    )


async def note(
    database: Database,
    channel_id: int,
    denial: AccessDenied | NotFound | None,
    *,
    is_gone: bool,
    was_denied: bool,
) -> None:
    """Keeps what reading the channel ended with; None = it could be read.

    `is_gone`: it was known and is deleted. `was_denied`: a denial is remembered up to now.
    """
    if isinstance(denial, MissingContentIntent | SearchDenied):
        return  # it is the bot that cannot read, or not like this, whatever the channel
    if isinstance(denial, NotFound) and denial.code not in (UNKNOWN_CHANNEL, UNKNOWN_GUILD):
        return  # a 404 that does not come from Discord's API says nothing of the channel
    async with database.connection() as connection:
        if denial is None:
            await channels.record_access(connection, channel_id, channels.Access.READABLE)
            if was_denied:
                await denials.forget_denials(connection, [channel_id])
            return
        is_unknown = isinstance(denial, NotFound) and denial.code == UNKNOWN_CHANNEL
        access = channels.Access.GONE if is_unknown else channels.Access.DENIED
        await channels.record_access(connection, channel_id, access, denial.reason)
        await denials.record_denial(
            connection,
            channel_id,
            error=GONE if is_gone else denial.reason,
            words=denial.words,
            route=denial.route,
            status=denial.status,
            code=denial.code,
        )
