"""Notices which guilds the bot has left, and has them purged some time later."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

import structlog

from clipsaver.database import left_guilds
from clipsaver.database.purging.purges import ask_purge
from clipsaver.discord_rest.limits.permits import Turn
from clipsaver.errors import AccessDenied, DiscordUnavailable, NotFound, RateLimited, TokenRejected
from clipsaver.records import PurgeScope, PurgeTarget, RecordedGuild
from clipsaver.utc import minute
from clipsaver.worker.place import Workplace
from clipsaver.worker.privacy import membership
from clipsaver.worker.privacy.chores import Chore, Hand

_log = structlog.get_logger()

NAME = "left_guilds"
_FIRST_IN_S = 900.0
_EVERY_S = 3600.0
_AGAIN_S = 600.0
"""While Discord cannot be asked."""
_MOST_ASKED = 50
"""Guilds that are asked for one by one in a round: each denial counts against the host."""
_NOT_BELIEVED = (
    "is discord.token that of another bot? nothing is concluded from its list; what is not wanted "
    "any more can be deleted by `clipsaver purge guild ID`"
)
_PREVENT = "to keep it, invite the bot again, or set privacy.purge_left_guilds_after = 0"
_NEVER = "it stays, since privacy.purge_left_guilds_after is 0; `clipsaver purge guild ID` deletes"


def leaving(place: Workplace) -> Chore:
    """The chore."""
    return Chore(NAME, _FIRST_IN_S, _Leaving(place).do)


@dataclass(frozen=True, slots=True)
class _Leaving:
    place: Workplace

    async def do(self, hand: Hand) -> float:
        """One round. An outage, a rejected token or an error of Discord's changes nothing."""
        if not self.place.may_start:
            return _AGAIN_S
        try:
            await self._round(hand)
        except (TokenRejected, RateLimited):
            return _AGAIN_S
        except DiscordUnavailable as error:
            problem = error
        else:
            return _EVERY_S
        if not await self.place.reach.was_away():
            raise problem
        return _AGAIN_S

    async def _round(self, hand: Hand) -> None:
        """What `chores.place` keeps is the bot whose list was believed last."""
        discord, with_database = self.place.discord, self.place.with_database
        bot = (await discord.me()).id
        listed = {int(guild.id) for guild in await discord.listing.guilds()}
        recorded = await with_database(left_guilds.recorded_guilds)
        found = membership.compare(recorded, listed, is_same_bot=hand.taken.place == bot)
        if found is None:
            _log.warning("guild_list_not_believed", listed=len(listed), hint=_NOT_BELIEVED)
            return
        await hand.keep(bot)
        for guild in found.back:
            if await with_database(lambda conn: left_guilds.note_back(conn, guild.guild_id)):  # noqa: B023
                _log.info("guild_came_back", guild_id=str(guild.guild_id), guild=guild.name)
        for guild in found.missing[:_MOST_ASKED]:
            if await self._is_out(guild):
                await self._note_left(guild)
            await hand.keep()
        now, after_s = hand.now, self.place.config.privacy.purge_left_guilds_after
        for guild in found.still_out:
            is_due = membership.is_due(guild, after_s, datetime.fromtimestamp(now, UTC))
            if is_due and await self._is_out(guild):
                await self._purge(guild)
            await hand.keep()

    async def _is_out(self, guild: RecordedGuild) -> bool:
        """Whether Discord says of this guild itself that the bot is not in it."""
        try:
            await self.place.discord.guild(guild.guild_id, turn=Turn.REFRESH)
        except (AccessDenied, NotFound) as error:
            return membership.proves_absence(error)
        return False

    async def _note_left(self, guild: RecordedGuild) -> None:
        left_at = await self.place.with_database(
            lambda conn: left_guilds.note_left(conn, guild.guild_id)
        )
        if left_at is None:
            return
        after_s = self.place.config.privacy.purge_left_guilds_after
        due_at = membership.purge_due_at(left_at, after_s)
        _log.warning(
            "guild_left",
            guild_id=str(guild.guild_id),
            guild=guild.name,
            purged_at=None if due_at is None else minute(round(due_at.timestamp() * 1000)),
            hint=_NEVER if due_at is None else _PREVENT,
        )

    async def _purge(self, guild: RecordedGuild) -> None:
        target = PurgeTarget(PurgeScope.GUILD, guild_id=guild.guild_id)
        purge = await self.place.with_database(
            lambda conn: ask_purge(conn, target, asked_by="left_guild")
        )
        assert guild.left_at is not None
        _log.warning(
            "left_guild_purged",
            guild_id=str(guild.guild_id),
            guild=guild.name,
            purge=purge.purge_id,
            left_at=minute(round(guild.left_at.timestamp() * 1000)),
        )
