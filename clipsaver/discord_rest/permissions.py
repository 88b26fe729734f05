"""What a bot may do in a channel, worked out from roles and overwrites.

The order is Discord's own: the guild's owner and administrators may do everything; else what
`@everyone` and the member's roles allow together, changed by the channel's overwrites for
`@everyone`, then for the roles, then for the member. A thread has no overwrites and follows its
parent. Source: Discord's documentation, topic "Permissions" (hierarchy, overwrites, implicit
permissions, timed out members).
"""

from __future__ import annotations

import enum
from collections.abc import Iterable
from dataclasses import dataclass

from clipsaver.discord_rest import models


class Permission(enum.IntFlag, boundary=enum.KEEP):
    """Those that reading needs, by Discord's bits; others are kept as they come."""

    ADMINISTRATOR = 1 << 3
    VIEW_CHANNEL = 1 << 10
    READ_MESSAGE_HISTORY = 1 << 16
    CONNECT = 1 << 20
    MANAGE_THREADS = 1 << 34

    @property
    def title(self) -> str:
        """As Discord's client calls it: `Read Message History`."""
        return str(self.name).replace("_", " ").title()


NOTHING = Permission(0)
EVERYTHING = Permission((1 << 64) - 1)
_NEEDED_BY_ALL = Permission.VIEW_CHANNEL | Permission.READ_MESSAGE_HISTORY
INVITED_WITH = _NEEDED_BY_ALL | Permission.CONNECT | Permission.MANAGE_THREADS
"""What an invite should ask for: enough to read everything, and nothing that changes anything."""

_TEXT, _VOICE, _CATEGORY, _DIRECTORY, _STAGE = 0, 2, 4, 14, 13
_TIMED_OUT_KEEPS = _NEEDED_BY_ALL


@dataclass(frozen=True, slots=True)
class Member:
    """The bot in one guild: everything that its permissions there follow from."""

    user_id: str
    guild_id: str
    owns_guild: bool
    base: Permission
    """What its roles allow, before a channel says otherwise."""
    roles: frozenset[str]
    """Ids of its roles; `@everyone` is not among them."""
    is_timed_out: bool = False


def member_of(guild: models.Guild, member: models.Member, user_id: str, *, now: float) -> Member:
    """The bot as a member of the guild; `now` (Unix seconds) tells whether it is timed out.

    Raises ValueError for permissions that are no number.
    """
    roles = frozenset(member.roles)
    base = NOTHING
    for role in guild.roles:
        if role.id == guild.id or role.id in roles:
            base |= _read(role.permissions)
    until = member.communication_disabled_until
    return Member(
        user_id=user_id,
        guild_id=guild.id,
        owns_guild=guild.owner_id == user_id,
        base=base,
        roles=roles,
        is_timed_out=until is not None and until.timestamp() > now,
    )


def permissions_in(member: Member, overwrites: Iterable[models.Overwrite]) -> Permission:
    """What the member may do in a channel with these overwrites; of a thread, its parent's.

    Raises ValueError for permissions that are no number.
    """
    if member.owns_guild or Permission.ADMINISTRATOR in member.base:
        return EVERYTHING
    found = member.base
    by_id = {overwrite.id: overwrite for overwrite in overwrites}
    of_roles = [by_id[role] for role in member.roles if role in by_id]
    for step in (
        [by_id[member.guild_id]] if member.guild_id in by_id else [],
        of_roles,
        [by_id[member.user_id]] if member.user_id in by_id else [],
    ):
        allow = deny = NOTHING
        for overwrite in step:
            allow |= _read(overwrite.allow)
            deny |= _read(overwrite.deny)
        found = found & ~deny | allow
    if Permission.VIEW_CHANNEL not in found:
        return NOTHING  # who cannot see a channel can do nothing there, whatever else is allowed
    return found & _TIMED_OUT_KEEPS if member.is_timed_out else found


def needed_to_read(channel_type: int) -> Permission:
    """What reading all of a channel's messages, or a forum's posts, takes; nothing for a folder."""
    if channel_type in (_CATEGORY, _DIRECTORY):
        return NOTHING
    if channel_type in (_VOICE, _STAGE):
        return _NEEDED_BY_ALL | Permission.CONNECT
    return _NEEDED_BY_ALL


def missing_to_read(channel_type: int, permissions: Permission) -> Permission:
    """What is needed to read it and not there."""
    return needed_to_read(channel_type) & ~permissions


def hides_private_threads(channel_type: int, permissions: Permission) -> bool:
    """Whether its archived private threads can be listed only where the bot is a member of them."""
    return channel_type == _TEXT and Permission.MANAGE_THREADS not in permissions


def titles(permissions: Permission) -> tuple[str, ...]:
    """Each permission by the name that Discord's client gives it."""
    return tuple(one.title for one in Permission if one in permissions)


def invite_link(application_id: str) -> str:
    """Where somebody who manages a server adds the bot, or gives it what it lacks."""
    return (
        f"https://discord.com/oauth2/authorize?client_id={application_id}&scope=bot"
        f"&permissions={int(INVITED_WITH)}"
    )


def _read(text: str) -> Permission:
    return Permission(int(text))
