"""Which guilds the bot has left, by what Discord lists and says of each. Pure.

A list that is wrong must not cost a guild its clips: what it lacks is asked for one by one, and a
list that holds none of the recorded guilds is most likely another bot's.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from clipsaver.errors import DiscordError
from clipsaver.records import RecordedGuild

_NOT_THERE = frozenset({(404, 10004), (403, 50001)})
"""Unknown Guild, and Missing Access. Source: Discord's documentation, "JSON Error Codes"."""


@dataclass(frozen=True, slots=True)
class Membership:
    """What a list says of the recorded guilds."""

    missing: tuple[RecordedGuild, ...] = ()
    """Not listed, and not known to have been left: to be asked for."""
    back: tuple[RecordedGuild, ...] = ()
    """Listed, though they had been left."""
    still_out: tuple[RecordedGuild, ...] = ()
    """Left before, and not listed now either."""


def compare(
    recorded: Sequence[RecordedGuild], listed: Collection[int], *, is_same_bot: bool
) -> Membership | None:
    """What is to be done; None where the list is not believed.

    `is_same_bot`: it is known to be the bot whose list was believed before. Its list is believed
    also where none of the recorded guilds is in it, since it may have left the only one.
    """
    stored = [one for one in recorded if one.has_rows or one.left_at is not None]
    is_strange = bool(stored) and not any(one.guild_id in listed for one in stored)
    if is_strange and not is_same_bot:
        return None
    out = [one for one in stored if one.guild_id not in listed]
    return Membership(
        missing=tuple(one for one in out if one.left_at is None),
        back=tuple(one for one in stored if one.guild_id in listed and one.left_at is not None),
        still_out=tuple(one for one in out if one.left_at is not None),
    )


def proves_absence(error: DiscordError) -> bool:
    """Whether it is Discord's answer to a bot that is not in the guild that it asks for."""
    return (error.status, error.code) in _NOT_THERE


def purge_due_at(left_at: datetime, after_s: float) -> datetime | None:
    """When a guild that was left is purged; None = never."""
    return left_at + timedelta(seconds=after_s) if after_s else None


def is_due(guild: RecordedGuild, after_s: float, now: datetime) -> bool:
    """Whether it is to be purged now."""
    if guild.left_at is None or not guild.has_rows:
        return False
    due_at = purge_due_at(guild.left_at, after_s)
    return due_at is not None and due_at <= now
