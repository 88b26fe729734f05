"""The media proxy: how a still is asked for, and whether what comes is one. Pure.

The proxy has the CDN's paths and takes the same signature; it makes a still of a video's first
picture. Discord's documentation does not mention it; source: Discord Userdoccers, "Media Proxy".
"""

from __future__ import annotations

from urllib.parse import urlsplit, urlunsplit

import httpx

from clipsaver.thumbnails.media.hosts import is_local

Size = tuple[int, int]
"""Width and height in pixels."""

_PROXIES = {"cdn.discordapp.com": "media.discordapp.net"}
_LOCAL_PREFIX = "/media"
"""A simulator plays both under one address; there the proxy's paths begin with this."""
_OURS = frozenset({"format", "width", "height", "quality", "size", ""})
"""Parameters that a link may bring along and that would change the still."""
_ALSO_CALLED = {"image/jpg": "image/jpeg"}


def still_url(url: httpx.URL, *, size: Size | None, box: Size) -> str:
    """Where the proxy has the still of a video, at most as large as `box` and in its aspect.

    `url` is the video's, at the CDN or at the proxy; `size` is the video's own, as far as it is
    known. What the link is signed with stays as it is.
    """
    width, height = box if size is None else fitted(size, box)
    parts = urlsplit(str(url))
    kept = [pair for pair in parts.query.split("&") if pair.partition("=")[0] not in _OURS]
    asked = ["format=webp", f"width={width}", f"height={height}"]
    host, path = parts.netloc, parts.path
    if is_local(url.host):
        path = path if path.startswith(f"{_LOCAL_PREFIX}/") else _LOCAL_PREFIX + path
    else:
        host = _PROXIES.get(host, host)
    return urlunsplit((parts.scheme, host, path, "&".join(kept + asked), ""))


def fitted(size: Size, box: Size) -> Size:
    """The largest size of this aspect that fits in the box; never larger than it is."""
    width, height = max(1, size[0]), max(1, size[1])
    share = min(1.0, box[0] / width, box[1] / height)
    return max(1, round(width * share)), max(1, round(height * share))


def is_still(content_type: str, content: bytes) -> bool:
    """Whether it is a picture of a kind that we read, by what it is called and by its bytes."""
    called = content_type.partition(";")[0].strip().lower()
    return _kind_of(content) == _ALSO_CALLED.get(called, called)


def _kind_of(content: bytes) -> str | None:
    if content.startswith(b"\xff\xd8\xff"):
        return "image/jpeg"
    if content.startswith(b"\x89PNG\r\n\x1a\n"):
        return "image/png"
    if content[:4] == b"RIFF" and content[8:12] == b"WEBP":
        return "image/webp"
    return None
