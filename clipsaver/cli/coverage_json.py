"""Coverage as one object for a program; ids are strings, as everywhere. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from clipsaver import snowflake
from clipsaver.operating.coverage_looks import Look
from clipsaver.operating.coverage_picture import Life
from clipsaver.ranges import Range


def coverage_json(
    looks: Sequence[Look], settings_hash: str, names: Mapping[str, str], fill: Sequence[str]
) -> dict[str, Any]:
    """`fill` are the commands that read what is not read."""
    return {
        "settings": {"hash": settings_hash, "words": names.get(settings_hash)},
        "channels": [_channel(look, names) for look in looks],
        "fill": list(fill),
    }


def _channel(look: Look, names: Mapping[str, str]) -> dict[str, Any]:
    channel = look.channel
    return {
        "id": str(channel.channel_id),
        "name": channel.name,
        "type": channel.type,
        "guild_id": str(channel.guild_id),
        "guild_name": channel.guild_name,
        "parent_id": None if channel.parent_id is None else str(channel.parent_id),
        "state": look.standing.value,
        "error": channel.access_error,
        "newest_message_id": None
        if channel.last_message_id is None
        else str(channel.last_message_id),
        **_life(look.life, look),
        "other_settings": [
            {
                "hash": way.settings_hash,
                "words": names.get(way.settings_hash),
                **_life(way.life, look),
            }
            for way in look.others
        ],
    }


def _life(life: Life, look: Look) -> dict[str, Any]:
    return {
        "share": life.share,
        "gaps": [{**_stretch(gap), "messages": look.messages_in(gap)} for gap in life.gaps],
        "not_settled": [_stretch(young) for young in life.unsettled],
    }


def _stretch(ids: Range) -> dict[str, Any]:
    upper = ids.upper or ids.lower
    return {
        "first_id": str(ids.lower),
        "next_id": str(upper),
        "from": snowflake.to_datetime(ids.lower),
        "to": snowflake.to_datetime(upper),
        "seconds": (upper - ids.lower) / (1 << 22) / 1000,
    }
