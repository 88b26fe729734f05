"""The files behind the simulator's CDN: small, real, and known to the byte.

An attachment's id carries its place in this list in its lowest bits, so the CDN finds the file
behind a link without remembering any message. That makes the order here part of the format.
Made by `videos/make.sh`.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import cache
from pathlib import Path

_FOLDER = Path(__file__).parent / "videos"
_CATALOGUE_BITS = 6
_ORDINAL_BITS = 4


@dataclass(frozen=True, slots=True)
class Media:
    """One file and what Discord would find out about it."""

    name: str
    content_type: str
    size_bytes: int
    width: int | None = None
    height: int | None = None
    duration_s: float | None = None
    placeholder: str | None = None
    """A thumbhash, base64: Discord sends one for pictures and videos that it can decode."""

    @property
    def extension(self) -> str:
        return self.name.rpartition(".")[2]

    @property
    def is_video(self) -> bool:
        return self.content_type.startswith("video/")


def _shipped(
    name: str,
    content_type: str,
    picture: tuple[int, int] | None = None,
    duration_s: float | None = None,
    placeholder: str | None = None,
) -> Media:
    size_bytes = (_FOLDER / name).stat().st_size
    width, height = picture or (None, None)
    return Media(name, content_type, size_bytes, width, height, duration_s, placeholder)


CATALOGUE: tuple[Media, ...] = (
    _shipped("test-card.mp4", "video/mp4", (320, 180), 3.0, "WDgGFQSHh3eAd3d3iIh3d4iAdwc4"),
    _shipped("index-last.mp4", "video/mp4", (320, 180), 2.0, "1QcSHQRnh493V4dIh4eXh1h4kJUI"),
    _shipped("upright.mp4", "video/mp4", (180, 320), 2.0, "3OcRJYB4d3h/iIeHeEh3eIhw+j3A"),
    _shipped("fade-in.mp4", "video/mp4", (240, 136), 4.0, "AAAAAACHh3eAd3d3iIh3d4iAdwc4"),
    _shipped("life.mov", "video/quicktime", (320, 180), 2.0, "HBkSHYSIeHiPiHh8eJd4eTN0EEQG"),
    _shipped("gradients.webm", "video/webm", (320, 180), 3.0, "VvYRNQRod313B4h3eHhnh3hwhwA3"),
    # Containers that Discord does not probe: no size of the picture, no placeholder.
    _shipped("cells.mkv", "video/x-matroska"),
    _shipped("bars.avi", "video/x-msvideo"),
    _shipped("picture.png", "image/png", (160, 90), None, "4AeGDYCXh4eIiIiHd3h4d3iAdwc4"),
    _shipped("picture.jpg", "image/jpeg", (160, 90), None, "IQgKFYKHh4d3d4eIeHd4h4h3cIcI"),
    _shipped("voice.ogg", "audio/ogg", None, 1.0065),
    _shipped("note.txt", "text/plain; charset=utf-8"),
)

_PLACES = {media.name: place for place, media in enumerate(CATALOGUE)}
PROBED_VIDEOS = tuple(media for media in CATALOGUE if media.is_video and media.width)


def by_name(name: str) -> Media:
    """The file of this name; KeyError if none is shipped."""
    return CATALOGUE[_PLACES[name]]


def attachment_id(message_id: int, ordinal: int, media: Media) -> int:
    """The id of a message's n-th file: unique in its channel, and tells which file it is."""
    if not 0 <= ordinal < 1 << _ORDINAL_BITS:
        raise ValueError(f"a message has at most {1 << _ORDINAL_BITS} files, not number {ordinal}")
    moment, noise = message_id >> 22, message_id & 0xFFF
    low = (noise << _ORDINAL_BITS | ordinal) << _CATALOGUE_BITS | _PLACES[media.name]
    return moment << 22 | low


def media_of(attachment: int) -> Media | None:
    """The file that an attachment's id stands for."""
    place = attachment & ((1 << _CATALOGUE_BITS) - 1)
    return CATALOGUE[place] if place < len(CATALOGUE) else None


@cache
def content_of(media: Media) -> bytes:
    """The file's bytes, read once."""
    return (_FOLDER / media.name).read_bytes()


@cache
def etag_of(media: Media) -> str:
    """An entity tag: the content's MD5, as the store behind Discord's CDN gives it."""
    return f'"{hashlib.md5(content_of(media), usedforsecurity=False).hexdigest()}"'
