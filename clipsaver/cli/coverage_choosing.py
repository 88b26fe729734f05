"""Which channels on record a person means. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from difflib import get_close_matches

from clipsaver.cli.choosing import place_of_link
from clipsaver.database.coverage_list import ListedChannel
from clipsaver.errors import UsageError
from clipsaver.scanning.guild_map import HOLDS_MESSAGES
from clipsaver.terminal_text import printable


@dataclass(frozen=True, slots=True)
class Chosen:
    """What is to be shown."""

    channels: Sequence[ListedChannel]
    """Those that can hold messages."""
    named: frozenset[int]
    """Channels that were named themselves, with which all of their threads are meant; empty where
    whole guilds are."""


def choose(asked: Sequence[str], channels: Sequence[ListedChannel]) -> Chosen:
    """The channels of these guilds, and these channels with their threads: ids, links and names.

    Without any it is everything. Raises UsageError for what is not on record.
    """
    guilds: set[int] = set()
    named: set[int] = set()
    wrong: list[str] = []
    for one in asked:
        in_guilds, in_channels = _meant(one, channels)
        guilds |= in_guilds
        named |= in_channels
        if not in_guilds and not in_channels:
            wrong.append(_unknown(one, channels))
    if wrong:
        raise UsageError("\n".join(wrong))
    return Chosen(
        [
            one
            for one in channels
            if one.type in HOLDS_MESSAGES
            and (
                not asked
                or one.guild_id in guilds
                or not named.isdisjoint((one.channel_id, one.parent_id))
            )
        ],
        frozenset(named),
    )


def _meant(asked: str, channels: Iterable[ListedChannel]) -> tuple[set[int], set[int]]:
    """Guilds, and channels. An id is one of either; a name with # is a channel's."""
    link = place_of_link(asked)
    if link is not None and link[1] is not None:
        return set(), {one.channel_id for one in channels if str(one.channel_id) == link[1]}
    wanted = link[0] if link is not None else asked
    # The first channel of an old guild has the guild's id: then the guild is meant.
    if guilds := {one.guild_id for one in channels if str(one.guild_id) == wanted}:
        return guilds, set()
    if ids := {one.channel_id for one in channels if str(one.channel_id) == wanted}:
        return set(), ids
    wanted = asked.casefold()
    if guilds := {one.guild_id for one in channels if (one.guild_name or "").casefold() == wanted}:
        return guilds, set()
    wanted = wanted.removeprefix("#")
    return set(), {one.channel_id for one in channels if (one.name or "").casefold() == wanted}


def _unknown(asked: str, channels: Iterable[ListedChannel]) -> str:
    names = {
        name.casefold(): name for one in channels for name in (one.name, one.guild_name) if name
    }
    close = get_close_matches(asked.casefold().removeprefix("#"), names, n=1, cutoff=0.5)
    hint = f"; did you mean {printable(names[close[0]])}?" if close else ""
    return (
        f"{printable(asked)}: there is no such guild or channel in the database{hint} "
        "(clipsaver scan finds what is new)"
    )
