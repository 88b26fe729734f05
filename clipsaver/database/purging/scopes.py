"""What a purge is about, in the words of SQL: which channels, and which clips. Pure.

Clips are looked at in the order of an index that begins with what they have in common: a guild, a
channel at a time, an author. What belongs to the purge is said of each row that a look finds, and
not asked for: else a look for an author's clips in one guild would read all those in others before
it found as many as it may return.
"""

from __future__ import annotations

from typing import Any

from clipsaver.records import PurgeScope, PurgeTarget
from clipsaver.records.channels import THREADS

_NEXT = "c.channel_id > %(after)s order by c.channel_id limit %(rows)s"
_THIS = "select %(channel)s::bigint as channel_id"
# The channels of a category are not part of it.
_THREADS = f"""
    select c.channel_id from channels c
    where c.parent_id = %(channel)s and c.type in {THREADS} and {_NEXT}
"""  # noqa: S608 -- constants
_OF_ALL = f"select c.channel_id from channels c where {_NEXT}"  # noqa: S608 -- constants
_OF_GUILD = f"select c.channel_id from channels c where c.guild_id = %(guild)s and {_NEXT}"  # noqa: S608 -- constants
_CHANNELS = {
    PurgeScope.GUILD: _OF_GUILD,
    PurgeScope.CHANNEL: (
        f"select c.channel_id from ({_THIS} union all ({_THREADS})) c where {_NEXT}"  # noqa: S608 -- constants
    ),
    PurgeScope.AUTHOR: _OF_GUILD,
    PurgeScope.MESSAGES: f"select c.channel_id from ({_THIS}) c where {_NEXT}",  # noqa: S608 -- constants
}

_IN_GUILD = "(%(guild)s::bigint is null or guild_id = %(guild)s)"
_LANES = {
    PurgeScope.GUILD: ("guild_id = %(guild)s", "true"),
    PurgeScope.CHANNEL: ("channel_id = %(lane)s", "true"),
    PurgeScope.AUTHOR: ("author_id = %(author)s", _IN_GUILD),
    PurgeScope.MESSAGES: ("message_id = any(%(messages)s)", "channel_id = %(channel)s"),
}


def channels_after(target: PurgeTarget) -> str:
    """A query for the ids of the target's next %(rows)s channels after %(after)s, in order.

    Those of an author are all in which the author may have posted. Of a channel it may name one
    that is not on record.
    """
    if target.scope is PurgeScope.AUTHOR and target.guild_id is None:
        return _OF_ALL
    return _CHANNELS[target.scope]


def has_lanes(target: PurgeTarget) -> bool:
    """Whether its clips are looked at channel by channel."""
    return target.scope is PurgeScope.CHANNEL


def is_in_order(target: PurgeTarget) -> bool:
    """Whether an index has the clips of its lane in the order that is asked for."""
    return target.scope is not PurgeScope.MESSAGES


def clips_after(target: PurgeTarget) -> str:
    """A query for its next clips after (%(message)s, %(clip)s) and up to %(end)s, in order.

    Rows are (clip_id, message_id, author_id, whether it is one of the target's), %(rows)s at most.
    """
    lane, is_meant = _LANES[target.scope]
    return (
        f"select clip_id, message_id, author_id, {is_meant} as is_meant from clips "  # noqa: S608 -- constants
        f"where {lane} and (message_id, clip_id) > (%(message)s, %(clip)s) "
        "and message_id <= %(end)s order by message_id, clip_id limit %(rows)s"
    )


def values_of(target: PurgeTarget) -> dict[str, Any]:
    """The parameters that these queries have in common."""
    return {
        "guild": target.guild_id,
        "channel": target.channel_id,
        "author": target.author_id,
        "messages": list(target.message_ids),
    }
