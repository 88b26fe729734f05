"""The peer: discord.py 2.x reads the same channels and keeps the messages that hold videos.

    python -m benchmarks.peer_discord_py API_URL TOKEN CHANNEL...

Fetching and filtering only: nothing is stored. Its login over the gateway is left out, and json is
the standard library's, as without orjson. Prints messages and clips as JSON.
"""

from __future__ import annotations

import asyncio
import json
import sys

import discord
from discord import http


async def read(client: discord.Client, channel_id: int) -> tuple[int, int]:
    """Messages and clips of one channel, read to its beginning."""
    messages = clips = 0
    channel = client.get_partial_messageable(channel_id)
    async for message in channel.history(limit=None):
        messages += 1
        clips += sum(
            (attachment.content_type or "").startswith("video/")
            for attachment in message.attachments
        )
    return messages, clips


async def main(api_url: str, token: str, channels: list[str]) -> None:
    """Reads all channels at once, as a script for many channels would."""
    http.Route.BASE = api_url
    async with discord.Client(intents=discord.Intents.none()) as client:
        await client.http.static_login(token)
        totals = await asyncio.gather(*(read(client, int(channel)) for channel in channels))
    messages, clips = (sum(column) for column in zip(*totals, strict=True))
    print(json.dumps({"messages": messages, "clips": clips}))


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], sys.argv[2], sys.argv[3:]))
