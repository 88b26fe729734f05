"""The keys of stored pictures: the same in a folder and in a bucket, and made here alone.

    6f/1400000000000000000-1400000000000000001-small-1f9c2a7b00d1e3.webp

Two hex digits spread the pictures over 256 folders. The token is that of the claim under which the
picture was made, so no two attempts share a key: a picture is never written over, and one that was
replaced can be read by whoever just learnt its key, until `file_outbox` deletes it.
"""

from __future__ import annotations

import hashlib
import re

SIZES = ("small", "large")
"""As in `thumbnails.size`."""
_PLAIN_ID = re.compile(r"[0-9a-z][0-9a-z-]{0,99}")
_KEY = re.compile(r"[0-9a-f]{2}/[0-9a-z][0-9a-z-]{0,140}\.webp")


def key_of(clip_id: str, size: str, token: int) -> str:
    """Where a picture of the clip goes that is made under this claim.

    Ids hold nothing but digits, small letters and dashes; one that does not is hashed, so that
    whatever a stranger called his file has no part in a path.
    """
    if size not in SIZES:
        raise ValueError(f"there is no size {size!r}")
    return f"{_stem(clip_id)}-{size}-{token:x}.webp"


def key_ranges(clip_id: str) -> tuple[tuple[str, str], ...]:
    """All keys that its pictures ever had: from one up to, but without, another, byte by byte."""
    # A dot comes next after the dash.
    return tuple((f"{_stem(clip_id)}-{size}-", f"{_stem(clip_id)}-{size}.") for size in SIZES)


def _stem(clip_id: str) -> str:
    digest = hashlib.sha256(clip_id.encode("utf-8", "surrogatepass")).hexdigest()
    name = clip_id if _PLAIN_ID.fullmatch(clip_id) else digest
    return f"{digest[:2]}/{name}"


def checked(key: str) -> str:
    """The key, if it is one of ours: it then names a file in a folder below the root, and no other.

    Raises ValueError for any other text.
    """
    if not _KEY.fullmatch(key):
        raise ValueError(f"{key!r} is not a key of ours")
    return key
