"""Single objects: decoded once, held to what was asked for."""

from __future__ import annotations

from functools import partial

import msgspec

from clipsaver import snowflake
from clipsaver.discord_rest import models
from clipsaver.discord_rest.decoding import decode

_DIRECT = (1, 3)
"""Channel types that belong to no guild: messages between two and among a few."""

read_user = partial(decode, msgspec.json.Decoder(models.User))
read_application = partial(decode, msgspec.json.Decoder(models.Application))
read_member = partial(decode, msgspec.json.Decoder(models.Member))
_channel = partial(decode, msgspec.json.Decoder(models.Channel))
_guild = partial(decode, msgspec.json.Decoder(models.Guild))


def read_channel(channel_id: int, body: bytes) -> models.Channel:
    """The channel that was asked for.

    Raises ValueError for another one, and where its guild or an id is not told: a job would be
    given up for that.
    """
    channel: models.Channel = _channel(body)
    if snowflake.read(channel.id) != channel_id:
        raise ValueError(f"it is about channel {channel.id}")
    if channel.guild_id is None and channel.type not in _DIRECT:
        raise ValueError(f"it does not tell the guild of channel {channel_id}")
    for told in (channel.guild_id, channel.parent_id, channel.last_message_id):
        if isinstance(told, str):
            snowflake.read(told)
    return channel


def read_guild(guild_id: int, body: bytes) -> models.Guild:
    """The server that was asked for. Raises ValueError for another one."""
    guild: models.Guild = _guild(body)
    if snowflake.read(guild.id) != guild_id:
        raise ValueError(f"it is about guild {guild.id}")
    return guild
