"""Channels and threads that come into being while a world is served."""

from __future__ import annotations

from clipsaver.simulator.dice import seed_of
from clipsaver.simulator.timeline import Timeline, snowflake, unix_ms
from clipsaver.simulator.world.channels import Channel, ChannelType
from clipsaver.simulator.world.history import History
from clipsaver.simulator.writing.authors import Cast
from clipsaver.simulator.writing.kinds.mix import simple_mix
from clipsaver.simulator.writing.scribe import Scribe, Starter

_LOW_BITS = (1 << 22) - 1
_THREADS_OF = {
    ChannelType.TEXT: (ChannelType.PUBLIC_THREAD, ChannelType.PRIVATE_THREAD),
    ChannelType.ANNOUNCEMENT: (ChannelType.ANNOUNCEMENT_THREAD,),
    ChannelType.FORUM: (ChannelType.PUBLIC_THREAD,),
    ChannelType.MEDIA: (ChannelType.PUBLIC_THREAD,),
}


def fresh_id(moment_ms: int, *about: int) -> int:
    """The id of something made at this moment; what it is about tells it from others of it."""
    return snowflake(moment_ms, seed_of(*about) & _LOW_BITS)


def thread_type(parent: Channel, *, private: bool) -> ChannelType:
    """What kind of thread such a parent can have; ValueError if it can have none."""
    kinds = _THREADS_OF.get(parent.type, ())
    wanted = [kind for kind in kinds if (kind is ChannelType.PRIVATE_THREAD) is private]
    if not wanted:
        raise ValueError(
            f"channel {parent.channel_id} is of type {parent.type.name} and has no "
            f"{'private' if private else 'public'} threads"
        )
    return wanted[0]


def empty_history(channel: Channel, *, people: Cast, starter: Starter | None = None) -> History:
    """A channel in which nothing was posted yet."""
    return History(
        Scribe(
            seed=seed_of(channel.channel_id),
            channel_id=channel.channel_id,
            guild_id=channel.guild_id,
            timeline=Timeline(seed=0, start_ms=unix_ms(channel.channel_id), gap_ms=1, length=0),
            mix=simple_mix(0.0),
            people=people,
            starter=starter,
        )
    )
