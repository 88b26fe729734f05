"""The peer: hikari 2.x reads the same channels and keeps the messages that hold videos.

    python -m benchmarks.peer_hikari API_URL TOKEN CHANNEL...

Fetching and filtering only: nothing is stored. No gateway; json is the standard library's, as
without orjson. Prints messages and clips as JSON.
"""

from __future__ import annotations

import asyncio
import json
import sys

import hikari


async def read(rest: hikari.api.RESTClient, channel_id: int) -> tuple[int, int]:
    """Messages and clips of one channel, read to its beginning."""
    messages = clips = 0
    async for message in rest.fetch_messages(channel_id):
        messages += 1
        clips += sum(
            (attachment.media_type or "").startswith("video/") for attachment in message.attachments
        )
    return messages, clips


async def main(api_url: str, token: str, channels: list[str]) -> None:
    """Reads all channels at once, as a script for many channels would."""
    app = hikari.RESTApp(url=api_url)
    await app.start()
    try:
        async with app.acquire(token, hikari.TokenType.BOT) as rest:
            totals = await asyncio.gather(*(read(rest, int(channel)) for channel in channels))
    finally:
        await app.close()
    messages, clips = (sum(column) for column in zip(*totals, strict=True))
    print(json.dumps({"messages": messages, "clips": clips}))


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], sys.argv[2], sys.argv[3:]))
