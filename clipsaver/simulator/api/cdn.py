"""The CDN: signed links to real files, whole or in ranges.

Source: RFC 9110, 13 and 14 (conditional and range requests); Discord's documentation, "Signed
Attachment CDN URLs". The text for a link that is not valid any more is what the real one says.
"""

from __future__ import annotations

import re

from clipsaver.simulator.api import answers
from clipsaver.simulator.api.answers import Answer, Request
from clipsaver.simulator.files.media import Media, content_of, etag_of, media_of
from clipsaver.simulator.world.world import World

GONE = "This content is no longer available."
_PATH = re.compile(r"(?:/media)?(/attachments/(\d{1,20})/(\d{1,20})/[^/]+)")
_RANGE = re.compile(r"bytes=(\d*)-(\d*)")


def serve(world: World, request: Request, now: float) -> Answer:
    """Answers a request for a file, on the CDN's path or the media proxy's."""
    match = _PATH.fullmatch(request.path)
    if match is None:
        return answers.text(404, "Not Found")
    if request.method not in ("GET", "HEAD"):
        return answers.text(405, "Method Not Allowed")
    attachment = int(match[3])
    media = media_of(attachment)
    signed = world.signer.is_valid(match[1], request.query_string, now)
    if media is None or not signed or not world.has_file(attachment):
        return answers.text(404, GONE)
    return _file(media, request)


def _file(media: Media, request: Request) -> Answer:
    content, etag = content_of(media), etag_of(media)
    headers = (
        ("Accept-Ranges", "bytes"),
        ("ETag", etag),
        ("Cache-Control", "public, max-age=31536000"),
    )
    if request.headers.get("if-none-match") == etag:
        return _answer(304, b"", media, headers)
    wanted = request.headers.get("range")
    if wanted is None or request.headers.get("if-range", etag) != etag:
        return _answer(200, content, media, headers)
    span = byte_range(wanted, len(content))
    if span is None:
        return _answer(200, content, media, headers)
    if not span:
        unsatisfied = (*headers, ("Content-Range", f"bytes */{len(content)}"))
        return _answer(416, b"", media, unsatisfied)
    shown = f"bytes {span.start}-{span.stop - 1}/{len(content)}"
    part = content[span.start : span.stop]
    return _answer(206, part, media, (*headers, ("Content-Range", shown)))


def _answer(status: int, body: bytes, media: Media, headers: answers.Headers) -> Answer:
    return Answer(status, body, media.content_type, headers, through_api=False)


def byte_range(header: str, size_bytes: int) -> range | None:
    """The bytes that a Range header asks for: empty if there are none, None if it is ignored.

    Ignored are several ranges at once and what cannot be read (RFC 9110, 14.2 allows both).
    """
    match = _RANGE.fullmatch(header.strip())
    if match is None or not (match[1] or match[2]):
        return None
    if not match[1]:
        return range(max(0, size_bytes - int(match[2])), size_bytes)
    start = int(match[1])
    stop = min(size_bytes, int(match[2]) + 1) if match[2] else size_bytes
    if match[2] and int(match[2]) < start:
        return None
    return range(start, stop) if start < size_bytes else range(0)
