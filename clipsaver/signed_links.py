"""Discord's signed links: when one ends, and which file it names whatever its signature.

Source: Discord's documentation, "Signed Attachment CDN URLs": `ex` and `is` are hexadecimal Unix
seconds (expiry, issue), `hm` is the signature.
"""

from __future__ import annotations

from datetime import UTC, datetime

_SIGNATURE = frozenset({"ex", "is", "hm"})
_LAST_EXPIRY = 2**33
"""The year 2242: an expiry beyond it is not one, and would not fit a timestamp for ever."""


def expires_at(url: str) -> datetime | None:
    """When the link ends; None for links that are not signed."""
    for pair in url.partition("?")[2].split("&"):
        name, _, value = pair.partition("=")
        if name == "ex":
            try:
                seconds = int(value, 16)
            except ValueError:
                return None
            return datetime.fromtimestamp(seconds, UTC) if 0 <= seconds < _LAST_EXPIRY else None
    return None


def without_signature(url: str) -> str:
    """The link's identity: what stays when it is signed anew."""
    address, mark, query = url.partition("?")
    if not mark:
        return url
    kept = [
        pair
        for pair in query.partition("#")[0].split("&")
        if pair and pair.partition("=")[0] not in _SIGNATURE
    ]
    return f"{address}?{'&'.join(kept)}" if kept else address
