"""What comes back. Structs, since they cross the border of a process."""

from __future__ import annotations

import msgspec


class Still(msgspec.Struct, frozen=True):
    """One encoded picture, `image/webp`."""

    width: int
    height: int
    webp: bytes


class Facts(msgspec.Struct, frozen=True):
    """What the file says of the clip. None is unknown."""

    content_type: str
    """Of the bytes, not of the name: `video/mp4`, `video/quicktime`, `video/webm`, …"""
    codec: str
    """FFmpeg's name: `h264`, `hevc`, `vp9`, `av1`, …"""
    width: int
    """As it is shown: turned upright, with pixels made squares."""
    height: int
    stored_width: int
    """As it is stored."""
    stored_height: int
    duration_s: float | None
    frames_per_s: float | None
    is_hdr: bool


class Cost(msgspec.Struct, frozen=True):
    """What it took."""

    requests: int
    bytes_read: int
    frames: int
    """Decoded."""


class Picture(msgspec.Struct, frozen=True):
    """A picture of the clip in two sizes, and what is known of the clip."""

    small: Still
    large: Still
    at_s: float | None
    """The moment that it shows."""
    is_flat: bool
    """It is black, white or of one colour, and so was all that was looked at."""
    facts: Facts | None
    """None where the picture was made of a still."""
    cost: Cost
