"""What the thread does that holds embedded servers, and how it talks to the loop of its maker."""

from __future__ import annotations

import asyncio
import threading
from dataclasses import dataclass
from pathlib import Path

import structlog
import trio

from clipsaver.embedded import open_servers

_log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class ServerUrls:
    """Of the servers that run; None for one that was not asked for."""

    redis: str | None = None
    database: str | None = None


class Holder:
    """`run` is for a thread, all else for the loop of its maker."""

    def __init__(
        self, data_dir: Path, loop: asyncio.AbstractEventLoop, *, redis: bool, database: bool
    ) -> None:
        self._data_dir, self._redis, self._database = data_dir, redis, database
        self._loop = loop
        self.urls: asyncio.Future[ServerUrls] = loop.create_future()
        self._scope = trio.CancelScope()
        self._token: trio.lowlevel.TrioToken | None = None
        self._lock = threading.Lock()
        self._is_ending = False

    def run(self) -> None:
        """In the thread."""
        try:
            trio.run(self._hold)
        except (Exception, BaseExceptionGroup) as error:  # noqa: BLE001 -- the maker raises it
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
