"""What there is in a guild, as Discord lists it.

    for guild in await discord.listing.guilds(): ...
    channels = await discord.listing.channels(guild_id)

One request a call, but for `guilds`. Raises the errors under `DiscordError` as the client does.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Protocol, TypeVar

from clipsaver.discord_rest import models, routes
from clipsaver.discord_rest.flow import Done
from clipsaver.discord_rest.listings import (
    MOST_GUILDS,
    MOST_THREADS,
    Archive,
    ChannelList,
    Cursor,
    next_by_id,
    next_by_time,
    read_channels,
    read_guilds,
    read_threads,
)
from clipsaver.discord_rest.routes import Request
from clipsaver.discord_rest.spared import OF_CHANNELS, tell_spared
from clipsaver.errors import RequestRefused

BEFORE_THE_FIRST = 50085
"""Discord's code for a cursor that lies before the thread was made: the list has ended."""

T = TypeVar("T")


class Run(Protocol):
    """How the client makes one request: to its value, or to an error."""

    async def __call__(self, request: Request, decode: Callable[[bytes], T]) -> Done[T]: ...


_ROUTES = {
    Archive.PUBLIC: routes.ARCHIVED_PUBLIC,
    Archive.PRIVATE: routes.ARCHIVED_PRIVATE,
    Archive.JOINED: routes.ARCHIVED_JOINED,
}


@dataclass(frozen=True, slots=True)
class Listing:
    """What one request listed."""

    channels: list[models.Channel]
    """Each once, in Discord's order."""
    requests: int
    """Requests that it took, those that failed included."""
    next: Cursor | None = None
    """Archived threads: where the next page begins; None = this was the last."""


class GuildListing:
    """The lists of guilds, channels and threads. Part of a `DiscordClient`."""

    def __init__(self, run: Run, *, of_archives: Run) -> None:
        """`of_archives` makes the requests for these, which are many."""
        self._run = run
        self._run_of_archives = of_archives

    async def guilds(self) -> list[models.Guild]:
        """All guilds that the bot is in, by id."""
        guilds: list[models.Guild] = []
        after = 0
        while True:
            query = f"limit={MOST_GUILDS}&after={after}"
            read = partial(read_guilds, after)
            page = (await self._run(routes.GUILDS.to(query=query), read)).value
            guilds += page
            if len(page) < MOST_GUILDS:
                return guilds
            after = int(page[-1].id)

    async def channels(self, guild_id: int) -> Listing:
        """The channels of a guild, without threads.

        Since 2026-11-16 Discord leaves out those that the bot cannot view, so that one that is
        missing may be there all the same.
        """
        request = routes.GUILD_CHANNELS.to(guild=guild_id)
        done = await self._run(request, partial(read_channels, guild_id))
        return _listing(request, done)

    async def active_threads(self, guild_id: int) -> Listing:
        """All active threads of a guild that the bot can see."""
        request = routes.ACTIVE_THREADS.to(guild=guild_id)
        done = await self._run(request, partial(read_threads, guild_id))
        return _listing(request, done)

    async def archived_threads(
        self, guild_id: int, parent_id: int, archive: Archive, cursor: Cursor | None = None
    ) -> Listing:
        """A page of a channel's archived threads, the first or the one that a cursor names.

        One thread can be on two pages. AccessDenied where the permission is missing.
        """
        query = f"limit={MOST_THREADS}{'' if cursor is None else cursor.query}"
        request = _ROUTES[archive].to(channel=parent_id, query=query)
        follow = next_by_id if archive is Archive.JOINED else next_by_time

        def read(body: bytes) -> tuple[ChannelList, Cursor | None]:
            page = read_threads(guild_id, body)
            return page, follow(page, cursor)

        try:
            done = await self._run_of_archives(request, read)
        except RequestRefused as error:
            if error.code != BEFORE_THE_FIRST:
                raise
            return Listing([], requests=1)
        page, following = done.value
        tell_spared(request, page.spared, OF_CHANNELS)
        return Listing(page.channels, done.requests, following)


def _listing(request: Request, done: Done[ChannelList]) -> Listing:
    tell_spared(request, done.value.spared, OF_CHANNELS)
    return Listing(done.value.channels, done.requests)
