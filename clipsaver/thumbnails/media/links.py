"""Clips' links: when one is due to be signed again, and which file it leads to. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import unquote, urlsplit

import msgspec

from clipsaver.discord_rest import models

MARGIN = timedelta(minutes=10)
"""A link with less time left might end while its file is read."""
_LINKS = frozenset({"url", "proxy_url"})
"""What fields of Discord's objects with a link to a file are called."""

File = tuple[str, tuple[str, ...]]
"""What a link leads to, whatever its signature: the host, and the parts of the path."""


class Link(msgspec.Struct, frozen=True, gc=False):
    """A clip's link, and where it was found."""

    clip_id: str
    channel_id: int
    message_id: int
    url: str
    expires_at: datetime | None
    """None where the link does not tell."""


def needs_refresh(link: Link, now: datetime) -> bool:
    """Whether a link should be signed again before it is used; others than Discord's cannot be."""
    if not is_attachment(link.url):
        return False
    return link.expires_at is None or link.expires_at - now < MARGIN


def file_of(url: str) -> File | None:
    """Which file a link leads to; None for what is no link.

    However it is written: Discord may escape a name in another way than it did before.
    """
    try:
        parts = urlsplit(url)
        host = parts.hostname
    except ValueError:
        return None
    if not host:
        return None
    return host, tuple(unquote(part) for part in parts.path.split("/"))


def is_attachment(url: str) -> bool:
    """Whether Discord signs such links: `/attachments/<channel>/<attachment>/<name>`."""
    match file_of(url):
        case (_, ("", "attachments", channel, attachment, name)):
            return channel.isdecimal() and attachment.isdecimal() and bool(name)
    return False


def shown_in(message: models.Message, file: File | None) -> str | None:
    """The link by which a message shows a file, wherever in it; None where it does not."""
    return next((url for url in _addresses(message) if file_of(url) == file), None)


def _addresses(value: Any) -> Iterator[str]:
    if isinstance(value, tuple):
        for item in value:
            yield from _addresses(item)
    elif isinstance(value, msgspec.Struct):
        for name in value.__struct_fields__:
            inner = getattr(value, name)
            if isinstance(inner, str):
                if name in _LINKS:
                    yield inner
            else:
                yield from _addresses(inner)
