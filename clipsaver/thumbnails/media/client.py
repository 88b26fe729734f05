"""The media client: what the rest of clipsaver asks of Discord's CDN and its media proxy.

async with open_media(config.discord.media_hosts) as media:
    budget = Budget()
    first = await media.ranges(url, budget=budget).read(0, 131_072)
    picture = await media.still(url, size=(1920, 1080), box=(640, 360), budget=budget)
"""

from __future__ import annotations

import ssl
from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from types import MappingProxyType

import httpx
import trio

from clipsaver.thumbnails.errors import (
    MediaTooLarge,
    MediaUnavailable,
    StillUnsupported,
)
from clipsaver.thumbnails.media.budget import Budget
from clipsaver.thumbnails.media.connecting import Connector, Resolve, resolve
from clipsaver.thumbnails.media.fetching import Fetcher, Reply
from clipsaver.thumbnails.media.hosts import MediaHosts, shown
from clipsaver.thumbnails.media.limits import Limits
from clipsaver.thumbnails.media.range_file import RangeFile
from clipsaver.thumbnails.media.refusals import Broken, refusal
from clipsaver.thumbnails.media.stills import Size, is_still, still_url
from clipsaver.thumbnails.ranges import AsyncRanges
from clipsaver.trio_io.http import H11Transport, HttpStatistics

_ABOUT_THE_LINK = frozenset({401, 403, 404, 410, 451})
"""What the proxy says of a link; any other 4xx is about the file."""
_LEAST_STILL_BYTES = 1024
"""What a still is taken to cost before it is there."""


@dataclass(frozen=True, slots=True)
class MediaStatistics:
    """What the client did since it was made."""

    requests: int
    bytes_read: int
    """Of bodies."""
    retries: int
    answers: Mapping[int, int]
    """Status -> count."""
    http: HttpStatistics


@asynccontextmanager
async def open_media(
    hosts: Iterable[str],
    *,
    limits: Limits | None = None,
    max_connections: int = 64,
    tls: ssl.SSLContext | None = None,
    resolve: Resolve = resolve,
) -> AsyncIterator[MediaClient]:
    """A client for these hosts, as `discord.media_hosts` names them.

    `max_connections` is how many requests may be under way. `tls` and `resolve` replace whose
    certificates are believed and the system's resolver. Nothing is sent yet.
    """
    transport = H11Transport(
        max_connections=max_connections, tls=tls, open_stream=Connector(resolve).open_stream
    )
    try:
        yield MediaClient(MediaHosts(hosts), transport, limits or Limits())
    finally:
        with trio.move_on_after(2, shield=True):
            await transport.aclose()


class MediaClient:
    """Fetches files from the hosts that it may. Made by `open_media`; for any number of tasks."""

    def __init__(self, hosts: MediaHosts, transport: H11Transport, limits: Limits) -> None:
        self._hosts = hosts
        self._transport = transport
        self._limits = limits
        self._fetcher = Fetcher(transport, limits)
        self._still_slots = trio.CapacityLimiter(limits.stills_at_once)

    def ranges(self, url: str, *, budget: Budget) -> AsyncRanges:
        """A file in ranges; what they cost is taken from the budget.

        Raises MediaForbidden for what may not be fetched. Nothing is sent yet.
        """
        return RangeFile(self._fetcher, self._hosts.checked(url), budget)

    async def still(self, url: str, *, size: Size | None, box: Size, budget: Budget) -> bytes:
        """The media proxy's still of a video: a WebP, JPEG or PNG, as it comes.

        `url` is the video's own link, `size` its width and height where they are known, and `box`
        what the still has to fit in. Raises StillUnsupported where the proxy has none, and the
        other errors of `thumbnails.errors`.
        """
        asked = self._hosts.checked(still_url(self._hosts.checked(url), size=size, box=box))
        async with self._still_slots:
            try:
                return await self._still(asked, budget)
            except Broken:
                self._fetcher.tally.retries += 1
                await trio.sleep(self._limits.retry_pause_s)
            try:
                return await self._still(asked, budget)
            except Broken as broken:
                raise MediaUnavailable(
                    f"{shown(str(asked))}: {broken}, and again when asked once more"
                ) from None

    def statistics(self) -> MediaStatistics:
        """Counts since the beginning, and connections now."""
        tally = self._fetcher.tally
        return MediaStatistics(
            requests=tally.requests,
            bytes_read=tally.bytes_read,
            retries=tally.retries,
            answers=MappingProxyType(dict(tally.answers)),
            http=self._transport.statistics(),
        )

    async def _still(self, url: httpx.URL, budget: Budget) -> bytes:
        where = shown(str(url))
        async with self._fetcher.ask(url, budget, _LEAST_STILL_BYTES, {}) as reply:
            if reply.status == 200:
                return await self._picture(reply, where)
            await reply.skip()
            if 400 <= reply.status < 500 and reply.status not in (*_ABOUT_THE_LINK, 408, 425):
                raise StillUnsupported(
                    f"{where}: the media proxy makes no still of this file (HTTP {reply.status})"
                )
            raise refusal(where, reply.status, reply.headers, reply.wait_s)

    async def _picture(self, reply: Reply, where: str) -> bytes:
        content_type = reply.headers.get("content-type", "")
        if not content_type.lower().startswith("image/"):
            raise StillUnsupported(
                f"{where}: the media proxy sends no picture but {content_type!r}"
            )
        most = self._limits.max_still_bytes
        content = b"" if (reply.length or 0) > most else await reply.body(most + 1)
        if (reply.length or len(content)) > most:
            raise MediaTooLarge(f"{where}: a still of more than {most:,} bytes is not taken")
        if not is_still(content_type, content):
            raise StillUnsupported(
                f"{where}: what the media proxy sends as {content_type!r} is no such picture"
            )
        return content
