"""What tests ask a picture: which colours are where."""

from __future__ import annotations

import io

from PIL import Image

from clipsaver.thumbnails.picture.found import Picture, Still
from clipsaver.thumbnails.picture.make import make_picture
from clipsaver.thumbnails.picture.sources import BytesRanges
from clipsaver.thumbnails.picture.wanted import Wanted

Colour = tuple[int, int, int]
WANTED = Wanted()


def picture_of(content: bytes, wanted: Wanted = WANTED) -> Picture:
    return make_picture(BytesRanges(content), wanted)


def image_of(still: Still) -> Image.Image:
    image = Image.open(io.BytesIO(still.webp))
    assert image.format == "WEBP"
    assert image.size == (still.width, still.height)
    return image.convert("RGB")


def corners(still: Still) -> list[Colour]:
    """The colours of the four fields: above left and right, below left and right."""
    image = image_of(still)
    places = ((x, y) for y in (0.1, 0.9) for x in (0.1, 0.9))
    return [
        image.getpixel((int(x * image.width), int(y * image.height)))  # type: ignore[misc]
        for x, y in places
    ]


def are_close(found: list[Colour], wanted: list[Colour], tolerance: int = 6) -> bool:
    return all(
        abs(one - other) <= tolerance
        for pair in zip(found, wanted, strict=True)
        for one, other in zip(*pair, strict=True)
    )
