"""Pictures that look made, for a child that decodes nothing."""

from __future__ import annotations

import struct

from clipsaver.thumbnails.picture.found import Cost, Facts, Picture, Still
from clipsaver.thumbnails.picture.wanted import Box, Wanted

FACTS = Facts(
    content_type="video/mp4", codec="h264", width=1280, height=720, stored_width=1280,
    stored_height=720, duration_s=12.5, frames_per_s=30.0, is_hdr=False,
)  # fmt: skip


def webp(width: int, height: int, *, body: bytes = b"\0" * 10, chunk: bytes = b"VP8 ") -> bytes:
    """What begins as a WebP picture of this size; it shows nothing."""
    if chunk == b"VP8 ":
        frame = b"\x10\0\0\x9d\x01\x2a" + struct.pack("<HH", width, height) + body
    else:
        frame = b"\x2f" + struct.pack("<I", (width - 1) | (height - 1) << 14) + b"\0" * 5 + body
    padded = frame + b"\0" * (len(frame) % 2)
    rest = b"WEBP" + chunk + struct.pack("<I", len(frame)) + padded
    return b"RIFF" + struct.pack("<I", len(rest)) + rest


def still_of(box: Box) -> Still:
    return Still(box.width, box.height, webp(box.width, box.height))


def picture_of(wanted: Wanted) -> Picture:
    """One that fills what is wanted."""
    return Picture(
        small=still_of(wanted.small), large=still_of(wanted.large), at_s=1.0, is_flat=False,
        facts=FACTS, cost=Cost(1, 100, 1),
    )  # fmt: skip
