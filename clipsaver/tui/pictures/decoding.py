"""A stored picture's bytes into pixels, within bounds.

Pictures are ours, but lie where others can write as well: what is larger than ours ever are is
not decoded.
"""

from __future__ import annotations

import io
from dataclasses import dataclass
from typing import Final

MOST_BYTES: Final = 2_000_000
MOST_PIXELS: Final = 4096 * 4096


class Undecodable(ValueError):
    """Why there is nothing to show, in words."""


@dataclass(frozen=True, slots=True)
class Pixels:
    """Rows of red, green and blue, a byte each, from the top left."""

    width: int
    height: int
    rgb: bytes


def decode(data: bytes, most_width: int, most_height: int) -> Pixels:
    """The picture, made smaller to fit this many pixels; slow, so not for the loop.

    Raises Undecodable with words where it is no WebP, or larger than one of ours.
    """
    from PIL import Image, UnidentifiedImageError

    if len(data) > MOST_BYTES:
        raise Undecodable(f"the picture has {len(data):,} bytes, more than any of ours")
    try:
        with Image.open(io.BytesIO(data), formats=("WEBP",)) as picture:
            if picture.width * picture.height > MOST_PIXELS:
                size = f"{picture.width}x{picture.height}"
                raise Undecodable(f"the picture has {size} pixels, more than any of ours")
            picture.thumbnail((most_width, most_height))
            small = picture.convert("RGB")
    except (
        UnidentifiedImageError,
        Image.DecompressionBombError,
        OSError,
        ValueError,
        SyntaxError,
    ) as error:
        raise Undecodable(f"the picture cannot be read: {error}") from error
    return Pixels(small.width, small.height, small.tobytes())
