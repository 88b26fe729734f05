"""What an answer of Discord's proves, and what it only seems to say.

Three answers look like "nothing here" and are not: a channel whose history may not be read gives
200 and an empty list, a bot without the message-content intent gets messages without content, and
a `guild_id` in a job is only the producer's word. Each is checked against something that cannot be
had by accident. Source: Discord's documentation, "Get Channel Messages" and "Message Content
Intent".
"""

from __future__ import annotations

from collections.abc import Sequence

from clipsaver import snowflake
from clipsaver.database import Database, channels
from clipsaver.discord_rest import models
from clipsaver.discord_rest.client import UNKNOWN_CHANNEL, DiscordClient
from clipsaver.discord_rest.limits.permits import Turn
from clipsaver.errors import (
    BadJob,
    DiscordUnavailable,
    MissingContentIntent,
    MissingHistoryPermission,
    NotFound,
    WrongGuild,
)
from clipsaver.records import Channel, KnownChannel
from clipsaver.scanning.hollow import is_hollow
from clipsaver.scanning.standing import is_wanted_again

CHANNEL_MAX_AGE_S = 24 * 3600.0
"""A channel's guild never changes, its name and last message do: asked again daily."""

INTENT_MAX_AGE_S = 600.0
"""The intent can be taken away in the middle of a bot's life."""

NO_INTENT = (
    "the bot does not have the message-content intent, so files are invisible to it: switch on "
    "'Message Content Intent' on its page in Discord's developer portal"
)

_NORMALLY_HOLLOW = 4
_NORMAL_MAX_AGE_S = 5.0
"""So that all scans together ask once in 5 s, which the tightest limits known allow."""

_WITHOUT_MESSAGES = {4: "category", 14: "directory", 15: "forum", 16: "media channel"}


async def trusted_channel(
    discord: DiscordClient,
    database: Database,
    channel_id: int,
    guild_id: int,
    *,
    now: float,
    max_age_s: float = CHANNEL_MAX_AGE_S,
    turn: Turn = Turn.BACKFILL,
    asked_at: float | None = None,
) -> KnownChannel:
    """The channel as Discord describes it, remembered for `max_age_s` seconds.

    `asked_at` is for a job that names it, and when that was asked for (Unix seconds): where the
    channel was purged before, it counts as one that is wanted again.

    Raises WrongGuild or BadJob where a job of that guild cannot mean it; nothing is stored then.
    """
    async with database.connection() as connection:
        known = await channels.known_channel(connection, channel_id)
        if known is not None and asked_at is not None and is_wanted_again(known, asked_at):
            await channels.read_again(connection, channel_id, asked_at)
            known = await channels.known_channel(connection, channel_id)
    if known is not None and now - known.checked_at.timestamp() < max_age_s:
        check_channel(known.channel, guild_id)
        return known
    described = as_record(await discord.channel(channel_id, turn=turn))
    check_channel(described, guild_id)
    async with database.connection() as connection:
        known = await channels.record_channel(connection, described)
        if asked_at is not None and is_wanted_again(known, asked_at):  # with its guild, say
            await channels.read_again(connection, channel_id, asked_at)
            known = await channels.record_channel(connection, described)
        return known


async def is_deleted(
    discord: DiscordClient, database: Database, channel_id: int, error: NotFound
) -> bool:
    """Whether a channel was deleted, after Discord said that it knows none of this id (404/10003).

    It must have been known, for an id can be wrong. It is asked for once more, and its guild has to
    be there: in an outage Discord can deny what it has. Raises what those questions end with.
    """
    if error.code != UNKNOWN_CHANNEL:
        return False
    async with database.connection() as connection:
        known = await channels.known_channel(connection, channel_id)
    if known is None:
        return False
    try:
        await discord.channel(channel_id)
    except NotFound as again:
        if again.code != UNKNOWN_CHANNEL:
            raise
        await discord.guild(known.channel.guild_id)
        return True
    raise DiscordUnavailable(
        f"it says that channel {channel_id} is there, and that it is not", route=error.route
    )


def as_record(channel: models.Channel) -> Channel:
    """Discord's description as the record that the database keeps.

    Raises WrongGuild for direct messages, which belong to no guild.
    """
    if channel.guild_id is None:
        raise WrongGuild(f"channel {channel.id} belongs to no guild: direct messages are not read")
    last = channel.last_message_id
    return Channel(
        channel_id=int(channel.id),
        guild_id=int(channel.guild_id),
        parent_id=int(channel.parent_id) if channel.parent_id else None,
        type=channel.type,
        name=channel.name,
        nsfw=bool(channel.nsfw),
        last_message_id=int(last) if isinstance(last, str) else None,
    )


def check_channel(channel: Channel, guild_id: int) -> None:
    """Raises WrongGuild or BadJob where the job cannot mean this channel."""
    if channel.guild_id != guild_id:
        raise WrongGuild(
            f"channel {channel.channel_id} belongs to guild {channel.guild_id}, "
            f"not to {guild_id} as the job says"
        )
    if channel.type in _WITHOUT_MESSAGES:
        raise BadJob(
            "$.channel_id",
            f"{channel.channel_id} is a {_WITHOUT_MESSAGES[channel.type]}: it holds no messages "
            "itself; name one of its threads or channels",
        )


async def check_intent(
    discord: DiscordClient, route: str, *, max_age_s: float = INTENT_MAX_AGE_S
) -> None:
    """Raises MissingContentIntent where the bot gets messages without their content.

    `route` is what is asked for, for the error.
    """
    if not await discord.has_content_intent(max_age_s=max_age_s):
        raise MissingContentIntent(NO_INTENT, route=route)


async def check_page(
    discord: DiscordClient, messages: Sequence[models.Message], route: str
) -> None:
    """A page with a message that shows nothing is held against the intent.

    One is enough: the bot's own messages and those that mention it keep their content without the
    intent, so a page may be hollow in part. A few are normal, since a message may be nothing but
    what Discord does not tell: for those an answer of seconds ago will do, for more it is asked
    afresh.
    """
    # Most messages say something: the full look is for the others.
    silent = [message for message in messages if not message.content]
    hollow = sum(map(is_hollow, silent))
    if hollow:
        is_normal = hollow <= _NORMALLY_HOLLOW
        max_age_s = _NORMAL_MAX_AGE_S if is_normal else 0.0
        await check_intent(discord, route, max_age_s=max_age_s)


async def check_emptiness(discord: DiscordClient, channel: Channel) -> None:
    """An empty page of a channel that has messages: may its history be read at all, still?

    The permission can be taken away between two pages, and then the rest looks like nothing. Where
    the last message can be asked for, even if it is deleted by now, the permission is there.
    Raises MissingHistoryPermission.
    """
    last = channel.last_message_id
    if last is None or await discord.can_read_history(channel.channel_id, last):
        return
    posted = snowflake.to_datetime(last)
    raise MissingHistoryPermission(
        f"channel {channel.channel_id} had a message on {posted:%Y-%m-%d} but shows none: give the "
        "bot the permission 'Read Message History' there",
        route=f"GET /channels/{channel.channel_id}/messages",
    )
