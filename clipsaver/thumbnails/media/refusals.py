"""What an answer without a file means, by its status. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus
from urllib.parse import urlsplit

from clipsaver.terminal_text import printable
from clipsaver.thumbnails.errors import (
    LinkRefused,
    MediaForbidden,
    MediaGone,
    MediaUnavailable,
    ThumbnailError,
)

_NOT_THERE = frozenset({404, 410})
_TRANSIENT = frozenset({408, 425})
_STATUSES = frozenset(HTTPStatus)


class Broken(Exception):
    """An exchange that ended in the middle, or that the server could not serve: once more.

    `received` is what of the body had come.
    """

    def __init__(self, what: str, received: bytes = b"") -> None:
        super().__init__(what)
        self.received = received


def refusal(
    where: str, status: int, headers: Mapping[str, str], wait_s: float | None
) -> ThumbnailError | Broken:
    """The error that such an answer ends in; Broken where it may be asked for once more.

    `where` is the link as it is shown; `wait_s` the pause that the server asks for. Every status
    has a meaning: a 4xx is about the link, a 5xx about the server.
    """
    said = f"HTTP {status}{f' {HTTPStatus(status).phrase}' if status in _STATUSES else ''}"
    if 300 <= status < 400:
        target = headers.get("location", "")
        return MediaForbidden(
            f"{where}: {said} redirects to {_host_of(target)}, and no redirect is followed"
        )
    if status in _TRANSIENT or status >= 500:
        if wait_s is not None:
            return MediaUnavailable(
                f"{where}: {said}, to be asked again after {wait_s:.0f} s", retry_after_s=wait_s
            )
        return Broken(said)
    if 400 <= status < 500:
        return LinkRefused(
            f"{where}: {said}: the link has expired or its file is gone", status=status
        )
    return Broken(f"{said}, which is no answer to this request")


def refused_again(refused: LinkRefused) -> ThumbnailError:
    """What it means that a link is refused which Discord signed just now.

    404 and 410 are about the file. A 403 is not: the CDN answers so to hosts that it does not
    serve, such as some of clouds, and then it does to every link.
    """
    if refused.status in _NOT_THERE:
        return MediaGone(f"{refused}, and a fresh link is refused as well")
    return MediaUnavailable(
        f"{refused}; a fresh link is refused as well: the CDN may not serve this host's address"
    )


def _host_of(target: str) -> str:
    try:
        host = urlsplit(target).hostname
    except ValueError:
        host = None
    return printable(host or "")[:100] or "somewhere on the same host"
