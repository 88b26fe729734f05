"""Finds every channel and thread of a guild that can hold messages.

    channels -> active threads -> each channel's archives -> active threads again -> what is missing

A thread that moves to the archive meanwhile was among the active ones; one that leaves it before
its page is read is among them the second time. What was known before and no list shows is asked
for by its id: Discord lists only what the bot can view, so it may be gone or only hidden. A thread
that is opened and archived again between two pages is left to the next enumeration.
"""

from __future__ import annotations

import enum
from collections.abc import Awaitable, Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Self

import trio

from clipsaver.database import Database, channels, denials, guilds
from clipsaver.database.channels import Access
from clipsaver.discord_rest import models
from clipsaver.discord_rest.client import UNKNOWN_CHANNEL, DiscordClient
from clipsaver.discord_rest.guild_listing import Listing
from clipsaver.discord_rest.limits.permits import Turn
from clipsaver.discord_rest.listings import Archive, Cursor
from clipsaver.discord_rest.outcomes import row_for
from clipsaver.discord_rest.permissions import Permission, member_of
from clipsaver.errors import (
    AccessDenied,
    ClipsaverError,
    DiscordUnavailable,
    MissingHistoryPermission,
    NotFound,
    RequestRefused,
)
from clipsaver.records import Channel
from clipsaver.records.channels import THREADS
from clipsaver.scanning import access
from clipsaver.scanning.guild_map import Found, Fresh, GuildMap, Parent

_UNSEEN = f"no {Permission.VIEW_CHANNEL.title}"

AT_ONCE = 8
"""Archives that are read at the same time. A channel's requests still go one by one."""
ASK_AGAIN_S = 24 * 3600.0
"""A channel that is hidden can be deleted by now, which only asking tells; each asking is refused
otherwise, and counts as such."""

Take = Callable[[Sequence[Found]], Awaitable[bool]]
"""Told what was found, after each request; answers whether to stop there."""


class Stopped(Exception):
    """`Take` wants no more. The walk begins anew when it is taken up again."""


class _Fate(enum.Enum):
    """What became of a channel that no list has shown."""

    THERE = "there"
    HIDDEN = "hidden"
    GONE = "gone"


@dataclass(slots=True)
class Enumeration:
    """One walk through a guild, from its beginning."""

    discord: DiscordClient
    database: Database
    guild: models.Guild
    map: GuildMap
    take: Take
    now: float
    """Unix seconds at its beginning."""
    requests: int = 0
    """Made so far, retries included."""
    _lists: int = 0
    """Archives that are to be read."""
    _lists_done: int = 0

    @classmethod
    async def begin(
        cls, discord: DiscordClient, database: Database, guild_id: int, take: Take, *, now: float
    ) -> Self:
        """Asks who the bot is there. Raises NotFound or AccessDenied where it is not in it."""
        guild = await discord.guild(guild_id, turn=Turn.REFRESH)
        me = await discord.me()
        membership = await discord.member(guild_id, int(me.id))
        with _told_as_unreadable(guild_id):
            member = member_of(guild, membership, me.id, now=now)
        async with database.connection() as connection:
            await guilds.record_guild(connection, guild_id, guild.name)
        return cls(discord, database, guild, GuildMap(guild_id, member), take, now, requests=3)

    @property
    def share(self) -> float:
        """How much is done, from 0 to 1: of the archives, which take nearly all requests."""
        return self._lists_done / self._lists if self._lists else 0.0

    async def run(
        self, only: Collection[int] | None = None, also: Sequence[models.Channel] = ()
    ) -> None:
        """Walks to the end. `only` names the channels whose archives are read; None = all.

        `also` are threads that are known to be there, whether or not those archives hold them.
        Raises Stopped, and what the Discord client and the database raise; but a channel that may
        not be read costs only itself.
        """
        await self._read_list(self.discord.listing.channels)
        await self._read_list(self.discord.listing.active_threads)
        if also:
            await self._hand_on(also)
        await self._read_archives(
            [
                (parent, archive)
                for parent in self.map.parents
                if only is None or parent.channel.channel_id in only
                for archive in parent.archives
            ]
        )
        await self._read_list(self.discord.listing.active_threads)
        await self._look_for_missing(only)

    async def _read_list(self, ask: Callable[[int], Awaitable[Listing]]) -> None:
        listing = await ask(self.map.guild_id)
        self.requests += listing.requests
        await self._hand_on(listing.channels)

    async def _read_archives(self, archives: Sequence[tuple[Parent, Archive]]) -> None:
        """Some at a time: one after the other they would take as long as they are far away."""
        self._lists = len(archives)
        left = iter(archives)
        failures: list[Exception] = []
        async with trio.open_nursery() as nursery:

            async def read_some() -> None:
                try:
                    for parent, archive in left:
                        await self._read_archive(parent, archive)
                        self._lists_done += 1
                except (ClipsaverError, Stopped) as failure:
                    failures.append(failure)
                    nursery.cancel_scope.cancel()

            for _ in range(AT_ONCE):
                nursery.start_soon(read_some)
        if failures:
            raise failures[0]

    async def _read_archive(self, parent: Parent, archive: Archive) -> None:
        try:
            await self._read_pages(parent, archive)
        except (AccessDenied, RequestRefused) as error:
            self.requests += 1
            self.map.refused(parent, archive, row_for(error.status or 0, error.code).words)
            if archive is Archive.PRIVATE:  # in spite of its permissions: those it is in are left
                await self._read_archive(parent, Archive.JOINED)
        except NotFound as error:
            if error.code != UNKNOWN_CHANNEL:
                raise
            # Deleted since it was listed, and its threads with it.

    async def _read_pages(self, parent: Parent, archive: Archive) -> None:
        cursor: Cursor | None = None
        while True:
            page = await self.discord.listing.archived_threads(
                self.map.guild_id, parent.channel.channel_id, archive, cursor
            )
            self.requests += page.requests
            await self._hand_on(page.channels)
            if (cursor := page.next) is None:
                return

    async def _look_for_missing(self, only: Collection[int] | None) -> None:
        """Channels first: what is hidden or gone takes its threads along, unasked."""
        async with self.database.connection() as connection:
            missing = await guilds.missing_channels(connection, self.map.guild_id, self.map.seen)
        hidden: set[int | None] = set()
        gone: set[int | None] = set()
        for one in missing:
            channel = one.channel
            if only is not None and not {channel.channel_id, channel.parent_id} & set(only):
                continue
            age_s = self.now - one.checked_at.timestamp()
            if channel.type in THREADS and channel.parent_id in gone:
                fate = _Fate.GONE
            elif self._is_hidden(channel, hidden) or (one.is_denied and age_s < ASK_AGAIN_S):
                fate = _Fate.HIDDEN
            else:
                fate = await self._ask_for(channel)
            if fate is _Fate.HIDDEN:
                hidden.add(channel.channel_id)
                self.map.lost(channel, _UNSEEN)
            elif fate is _Fate.GONE:
                gone.add(channel.channel_id)
                await self._note([channel.channel_id], Access.GONE, NotFound.reason)

    def _is_hidden(self, channel: Channel, hidden: Collection[int | None]) -> bool:
        """Whether a thread is hidden with its channel."""
        parent_id = channel.parent_id
        is_shown = parent_id in self.map.seen
        is_closed = parent_id in hidden or (is_shown and not self.map.may_read(parent_id))
        return channel.type in THREADS and is_closed

    async def _ask_for(self, channel: Channel) -> _Fate:
        """Asks for a channel that no list has shown."""
        self.requests += 1
        try:
            shown = await self.discord.channel(channel.channel_id, turn=Turn.REFRESH)
        except AccessDenied as error:
            await self._note([channel.channel_id], Access.DENIED, error.reason)
            await self._remember(channel.channel_id, error)
            return _Fate.HIDDEN
        except NotFound as error:
            if error.code != UNKNOWN_CHANNEL:
                raise
            await self._remember(channel.channel_id, error)
            return _Fate.GONE
        await self._hand_on([shown])
        return _Fate.THERE

    async def _remember(self, channel_id: int, denial: AccessDenied | NotFound) -> None:
        """A job for this channel need not ask again what was just answered."""
        is_gone = isinstance(denial, NotFound)
        await access.note(self.database, channel_id, denial, is_gone=is_gone, was_denied=False)

    async def _hand_on(self, listed: Sequence[models.Channel]) -> None:
        with _told_as_unreadable(self.map.guild_id):
            fresh = self.map.take(listed)
        await self._record(fresh)
        if await self.take(fresh.readable):
            raise Stopped

    async def _record(self, fresh: Fresh) -> None:
        if not fresh.channels:
            return
        async with self.database.connection() as connection:
            await channels.record_channels(connection, fresh.channels)
            readable = [found.channel.channel_id for found in fresh.readable]
            await guilds.note_allowed(connection, readable)
            await denials.forget_denials(connection, readable)
        denied = Access.DENIED
        await self._note(fresh.without_view, denied, AccessDenied.reason)
        await self._note(fresh.without_history, denied, MissingHistoryPermission.reason)

    async def _note(self, channel_ids: Sequence[int], found: Access, error: str) -> None:
        if channel_ids:
            async with self.database.connection() as connection:
                await guilds.note_denied(connection, channel_ids, found, error)


@contextmanager
def _told_as_unreadable(guild_id: int) -> Iterator[None]:
    """Permissions that are no numbers make an answer that cannot be read."""
    try:
        yield
    except ValueError as error:
        raise DiscordUnavailable(
            f"its answer cannot be read: {error}", route=f"GET /guilds/{guild_id}", status=200
        ) from None
