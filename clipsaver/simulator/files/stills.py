"""Stills as the media proxy makes them: a video's first picture, be it black.

Made by `videos/make.sh` in each video's own size, which is small: they are not scaled again.
Source: Discord Userdoccers, "Media Proxy"; Discord's documentation does not mention them.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path

from clipsaver.simulator.files.media import Media, content_of

_FOLDER = Path(__file__).parent / "stills"
_EXTENSIONS = {"webp": "webp", "jpeg": "jpg", "jpg": "jpg"}


@dataclass(frozen=True, slots=True)
class Still:
    """A picture of a file."""

    content_type: str
    content: bytes


@cache
def still_of(media: Media, picture_format: str) -> Still | None:
    """What the proxy sends for `format=`; None where it cannot: for what it could not probe.

    Pictures come as they are, whatever the format.
    """
    if media.width is None:
        return None
    if not media.is_video:
        return Still(media.content_type, content_of(media))
    extension = _EXTENSIONS.get(picture_format)
    if extension is None:
        return None
    content = (_FOLDER / media.name).with_suffix(f".{extension}").read_bytes()
    return Still("image/webp" if extension == "webp" else "image/jpeg", content)
