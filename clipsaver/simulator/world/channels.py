"""Guilds, channels and threads, and what Discord says about them.

Source: Discord's documentation, "Channel Object", "Thread Metadata Object", "Guild Object".
"""

from __future__ import annotations

import enum
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from clipsaver.simulator.timeline import iso, unix_ms

JSON = dict[str, Any]


class ChannelType(enum.IntEnum):
    """Discord's channel types, as far as a guild has them."""

    TEXT = 0
    VOICE = 2
    CATEGORY = 4
    ANNOUNCEMENT = 5
    ANNOUNCEMENT_THREAD = 10
    PUBLIC_THREAD = 11
    PRIVATE_THREAD = 12
    STAGE = 13
    FORUM = 15
    MEDIA = 16

    @property
    def is_thread(self) -> bool:
        return 10 <= self <= 12

    @property
    def holds_messages(self) -> bool:
        """Itself; those of a forum are in its threads."""
        return self not in (ChannelType.CATEGORY, ChannelType.FORUM, ChannelType.MEDIA)


class Access(enum.StrEnum):
    """What the bot may do with a channel; threads follow their parent."""

    FULL = "full"
    NO_VIEW = "no_view"
    """403/50001, and left out of the guild's list."""
    NO_HISTORY = "no_history"
    """Lists of messages are empty with 200; one message is 403/50013."""
    NO_CONNECT = "no_connect"
    """Of voice and stage channels only: shown, and their messages are 403/50001."""
    DELETED = "deleted"
    """404/10003."""


@dataclass(frozen=True, slots=True)
class Channel:
    """A channel or thread."""

    channel_id: int
    guild_id: int
    type: ChannelType
    name: str
    position: int = 0
    parent_id: int | None = None
    nsfw: bool = False
    owner_id: int = 0
    """Threads: who started it."""
    archived_ms: int | None = None
    """Threads: when it was archived; None while it is active."""
    joined: bool = False
    """Threads: whether the bot is a member."""


@dataclass(frozen=True, slots=True)
class Guild:
    """A server."""

    guild_id: int
    name: str
    owner_id: int


def channel_json(
    channel: Channel,
    last_message_id: int | None,
    message_count: int,
    bot_id: int,
    overwrites: Sequence[JSON] = (),
) -> JSON:
    """The channel or thread as Discord shows it to this bot."""
    common: JSON = {
        "id": str(channel.channel_id),
        "type": int(channel.type),
        "last_message_id": None if last_message_id is None else str(last_message_id),
        "flags": 0,
        "guild_id": str(channel.guild_id),
        "name": channel.name,
        "parent_id": None if channel.parent_id is None else str(channel.parent_id),
        "rate_limit_per_user": 0,
    }
    if channel.type.is_thread:
        return common | _thread_fields(channel, message_count, bot_id)
    common |= {"topic": None, "position": channel.position,
               "permission_overwrites": list(overwrites), "nsfw": channel.nsfw}  # fmt: skip
    if channel.type is ChannelType.CATEGORY:
        del common["last_message_id"], common["topic"]
    if channel.type in (ChannelType.VOICE, ChannelType.STAGE):
        common |= {"bitrate": 64000, "user_limit": 0, "rtc_region": None}
    if channel.type in (ChannelType.FORUM, ChannelType.MEDIA):
        common |= {"available_tags": [], "default_reaction_emoji": None, "default_sort_order": None}
    return common


def _thread_fields(channel: Channel, message_count: int, bot_id: int) -> JSON:
    fields: JSON = {
        "owner_id": str(channel.owner_id),
        "bitrate": 64000,
        "user_limit": 0,
        "rtc_region": None,
        "thread_metadata": _thread_metadata(channel),
        "message_count": message_count,
        "member_count": 3,
        "total_message_sent": message_count,
    }
    if channel.joined:
        fields["member"] = member_json(channel, bot_id)
    return fields


def archive_timestamp_ms(channel: Channel) -> int:
    """When the thread's archive status last changed: at its start, if never."""
    return unix_ms(channel.channel_id) if channel.archived_ms is None else channel.archived_ms


def _thread_metadata(channel: Channel) -> JSON:
    metadata: JSON = {
        "archived": channel.archived_ms is not None,
        "archive_timestamp": iso(archive_timestamp_ms(channel)),
        "auto_archive_duration": 4320,
        "locked": False,
        "create_timestamp": iso(unix_ms(channel.channel_id)),
    }
    if channel.type is ChannelType.PRIVATE_THREAD:
        metadata["invitable"] = True
    return metadata


def member_json(channel: Channel, user_id: int) -> JSON:
    """The bot's membership in a thread."""
    return {
        "id": str(channel.channel_id),
        "user_id": str(user_id),
        "join_timestamp": iso(unix_ms(channel.channel_id)),
        "flags": 1,
    }


def partial_guild_json(guild: Guild, permissions: int) -> JSON:
    """The guild as the list of the bot's guilds shows it."""
    return {
        "id": str(guild.guild_id),
        "name": guild.name,
        "icon": None,
        "banner": None,
        "owner": False,
        "permissions": str(permissions),
        "features": [],
    }


def guild_json(guild: Guild, roles: Sequence[JSON]) -> JSON:
    """The guild itself."""
    return {
        "id": str(guild.guild_id),
        "name": guild.name,
        "icon": None,
        "description": None,
        "home_header": None,
        "splash": None,
        "discovery_splash": None,
        "features": [],
        "banner": None,
        "owner_id": str(guild.owner_id),
        "application_id": None,
        "region": "deprecated",
        "afk_channel_id": None,
        "afk_timeout": 300,
        "system_channel_id": None,
        "system_channel_flags": 0,
        "widget_enabled": False,
        "widget_channel_id": None,
        "verification_level": 0,
        "roles": list(roles),
        "default_message_notifications": 0,
        "mfa_level": 0,
        "explicit_content_filter": 0,
        "max_presences": None,
        "max_members": 500000,
        "max_stage_video_channel_users": 50,
        "max_video_channel_users": 25,
        "vanity_url_code": None,
        "premium_tier": 0,
        "premium_subscription_count": 0,
        "preferred_locale": "en-US",
        "rules_channel_id": None,
        "safety_alerts_channel_id": None,
        "public_updates_channel_id": None,
        "premium_progress_bar_enabled": False,
        "premium_progress_bar_enabled_user_updated_at": None,
        "nsfw": False,
        "nsfw_level": 0,
        "emojis": [],
        "stickers": [],
        "incidents_data": None,
    }
