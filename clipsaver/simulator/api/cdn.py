"""The CDN and the media proxy: signed links to real files, whole or in ranges, and to stills.

Source: RFC 9110, 13 and 14 (conditional and range requests); Discord's documentation, "Signed
Attachment CDN URLs". The text for a link that is not valid any more is what the real one says.
"""

from __future__ import annotations

import re

from clipsaver.simulator.api import answers
from clipsaver.simulator.api.answers import Answer, Request
from clipsaver.simulator.files.media import Media, content_of, etag_of, media_of
from clipsaver.simulator.files.stills import still_of
from clipsaver.simulator.traffic.faults import OF_FILES, Fault, FaultKind
from clipsaver.simulator.world.world import World

GONE = "This content is no longer available."
UNSUPPORTED = "Unsupported media type."
_PATH = re.compile(r"(/media)?(/attachments/(\d{1,20})/(\d{1,20})/[^/]+)")
_RANGE = re.compile(r"bytes=(\d*)-(\d*)")


def serve(world: World, request: Request, now: float, fault: Fault | None = None) -> Answer:
    """Answers a request for a file, on the CDN's path or the media proxy's.

    The proxy makes a still of it where a `format` is asked for; the CDN knows no such thing.
    """
    match = _PATH.fullmatch(request.path)
    if match is None:
        return answers.text(404, "Not Found")
    if request.method not in ("GET", "HEAD"):
        return answers.text(405, "Method Not Allowed")
    attachment = int(match[4])
    media = media_of(attachment)
    signed = world.signer.is_valid(match[2], request.query_string, now)
    if media is None or not signed or not world.has_file(attachment):
        return answers.text(404, GONE)
    picture_format = request.query().get("format")
    if match[1] and picture_format is not None:
        return _still(media, picture_format)
    return _file(media, request, fault.kind if fault and fault.kind in OF_FILES else None)


def _still(media: Media, picture_format: str) -> Answer:
    still = still_of(media, picture_format)
    if still is None:
        return answers.text(415, UNSUPPORTED)
    return Answer(200, still.content, still.content_type, through_api=False)


def _file(media: Media, request: Request, wrong: FaultKind | None) -> Answer:
    content, etag = content_of(media), etag_of(media)
    if wrong is FaultKind.CHANGED_FILE:
        etag = f'"another-{etag[1:]}'
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
    if span is None or wrong is FaultKind.IGNORE_RANGE:
        return _answer(200, content, media, headers)
    if not span:
        unsatisfied = (*headers, ("Content-Range", f"bytes */{len(content)}"))
        return _answer(416, b"", media, unsatisfied)
    if wrong is FaultKind.WRONG_RANGE:
        span = _beside(span)
    shown = f"bytes {span.start}-{span.stop - 1}/{len(content)}"
    part = content[span.start : span.stop]
    return _answer(206, part, media, (*headers, ("Content-Range", shown)))


def _beside(span: range) -> range:
    """The bytes one place earlier, or one place later at the beginning."""
    step = -1 if span.start else 1
    return range(span.start + step, span.stop + step)


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
