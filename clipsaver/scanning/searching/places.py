"""The channels that a search's hits are in: of the searched guild, and on record.

A clip is stored with its channel, so each is known before its first hit is committed: from the
database, from the threads that came with the hits, from the guild's list of channels, which is
asked for once, or asked for by its id. A channel of which that cannot be had costs only its own
hits: history, which asks it itself, says what is wrong with it. So does one that was purged and
that nobody has asked for since.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import structlog

from clipsaver.database import Database, channels
from clipsaver.discord_rest import models
from clipsaver.discord_rest.client import DiscordClient
from clipsaver.discord_rest.limits.permits import Turn
from clipsaver.errors import AccessDenied, JobError, NotFound, Purged, RequestRefused
from clipsaver.records import KnownChannel
from clipsaver.scanning import evidence
from clipsaver.scanning.guild_map import as_record
from clipsaver.scanning.searching.hits import pass_over
from clipsaver.scanning.standing import check_wanted

_log = structlog.get_logger()


@dataclass(slots=True)
class Places:
    """Of one delivery of a search. `clock` gives Unix seconds."""

    discord: DiscordClient
    database: Database
    guild_id: int
    clock: Callable[[], float]
    _found: dict[int, KnownChannel | None] = field(default_factory=dict)
    """None = its hits are passed over. A channel that is purged meanwhile keeps its old epoch, so
    no page with a hit there is committed any more."""
    _listed: Sequence[models.Channel] | None = None
    """The guild's channels; None = not asked for yet."""

    def know(self, channel: KnownChannel) -> None:
        """Notes one that was looked at before."""
        self._found[channel.channel.channel_id] = channel

    async def of(self, channel_id: int, threads: Sequence[models.Channel]) -> KnownChannel | None:
        """The channel of a hit; None where its hits cannot be stored.

        `threads` came with the hit. Raises BeingPurged, and what the Discord client and the
        database raise, but for what says something about this channel alone.
        """
        if channel_id not in self._found:
            try:
                known = await self._look_up(channel_id, threads)
                check_wanted(known)
                self._found[channel_id] = known
            except Purged as error:
                self._found[channel_id] = None
                _log.info("purged_channel_not_searched", channel=channel_id, why=str(error))
            except (AccessDenied, NotFound, RequestRefused, JobError) as error:
                self._found[channel_id] = None
                pass_over(channel_id, error)
        return self._found[channel_id]

    async def _look_up(self, channel_id: int, threads: Sequence[models.Channel]) -> KnownChannel:
        async with self.database.connection() as connection:
            known = await channels.known_channel(connection, channel_id)
        if known is not None:
            evidence.check_channel(known.channel, self.guild_id)
            return known
        shown = await self._shown(channel_id, threads)
        if shown is None:
            return await evidence.trusted_channel(
                self.discord,
                self.database,
                channel_id,
                self.guild_id,
                now=self.clock(),
                turn=Turn.REFRESH,
            )
        described = as_record(shown, int(shown.guild_id or self.guild_id))
        evidence.check_channel(described, self.guild_id)
        async with self.database.connection() as connection:
            return await channels.record_channel(connection, described)

    async def _shown(
        self, channel_id: int, threads: Sequence[models.Channel]
    ) -> models.Channel | None:
        """The channel as some list shows it; None where none does."""
        for one in threads:
            if int(one.id) == channel_id:
                return one
        if self._listed is None:
            try:
                self._listed = (await self.discord.listing.channels(self.guild_id)).channels
            except (AccessDenied, NotFound, RequestRefused):
                self._listed = ()  # each is asked for by its id, and says itself what is wrong
        return next((one for one in self._listed if int(one.id) == channel_id), None)
