"""Two simulated guilds in a process of its own, until standard input is closed.

python -m benchmarks.two_guilds '{"channels": 40, "messages": 4000}'

Prints what it is as one line of JSON. Each answer takes some time, so that pages are on their way
whenever somebody looks.
"""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass

import trio

from benchmarks.limited_discord import render, say
from clipsaver.simulator import Fault, World, open_simulator

LATENCY_S, JITTER_S = 0.1, 0.05


@dataclass(frozen=True)
class Wishes:
    """What is to be served."""

    channels: int
    """In each guild."""
    messages: int
    """In each channel."""
    clip_share: float = 0.2
    seed: int = 7


def planted(world: World, guild_id: int) -> int:
    """How many clips there are in a guild."""
    links = world.links()
    histories = [world.histories[one.channel_id] for one in world.readable_channels(guild_id)]
    return sum(
        len(history.read(place, links).planted)
        for history in histories
        for place in history.places_beyond_text()
    )


async def main(wishes: Wishes) -> None:
    """Serves until its parent ends."""
    world = World.generate(
        seed=wishes.seed, guilds=2, channels=wishes.channels, messages=wishes.messages,
        clip_share=wishes.clip_share, simple=True,
    )  # fmt: skip
    channels = {guild: [one.channel_id for one in world.readable_channels(guild)]
                for guild in world.guilds}  # fmt: skip
    async with open_simulator(world, pages_limit_bytes=2 << 30) as simulator:
        for some in channels.values():
            render(simulator, some, wishes.messages)
        simulator.faults.always("*", Fault.latency(LATENCY_S, JITTER_S))
        say(
            api_url=simulator.api_url,
            media_host=simulator.media_host,
            token=simulator.token,
            guilds=[str(guild) for guild in channels],
            channels=[[str(one) for one in some] for some in channels.values()],
            clips=[planted(world, guild) for guild in channels],
        )
        await trio.to_thread.run_sync(sys.stdin.read)


if __name__ == "__main__":
    trio.run(main, Wishes(**json.loads(sys.argv[1])))
