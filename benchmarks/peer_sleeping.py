"""The peer: an httpx loop that knows no limits and sleeps `retry_after` when it is refused.

    python -m benchmarks.peer_sleeping API_URL TOKEN CHANNEL...

What the clip savers of today do who use no Discord library. Fetching and filtering only: nothing is
stored. Prints messages and clips as JSON.
"""

from __future__ import annotations

import asyncio
import json
import sys
from typing import Any

import httpx


async def page_of(client: httpx.AsyncClient, channel_id: str, before: str | None) -> list[Any]:
    """Up to 100 messages, newest first, however often it takes."""
    query = {"limit": "100"} | ({"before": before} if before else {})
    while True:
        answer = await client.get(f"/channels/{channel_id}/messages", params=query)
        if answer.status_code != httpx.codes.TOO_MANY_REQUESTS:
            page: list[Any] = answer.raise_for_status().json()
            return page
        await asyncio.sleep(answer.json()["retry_after"])


async def read(client: httpx.AsyncClient, channel_id: str) -> tuple[int, int]:
    """Messages and clips of one channel, read to its beginning."""
    messages = clips = 0
    before = None
    while page := await page_of(client, channel_id, before):
        messages += len(page)
        clips += sum(
            (attachment.get("content_type") or "").startswith("video/")
            for message in page
            for attachment in message["attachments"]
        )
        before = page[-1]["id"]
    return messages, clips


async def main(api_url: str, token: str, channels: list[str]) -> None:
    """Reads all channels at once, as a script for many channels would."""
    headers = {"Authorization": f"Bot {token}"}
    async with httpx.AsyncClient(base_url=api_url, headers=headers, timeout=30.0) as client:
        totals = await asyncio.gather(*(read(client, channel) for channel in channels))
    messages, clips = (sum(column) for column in zip(*totals, strict=True))
    print(json.dumps({"messages": messages, "clips": clips}))


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], sys.argv[2], sys.argv[3:]))
