"""What type a file is, as far as a message tells.

Discord's `content_type` is optional and sometimes derived from the name, so the rule is: the
declared type counts; only where there is none, or one that says nothing, the extension does.
"""

from __future__ import annotations

from collections.abc import Set as AbstractSet
from urllib.parse import unquote, urlsplit

_SAYS_NOTHING = frozenset({"", "application/octet-stream", "binary/octet-stream"})

# Written out instead of asking `mimetypes`, whose answer depends on the machine. `.ts` is left out:
# in chats it is TypeScript far more often than a transport stream.
_BY_EXTENSION = {
    "3g2": "video/3gpp2",
    "3gp": "video/3gpp",
    "asf": "video/x-ms-asf",
    "avi": "video/x-msvideo",
    "flv": "video/x-flv",
    "m2ts": "video/mp2t",
    "m4v": "video/x-m4v",
    "mkv": "video/x-matroska",
    "mov": "video/quicktime",
    "mp4": "video/mp4",
    "mpeg": "video/mpeg",
    "mpg": "video/mpeg",
    "mts": "video/mp2t",
    "ogv": "video/ogg",
    "qt": "video/quicktime",
    "webm": "video/webm",
    "wmv": "video/x-ms-wmv",
}


def file_type(content_type: str | None, filename: str) -> str | None:
    """The type in force, such as `video/mp4`; None where nothing tells."""
    declared = (content_type or "").partition(";")[0].strip().lower()
    if declared not in _SAYS_NOTHING:
        return declared
    _, dot, extension = filename.rpartition(".")
    return _BY_EXTENSION.get(extension.lower()) if dot else None


def is_allowed(type_: str | None, allowed: AbstractSet[str]) -> bool:
    """Whether `allowed` names the type, or its family as in `video/*`."""
    if type_ is None:
        return False
    return type_ in allowed or f"{type_.partition('/')[0]}/*" in allowed


def extensions_of(allowed: AbstractSet[str]) -> tuple[str, ...]:
    """The extensions, without their dots, of files that would be allowed by their names alone."""
    return tuple(ext for ext, type_ in _BY_EXTENSION.items() if is_allowed(type_, allowed))


def filename_of(url: str) -> str:
    """The last part of the URL's path, percent-decoded; empty where there is none."""
    try:
        path = urlsplit(url).path
    except ValueError:  # such as an unclosed bracket of an IPv6 host
        return ""
    return unquote(path.rpartition("/")[2], errors="replace")
