"""Where a job is, in as many cells as there are: the channel tells rows apart. Pure."""

from __future__ import annotations

import functools
from collections.abc import Mapping

from rich.cells import cell_len

from clipsaver.tui.sources.seen import Place, Seen
from clipsaver.tui.viewmodel.layout import OF_BOX, OF_CURSOR, cut, widths
from clipsaver.tui.viewmodel.rows import Column, Look
from clipsaver.tui.viewmodel.signs import Signs
from clipsaver.tui.viewmodel.words import NOTHING, safe, tail

_LEAST_OF_GUILD = 4
"""Cells below which the beginning of a guild's name says nothing."""


def where(
    places: Mapping[str, Place], guild_id: str | None, channel_id: str | None, signs: Signs
) -> str:
    """`guild-a #clips`; of what has no name the end of its id."""
    guild, channel = _names(places, guild_id, channel_id, signs)
    return f"{guild} {channel}" if guild and channel else guild or channel or NOTHING


def where_in(
    seen: Seen, guild_id: str | None, channel_id: str | None, look: Look, cells: int
) -> str:
    """The same in so many cells: the guild is shortened first.

    On 80 columns the channel alone will do where all are of one guild.
    """
    guild, channel = _names(seen.common.places, guild_id, channel_id, look.signs)
    if not guild or not channel:
        return cut(guild or channel or NOTHING, cells, look.signs)
    room = cells - cell_len(channel) - 1
    if room < _LEAST_OF_GUILD or (not look.is_wide and _is_of_one_guild(seen)):
        return cut(channel, cells, look.signs)
    return f"{cut(guild, room, look.signs)} {channel}"


def cells_of(columns: tuple[Column, ...], name: str, look_width: int, *, is_wide: bool) -> int:
    """How many cells a column of a list gets on a terminal of that width."""
    return cells_in(columns, name, look_width - OF_BOX - OF_CURSOR, is_wide=is_wide)


@functools.lru_cache(maxsize=64)  # each row asks, and there are hundreds of them
def cells_in(columns: tuple[Column, ...], name: str, cells: int, *, is_wide: bool) -> int:
    """The same of a table in so many cells."""
    shown = [one for one in columns if is_wide or one.is_narrow]
    sizes = widths(shown, cells, is_wide=is_wide)
    return next((size for one, size in zip(shown, sizes, strict=True) if one.name == name), 0)


def _names(
    places: Mapping[str, Place], guild_id: str | None, channel_id: str | None, signs: Signs
) -> tuple[str, str]:
    """Guild and channel; nothing of a guild without a name where the channel is known."""
    place = places.get(channel_id or "") or Place(None, None)
    guild = safe(place.guild or "")
    if not channel_id:
        return guild or _tail_of("guild", guild_id, signs), ""
    channel = safe(place.channel or "")
    return guild, f"#{channel}" if channel else _tail_of("channel", channel_id, signs)


def _is_of_one_guild(seen: Seen) -> bool:
    return len({one.guild for one in seen.common.places.values()}) == 1


def _tail_of(word: str, one: str | None, signs: Signs) -> str:
    return f"{word} {tail(safe(one), 8, signs)}" if one else ""
