"""Roles and overwrites from which follows just the access that a world gives its bot.

`Access` says what happens; Discord says why, by permissions that a bot has to work out. The same
access comes about in several ways, as in real servers: by everybody's overwrite, by the bot's
role's, or by one of its own. Threads have no overwrites, so what a world says of a single thread
cannot be told this way. Source: Discord's documentation, topic "Permissions".
"""

from __future__ import annotations

from collections.abc import Sequence

from clipsaver.simulator.timeline import iso, unix_ms
from clipsaver.simulator.world.channels import JSON, Access, Channel, Guild

VIEW_CHANNEL = 1 << 10
READ_MESSAGE_HISTORY = 1 << 16
CONNECT = 1 << 20
MANAGE_THREADS = 1 << 34
_SEND_MESSAGES = 1 << 11

_EVERYBODY_MAY = VIEW_CHANNEL | READ_MESSAGE_HISTORY | CONNECT | _SEND_MESSAGES
_DENIED = {
    Access.NO_VIEW: VIEW_CHANNEL,
    Access.NO_HISTORY: READ_MESSAGE_HISTORY,
    Access.NO_CONNECT: CONNECT,
}
_ROLE, _MEMBER = 0, 1
"""What an overwrite is about."""


def bot_role_id(guild: Guild) -> int:
    """The role that came with the bot."""
    return guild.guild_id + 1


def base_permissions(*, manage_threads: bool) -> int:
    """What the bot may do where no channel says otherwise."""
    return _EVERYBODY_MAY | (MANAGE_THREADS if manage_threads else 0)


def roles_json(guild: Guild, *, manage_threads: bool) -> list[JSON]:
    """The guild's roles: everybody's, the bot's, and one that the bot does not have."""
    of_bot = MANAGE_THREADS if manage_threads else 0
    return [
        _role_json(guild.guild_id, "@everyone", _EVERYBODY_MAY, position=0),
        _role_json(bot_role_id(guild), "Simulated Bot", of_bot, position=1),
        _role_json(guild.guild_id + 2, "Administrators", 1 << 3, position=2),
    ]


def member_json(guild: Guild, user: JSON) -> JSON:
    """The bot as a member of the guild."""
    return {
        "user": user,
        "nick": None,
        "avatar": None,
        "banner": None,
        "roles": [str(bot_role_id(guild))],
        "joined_at": iso(unix_ms(guild.guild_id)),
        "premium_since": None,
        "communication_disabled_until": None,
        "deaf": False,
        "mute": False,
        "pending": False,
        "flags": 0,
    }


def overwrites_json(channel: Channel, access: Access, bot_id: int) -> Sequence[JSON]:
    """Overwrites that give this access; which of the possible ones follows from the channel's id.

    Nothing is said of a deleted channel, which nobody is shown, and of a thread, which has none.
    """
    if channel.type.is_thread or access is Access.DELETED:
        return ()
    everyone, bot_role = channel.guild_id, channel.guild_id + 1
    way = channel.channel_id // 4096 % 3
    if (denied := _DENIED.get(access)) is None:
        if way == 0:
            return ()
        private = _overwrite(everyone, _ROLE, deny=VIEW_CHANNEL)
        if way == 1:
            return (private, _overwrite(bot_role, _ROLE, allow=VIEW_CHANNEL))
        return (
            private,
            _overwrite(bot_role, _ROLE, deny=READ_MESSAGE_HISTORY),
            _overwrite(bot_id, _MEMBER, allow=VIEW_CHANNEL | READ_MESSAGE_HISTORY),
        )
    if way == 0:
        return (_overwrite(everyone, _ROLE, deny=denied),)
    if way == 1:
        return (
            _overwrite(everyone, _ROLE, allow=denied),
            _overwrite(bot_role, _ROLE, deny=denied),
        )
    return (
        _overwrite(bot_role, _ROLE, allow=denied),
        _overwrite(bot_id, _MEMBER, deny=denied),
    )


def _overwrite(whose: int, kind: int, *, allow: int = 0, deny: int = 0) -> JSON:
    return {"id": str(whose), "type": kind, "allow": str(allow), "deny": str(deny)}


def _role_json(role_id: int, name: str, permissions: int, *, position: int) -> JSON:
    return {
        "id": str(role_id),
        "name": name,
        "permissions": str(permissions),
        "position": position,
        "color": 0,
        "colors": {"primary_color": 0, "secondary_color": None, "tertiary_color": None},
        "hoist": False,
        "managed": position == 1,
        "mentionable": False,
        "icon": None,
        "unicode_emoji": None,
        "flags": 0,
    }
