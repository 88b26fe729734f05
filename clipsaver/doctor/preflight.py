"""Asks Discord who the bot is and what it may read, guild by guild.

Three requests for the bot and four for each guild: the guild with its roles, the bot's own
membership, the channels and the active threads. What it may read follows from these; nothing is
asked for only to be refused.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from email.utils import parsedate_to_datetime

import httpx
import trio

from clipsaver.discord_rest import models
from clipsaver.discord_rest.client import DiscordClient
from clipsaver.discord_rest.intent import intent_of
from clipsaver.discord_rest.permissions import (
    EVERYTHING,
    Member,
    Permission,
    hides_private_threads,
    member_of,
    missing_to_read,
    needed_to_read,
    permissions_in,
    titles,
)
from clipsaver.doctor.facts import Bot, ChannelLook, DiscordFacts, GuildLook, Offset, offset_of
from clipsaver.errors import DiscordError, DiscordUnavailable
from clipsaver.records.channels import THREADS

AT_ONCE = 4
"""Guilds that are asked about at the same time."""


@dataclass(slots=True)
class ClockReading(httpx.AsyncBaseTransport):
    """A transport that notes what time Discord's answers tell, as exactly as they allow."""

    transport: httpx.AsyncBaseTransport
    clock: Callable[[], float] = time.time
    """Unix seconds."""
    offset: Offset | None = None
    """By the answer that leaves least doubt."""

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Sends it on."""
        sent = self.clock()
        response = await self.transport.handle_async_request(request)
        self._note(response.headers.get("date"), sent, self.clock())
        return response

    async def aclose(self) -> None:
        """Closes what it sends through."""
        await self.transport.aclose()

    def _note(self, date: str | None, sent: float, received: float) -> None:
        try:
            told = parsedate_to_datetime(date or "").timestamp()
        except ValueError:
            return  # a proxy need not say it
        found = offset_of(told, sent=sent, received=received, precision_s=1.0)
        best = self.offset
        if best is None or found.high - found.low < best.high - best.low:
            self.offset = found


@dataclass(slots=True)
class Preflight:
    """One look at what the bot may read; `facts` are as far as it has come."""

    discord: DiscordClient
    facts: DiscordFacts
    now: float
    """Unix seconds."""
    _guilds: dict[int, GuildLook] = field(default_factory=dict)

    async def run(self) -> None:
        """Looks until all is seen, or Discord refuses or is away, which `facts.error` then is."""
        try:
            await self._look()
        except DiscordError as error:
            self.facts = replace(self.facts, error=error)

    async def _look(self) -> None:
        me = await self.discord.me()
        application = await self.discord.application()
        bot = Bot(
            me.id, me.global_name or me.username, application.id, intent_of(application.flags)
        )
        self.facts = replace(self.facts, bot=bot)
        listed = await self.discord.listing.guilds()
        self._note(len(listed))
        left = iter(listed)
        failures: list[DiscordError] = []
        async with trio.open_nursery() as nursery:

            async def look_at_some() -> None:
                try:
                    for guild in left:
                        self._guilds[int(guild.id)] = await self._guild(guild, me.id)
                        self._note(len(listed))
                except DiscordUnavailable as error:
                    failures.append(error)
                    nursery.cancel_scope.cancel()

            for _ in range(AT_ONCE):
                nursery.start_soon(look_at_some)
        if failures:
            raise failures[0]

    def _note(self, total: int) -> None:
        guilds = tuple(self._guilds[guild_id] for guild_id in sorted(self._guilds))
        self.facts = replace(self.facts, guilds=guilds, not_looked_at=total - len(guilds))

    async def _guild(self, listed: models.Guild, bot_id: str) -> GuildLook:
        """Raises DiscordUnavailable; what Discord refuses of a guild costs only that guild."""
        guild_id = int(listed.id)
        try:
            guild = await self.discord.guild(guild_id)
            membership = await self.discord.member(guild_id, int(bot_id))
            member = member_of(guild, membership, bot_id, now=self.now)
            channels = (await self.discord.listing.channels(guild_id)).channels
            threads = (await self.discord.listing.active_threads(guild_id)).channels
            looks = look_at_channels(member, [*channels, *threads])
        except DiscordUnavailable:
            raise
        except DiscordError as error:
            return GuildLook(guild_id, listed.name, error=str(error))
        except ValueError as error:
            return GuildLook(guild_id, listed.name, error=f"its answer cannot be read: {error}")
        return GuildLook(guild_id, guild.name, looks)


def look_at_channels(member: Member, listed: list[models.Channel]) -> tuple[ChannelLook, ...]:
    """What the member may do in each that holds messages or threads; a thread is as its channel.

    Raises ValueError for permissions that are no number.
    """
    may: dict[str | None, Permission] = {
        channel.id: permissions_in(member, channel.permission_overwrites)
        for channel in listed
        if channel.type not in THREADS
    }
    looks = []
    for channel in listed:
        if not needed_to_read(channel.type):
            continue
        is_thread = channel.type in THREADS
        # A thread whose channel is not shown is shown itself, so it may be seen.
        permissions = may.get(channel.parent_id if is_thread else channel.id, EVERYTHING)
        missing = missing_to_read(channel.type, permissions)
        looks.append(
            ChannelLook(
                channel_id=int(channel.id),
                name=channel.name,
                type=channel.type,
                parent_id=int(channel.parent_id) if channel.parent_id else None,
                missing=titles(missing),
                hides_private_threads=not missing
                and hides_private_threads(channel.type, permissions),
            )
        )
    return tuple(looks)
