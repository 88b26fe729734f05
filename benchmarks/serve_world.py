"""A simulator without limits in a process of its own, until standard input is closed.

python -m benchmarks.serve_world CLIP_SHARE MESSAGES_PER_CHANNEL CHANNELS
"""

from __future__ import annotations

import json
import sys

import trio

from clipsaver.simulator import World, open_simulator


async def main(clip_share: float, messages: int, count: int) -> None:
    """Prints one line of JSON, serves, and ends with its parent."""
    world = World.generate(
        seed=7, channels=count, messages=messages, clip_share=clip_share, simple=True
    )
    channels = [channel.channel_id for channel in world.readable_channels()]
    async with open_simulator(world, pages_limit_bytes=1 << 30) as simulator:
        facts = {
            "api_url": simulator.api_url,
            "media_host": simulator.media_host,
            "token": simulator.token,
            "guild": str(world.readable_channels()[0].guild_id),
            "channels": [str(channel) for channel in channels],
            "messages": messages * len(channels),
            "clips": sum(1 for channel in channels for _ in world.iter_planted(channel)),
        }
        sys.stdout.write(json.dumps(facts) + "\n")
        sys.stdout.flush()
        await trio.to_thread.run_sync(sys.stdin.read)


if __name__ == "__main__":
    trio.run(main, float(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]))
