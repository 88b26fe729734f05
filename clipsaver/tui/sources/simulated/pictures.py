"""The pictures of a made-up fleet's clips: small landscapes, each of its own, as WebP."""

from __future__ import annotations

import colorsys
import io
import random
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from PIL.Image import Image
    from PIL.ImageDraw import ImageDraw

_LONGEST = 480
Colour = tuple[int, int, int]


def size_of(width: int, height: int) -> tuple[int, int]:
    """Of the picture of a clip that has so many pixels."""
    scale = _LONGEST / max(width, height, 1)
    return max(16, round(width * scale)), max(16, round(height * scale))


@lru_cache(maxsize=64)
def draw(key: str, width: int, height: int) -> bytes:
    """The picture that is stored under the key, in a few milliseconds; always the same."""
    from PIL import Image, ImageDraw

    dice = random.Random(key)
    picture = _sky(dice, width, height)
    pen = ImageDraw.Draw(picture)
    _sun(dice, pen, width, height)
    hue = dice.random()
    for layer in range(3):
        colour = _colour(hue + 0.04 * layer, 0.45, 0.62 - 0.17 * layer)
        pen.polygon(_ridge(dice, width, height, 0.45 + 0.17 * layer), fill=colour)
    _subject(dice, pen, width, height)
    written = io.BytesIO()
    Image.Image.save(picture, written, "WEBP", quality=80, method=0)
    return written.getvalue()


def _sky(dice: random.Random, width: int, height: int) -> Image:
    from PIL import Image

    hue = dice.random()
    above, below = _colour(hue, 0.55, 0.55), _colour(hue + 0.12, 0.35, 0.97)
    fade = Image.linear_gradient("L").resize((width, height))
    return Image.composite(
        Image.new("RGB", (width, height), below), Image.new("RGB", (width, height), above), fade
    )


def _sun(dice: random.Random, pen: ImageDraw, width: int, height: int) -> None:
    x, y = dice.uniform(0.15, 0.85) * width, dice.uniform(0.12, 0.4) * height
    radius = min(width, height) * dice.uniform(0.06, 0.12)
    pen.ellipse((x - radius, y - radius, x + radius, y + radius), fill=(255, 244, 214))


def _ridge(dice: random.Random, width: int, height: int, level: float) -> list[tuple[float, float]]:
    steps = 9
    top = [
        (width * step / steps, height * (level + dice.uniform(-0.12, 0.12)))
        for step in range(steps + 1)
    ]
    return [(0.0, float(height)), *top, (float(width), float(height))]


def _subject(dice: random.Random, pen: ImageDraw, width: int, height: int) -> None:
    """Something in front, so that no two look the same from afar."""
    x, y = dice.uniform(0.3, 0.7) * width, 0.78 * height
    size = min(width, height) * dice.uniform(0.1, 0.17)
    colour = _colour(dice.random(), 0.8, 0.95)
    match dice.randrange(3):
        case 0:
            pen.ellipse((x - size, y - size, x + size, y + size), fill=colour)
        case 1:
            pen.rectangle((x - size, y - size, x + size, y + size), fill=colour)
        case _:
            pen.polygon([(x, y - size), (x + size, y + size), (x - size, y + size)], fill=colour)


def _colour(hue: float, saturation: float, value: float) -> Colour:
    red, green, blue = colorsys.hsv_to_rgb(hue % 1, saturation, value)
    return round(red * 255), round(green * 255), round(blue * 255)
