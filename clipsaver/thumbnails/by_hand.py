"""One thumbnail without a worker and without stores: to see how a clip does, or why it fails."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import trio

from clipsaver.errors import ClipsaverError
from clipsaver.signed_links import expires_at
from clipsaver.thumbnails.decoder.decoders import Decoders, limits_for, open_decoders
from clipsaver.thumbnails.decoder.layers.probe import Isolation
from clipsaver.thumbnails.errors import MediaEmpty, ThumbnailError
from clipsaver.thumbnails.ladder import Source
from clipsaver.thumbnails.local_file import open_local_file
from clipsaver.thumbnails.making import Missed, Tools, make_thumbnail
from clipsaver.thumbnails.media.client import open_media
from clipsaver.thumbnails.media.links import Link
from clipsaver.thumbnails.picture.found import Picture
from clipsaver.thumbnails.picture.wanted import Wanted


class LinkSpent(ThumbnailError):
    """The link does not serve, and without the clip's message nobody can sign it anew."""

    reason = "link_refused"


@dataclass(frozen=True, slots=True)
class Spent:
    """What an attempt cost, whatever came of it."""

    requests: int
    """Reads, of a file of this machine."""
    bytes_read: int
    seconds: float
    """From the first byte that was asked for to the picture."""
    start_s: float
    """Until the decoders were ready, which a worker does once."""
    cpu_s: float
    """Of the decoder, as the next."""
    peak_bytes: int
    """The most memory that it held; 0 where that is not known."""


@dataclass(frozen=True, slots=True)
class Attempt:
    """What came of it: either a picture, or an error and words."""

    isolation: Isolation
    spent: Spent
    picture: Picture | None = None
    source: Source | None = None
    error: ClipsaverError | None = None
    words: str = ""


async def try_file(path: Path, wanted: Wanted) -> Attempt:
    """Decodes a file of this machine. Raises UsageError and DecoderUnavailable."""
    async with open_local_file(path) as file, open_decoders(limits_for(wanted)) as decoders:
        clock = await _started(decoders)
        try:
            if not file.size:
                raise MediaEmpty("there is not one byte in it")
            picture = await decoders.picture(file, wanted)
        except ThumbnailError as error:
            return clock.failed(error, str(error))
        return clock.made(picture, Source.DECODE)


async def try_link(
    url: str, wanted: Wanted, *, hosts: Iterable[str], sources: Sequence[Source], max_bytes: int
) -> Attempt:
    """Makes it as a worker would, the link taken as it is. Raises DecoderUnavailable."""
    async with open_media(hosts) as media, open_decoders(limits_for(wanted)) as decoders:
        tools = Tools(media, decoders, _cannot_sign, sources, wanted, max_bytes)
        link = Link("", 0, 0, url, expires_at(url))
        clock = await _started(decoders)
        try:
            made = await make_thumbnail(link, tools, size=None, was_signed=False)
        except Missed as missed:
            said = media.statistics()
            return clock.failed(missed.error, str(missed), said.requests, said.bytes_read)
        return clock.made(made.picture, made.source, made.requests, made.bytes_read)


async def _cannot_sign(link: Link) -> Link:
    ended = "" if link.expires_at is None else f" (its signature ends {link.expires_at:%F %T} UTC)"
    raise LinkSpent(
        f"the link is refused{ended}: it has expired, or its file is gone; copy it anew from "
        "Discord"
    )


async def _started(decoders: Decoders) -> _Clock:
    began = trio.current_time()
    isolation = await decoders.start()
    return _Clock(decoders, isolation, began, trio.current_time())


@dataclass(frozen=True, slots=True)
class _Clock:
    decoders: Decoders
    isolation: Isolation
    began: float
    ready: float

    def made(
        self, picture: Picture, source: Source, requests: int | None = None, bytes_read: int = 0
    ) -> Attempt:
        return Attempt(self.isolation, self._spent(requests, bytes_read), picture, source)

    def failed(
        self, error: ClipsaverError, words: str, requests: int | None = None, bytes_read: int = 0
    ) -> Attempt:
        spent = self._spent(requests, bytes_read)
        return Attempt(self.isolation, spent, error=error, words=words)

    def _spent(self, requests: int | None, bytes_read: int) -> Spent:
        """Without other counts, those of the decoder."""
        used = self.decoders.statistics()
        return Spent(
            requests=used.requests if requests is None else requests,
            bytes_read=used.bytes_read if requests is None else bytes_read,
            seconds=trio.current_time() - self.ready,
            start_s=self.ready - self.began,
            cpu_s=used.cpu_s,
            peak_bytes=used.peak_bytes,
        )
