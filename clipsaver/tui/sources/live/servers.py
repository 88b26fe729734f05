"""Embedded servers for an asyncio program: a thread with a Trio loop of its own holds them.

They are started, shared and started again as for every other command; nothing of Trio runs in the
asyncio loop.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import structlog
import trio

from clipsaver.embedded import open_servers

_END_S = 95.0
"""A little more than `open_servers` takes at worst to stop them."""

_log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class ServerUrls:
    """Of the servers that run; None for one that was not asked for."""

    redis: str | None = None
    database: str | None = None


@asynccontextmanager
async def hold_servers(data_dir: Path, *, redis: bool, database: bool) -> AsyncIterator[ServerUrls]:
    """The embedded servers that are asked for, for the time of the block.

    Raises EmbeddedServerError where one cannot be started. Ends when they are left, which takes
    some ten ms; a start that is cancelled is given up at once.
    """
    if not (redis or database):
        yield ServerUrls()
        return
    holder = _Holder(data_dir, redis=redis, database=database)
    thread = threading.Thread(target=holder.run, name="embedded servers")
    thread.start()
    try:
        yield await holder.urls
    finally:
        holder.end()
        # Whatever else is cancelled: who was the last to use them stops them before it ends.
        await asyncio.shield(asyncio.to_thread(thread.join, _END_S))


class _Holder:
    """What the thread does, and how it and the loop of its maker talk."""

    def __init__(self, data_dir: Path, *, redis: bool, database: bool) -> None:
        self._data_dir, self._redis, self._database = data_dir, redis, database
        self._loop = asyncio.get_running_loop()
        self.urls: asyncio.Future[ServerUrls] = self._loop.create_future()
        self._scope = trio.CancelScope()
        self._token: trio.lowlevel.TrioToken | None = None
        self._lock = threading.Lock()
        self._is_ending = False

    def run(self) -> None:
        """In the thread."""
        try:
            trio.run(self._hold)
        except BaseException as error:  # noqa: BLE001 -- the maker raises it
            self._tell(error)

    def end(self) -> None:
        """From the loop; the thread ends soon."""
        with self._lock:
            self._is_ending = True
            if self._token is None:
                return
            try:
                self._token.run_sync_soon(self._scope.cancel)
            except trio.RunFinishedError:
                return

    async def _hold(self) -> None:
        with self._lock:
            self._token = trio.lowlevel.current_trio_token()
            if self._is_ending:
                self._scope.cancel()
        with self._scope:
            async with open_servers(
                self._data_dir, valkey=self._redis, postgres=self._database
            ) as servers:
                self._tell(ServerUrls(servers.redis_url, servers.database_url))
                await servers.keep_running()

    def _tell(self, news: ServerUrls | BaseException) -> None:
        try:
            self._loop.call_soon_threadsafe(self._hear, news)
        except RuntimeError:  # the loop has ended: nobody waits
            return

    def _hear(self, news: ServerUrls | BaseException) -> None:
        if isinstance(news, ServerUrls):
            if not self.urls.done():
                self.urls.set_result(news)
        elif not self.urls.done():
            self.urls.set_exception(news)
        elif not self._is_ending:  # the servers run on, and nobody starts them again
            _log.error("embedded.left_alone", error=repr(news))
