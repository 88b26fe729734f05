"""What is asked for. Structs, since they cross the border of a process."""

from __future__ import annotations

import msgspec

KIB = 1024
MIB = 1024 * KIB


class Box(msgspec.Struct, frozen=True):
    """The largest size of a picture, in pixels. Nothing is enlarged to fill it."""

    width: int
    height: int
    quality: int = 80
    """WebP's, from 1 to 100."""


class Budgets(msgspec.Struct, frozen=True):
    """What one clip may cost. A normal one needs 130 to 330 KB in 1 to 3 requests."""

    total_bytes: int = 48 * MIB
    requests: int = 120
    index_bytes: int = 24 * MIB
    """Until the file is open: the index of a day's recording has some MB."""
    picture_bytes: int = 24 * MIB
    """For the first picture."""
    another_bytes: int = 4 * MIB
    """For each of the others, where the first shows nothing."""
    forward_bytes: int = 6 * MIB
    """For pictures in a row, where there is no other that can be reached."""
    forward_frames: int = 240
    patience_s: float = 3.0
    """After this much time a picture that shows nothing is as good as any; see `Clock`."""


class Wanted(msgspec.Struct, frozen=True):
    """One picture in two sizes, as the configuration wants it."""

    small: Box = Box(320, 180)
    large: Box = Box(640, 360)
    effort: int = 2
    """WebP's method, from 0 to 6: 2 is where more time stops to pay."""
    at_s: float = 1.0
    """Where in the clip to look first, in seconds."""
    max_pixels: int = 8192 * 8192
    """Of one decoded picture."""
    budgets: Budgets = Budgets()
    of_still: bool = False
    """The bytes are a still of the clip, WebP, JPEG or PNG, and not the clip."""
