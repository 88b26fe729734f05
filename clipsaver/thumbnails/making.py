"""One attempt at one clip: the sources in turn, and a picture or the reason for none."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from clipsaver.errors import ClipsaverError
from clipsaver.thumbnails.decoder.decoders import Decoders
from clipsaver.thumbnails.errors import ThumbnailError
from clipsaver.thumbnails.ladder import Next, Source, after, conclusion, words
from clipsaver.thumbnails.media.budget import Budget
from clipsaver.thumbnails.media.client import MediaClient
from clipsaver.thumbnails.media.links import Link
from clipsaver.thumbnails.picture.errors import PictureError
from clipsaver.thumbnails.picture.found import Picture
from clipsaver.thumbnails.picture.wanted import Wanted

_STILL_REQUESTS = 4
_STILL_BYTES = 8 << 20
"""For a still there is always enough, also where the clip's own bytes were too many."""


class Missed(Exception):
    """There is no picture, and why."""

    def __init__(self, error: ClipsaverError, words: str, source: Source | None = None) -> None:
        """`error` decides what becomes of the clip; `words` tell a person the whole of it.

        `source` was tried last; None where none was.
        """
        super().__init__(words)
        self.error = error
        self.source = source

    @property
    def retry_after_s(self) -> float | None:
        """What a server asked for before the next attempt."""
        return getattr(self.error, "retry_after_s", None)


@dataclass(frozen=True, slots=True)
class Made:
    """A picture, and what it took."""

    picture: Picture
    source: Source
    requests: int
    """Over all sources."""
    bytes_read: int


@dataclass(frozen=True, slots=True)
class Tools:
    """What attempts work with: one for all."""

    media: MediaClient
    decoders: Decoders
    sign: Callable[[Link], Awaitable[Link]]
    """Signs a clip's link anew. Raises MediaGone, and DiscordError where Discord does not tell."""
    sources: Sequence[Source]
    wanted: Wanted
    max_bytes: int
    """Of the file itself that one attempt may fetch."""


async def make_thumbnail(
    link: Link, tools: Tools, *, size: tuple[int, int] | None, was_signed: bool
) -> Made:
    """A picture of the clip. What one source cannot do is left to the next.

    `size` is the clip's width and height as its message said, and `was_signed` whether its link was
    signed just now. Raises Missed.
    """
    budgets = {
        Source.DECODE: Budget(most_bytes=tools.max_bytes),
        Source.DISCORD: Budget(most_requests=_STILL_REQUESTS, most_bytes=_STILL_BYTES),
    }
    failures: list[tuple[Source, ClipsaverError]] = []
    for source in tools.sources:
        while True:
            try:
                picture = await _from(source, link, size, tools, budgets[source])
            except (ThumbnailError, PictureError) as error:
                failure: ClipsaverError = error
            else:
                spent = budgets.values()
                return Made(
                    picture,
                    source,
                    requests=sum(one.requests for one in spent),
                    bytes_read=sum(one.bytes_read for one in spent),
                )
            step = after(failure, was_signed=was_signed)
            if step is not Next.SIGN:
                break
            was_signed = True
            try:
                link = await tools.sign(link)
            except ClipsaverError as error:
                failure, step = error, Next.END
                break
        failures.append((source, failure))
        if step is Next.END:
            break
    raise Missed(conclusion(failures), words(failures), failures[-1][0])


async def _from(
    source: Source, link: Link, size: tuple[int, int] | None, tools: Tools, budget: Budget
) -> Picture:
    match source:
        case Source.DECODE:
            ranges = tools.media.ranges(link.url, budget=budget)
            return await tools.decoders.picture(ranges, tools.wanted)
        case Source.DISCORD:
            box = tools.wanted.large
            still = await tools.media.still(
                link.url, size=size, box=(box.width, box.height), budget=budget
            )
            return await tools.decoders.still(still, tools.wanted)
