"""Embedded servers for an asyncio program: a thread with a Trio loop of its own holds them.

They are started, shared and started again as for every other command; nothing of Trio runs in the
asyncio loop.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from clipsaver.tui.sources.live.holding import Holder, ServerUrls

_END_S = 95.0
"""A little more than `open_servers` takes at worst to stop them."""


@asynccontextmanager
async def hold_servers(data_dir: Path, *, redis: bool, database: bool) -> AsyncIterator[ServerUrls]:
    """The embedded servers that are asked for, for the time of the block.

    Raises EmbeddedServerError where one cannot be started. Ends when they are left, which takes
    some ten ms; a start that is cancelled is given up at once.
    """
    if not (redis or database):
        yield ServerUrls()
        return
    holder = Holder(data_dir, asyncio.get_running_loop(), redis=redis, database=database)
    thread = threading.Thread(target=holder.run, name="embedded servers")
    thread.start()
    try:
        yield await holder.urls
    finally:
        holder.end()
        # Whatever else is cancelled: who was the last to use them stops them before it ends.
        await asyncio.shield(asyncio.to_thread(thread.join, _END_S))
