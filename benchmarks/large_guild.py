"""A guild of many channels and threads, before a simulator that enforces limits, in a process of
its own, until standard input is closed.

python -m benchmarks.large_guild '{"messages": 1000000, "full": false}'

Speaks as `limited_discord` does. The guild: channels of which two are forums, and threads in the
others and in those. A few of them are long and most are short, as in grown servers; the longest has
15 messages of each 1,000 of the guild.
"""

from __future__ import annotations

import json
import random
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass

import trio

from benchmarks.limited_discord import SEARCH, Recorded, say
from clipsaver.simulator import Fault, Limits, Rate, World, open_simulator
from clipsaver.simulator.dice import seed_of
from clipsaver.simulator.files.links import DAY_S
from clipsaver.simulator.timeline import Timeline
from clipsaver.simulator.world.channels import Channel, ChannelType
from clipsaver.simulator.world.history import History
from clipsaver.simulator.writing.authors import cast
from clipsaver.simulator.writing.kinds.mix import full_mix, simple_mix
from clipsaver.simulator.writing.scribe import Scribe

SEED = 7
LATENCY_S, JITTER_S = 0.11, 0.02
IN_THREADS = 0.2
"""Their share of the messages."""
FORUMS = 2


@dataclass(frozen=True)
class Wishes:
    """What is to be served."""

    messages: int = 1_000_000
    channels: int = 200
    threads: int = 300
    clip_share: float = 0.01
    search: tuple[int, float] = (20, 1.0)
    """So many searches in so many seconds."""
    full: bool = False
    """Messages of every kind, instead of talk and clips that are plain uploads."""


def sizes(count: int, total: int, most: int) -> list[int]:
    """So many numbers that make up the total, falling from the most that one may be."""
    # One each, and of the rest more and more: the mean of u**bend is 1 / (bend + 1).
    bend = (most - 1) * count / (total - count) - 1
    found = [1 + int((most - 1) * ((at + 0.5) / count) ** bend) for at in range(count)]
    left = total - sum(found)
    for at in range(count - 1):  # what rounding down left over, for all but the longest
        found[at] += left // (count - 1) + (at < left % (count - 1))
    random.Random(SEED).shuffle(found)
    return found


def grown(wishes: Wishes) -> World:
    """The guild."""
    most = wishes.messages * 15 // 1000
    in_threads = int(wishes.messages * IN_THREADS)
    rooms = wishes.channels - FORUMS
    world = World.generate(
        seed=SEED,
        channels=rooms,
        messages=sizes(rooms, wishes.messages - in_threads, most),
        clip_share=wishes.clip_share,
        simple=not wishes.full,
        thread_messages=0,
    )
    (guild_id,) = world.guilds
    for number in range(FORUMS):
        world.open_channel(guild_id, f"forum-{number + 1}", kind=ChannelType.FORUM)
    parents = [
        channel
        for channel in world.channels.values()
        if channel.type in (ChannelType.TEXT, ChannelType.FORUM)
    ]
    # Forums first, so that each has many: four of their threads for each of another channel.
    parents.sort(key=lambda channel: channel.type is not ChannelType.FORUM)
    for number, length in enumerate(sizes(wishes.threads, in_threads, most // 3)):
        start_thread(world, parents[number % len(parents)], number, length, wishes)
    return world


def start_thread(world: World, parent: Channel, number: int, length: int, wishes: Wishes) -> None:
    """One that begins with its first message; two of three are in the archive."""
    is_archived = number % 3 > 0
    end_ms = int((time.time() - 600 - (number * DAY_S if is_archived else 0)) * 1000)
    timeline = Timeline.ending(
        seed=seed_of(SEED, 1, number), end_ms=end_ms, gap_ms=120_000, length=length
    )
    thread_id = timeline.id_at(0)
    world.channels[thread_id] = Channel(
        thread_id,
        parent.guild_id,
        ChannelType.PUBLIC_THREAD,
        f"thread {number + 1}",
        parent_id=parent.channel_id,
        archived_ms=end_ms if is_archived else None,
    )
    share = wishes.clip_share
    mix = full_mix(share) if wishes.full else simple_mix(share)
    world.histories[thread_id] = History(
        Scribe(seed_of(SEED, 2, number), thread_id, parent.guild_id, timeline, mix, cast(SEED))
    )


def planted(world: World) -> Iterator[tuple[str, str]]:
    """Each clip that is to be found, and where in its message it is."""
    links = world.links()
    for history in world.histories.values():
        for place in history.places_beyond_text():
            for clip in history.read(place, links).planted:
                if clip.by_default:
                    yield clip.clip_id, clip.source


async def main(wishes: Wishes) -> None:
    """Serves until its parent ends."""
    world = grown(wishes)
    (guild_id,) = world.guilds
    world.searched(guild_id).prepared()
    lengths = [len(history) for history in world.histories.values()]
    book = Recorded(Limits(per_route=Rate(5, 5.0), routes={SEARCH: Rate(*wishes.search)}))
    async with open_simulator(world, limits=book, pages_limit_bytes=1 << 30) as simulator:
        simulator.faults.always("*", Fault.latency(LATENCY_S, JITTER_S))
        book.is_on = True
        say(
            api_url=simulator.api_url,
            token=simulator.token,
            guild=str(guild_id),
            clips=dict(planted(world)),
            messages=sum(lengths),
            readable=len(lengths),
            longest=max(lengths),
        )
        while await trio.to_thread.run_sync(sys.stdin.readline):
            say(**book.told(trio.current_time()))


if __name__ == "__main__":
    trio.run(main, Wishes(**json.loads(sys.argv[1])))
