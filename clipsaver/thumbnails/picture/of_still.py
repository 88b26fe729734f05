"""The same two pictures of a still that somebody else made of the clip, as Discord's proxy does."""

from __future__ import annotations

import io

from PIL import Image, UnidentifiedImageError

from clipsaver.thumbnails.picture.errors import Broken, PictureError, TooBig
from clipsaver.thumbnails.picture.found import Cost, Picture
from clipsaver.thumbnails.picture.geometry import Size, fitted
from clipsaver.thumbnails.picture.looks import looks_of
from clipsaver.thumbnails.picture.range_file import RangeFile
from clipsaver.thumbnails.picture.stills import GLANCE, encoded, on_black, reduced
from clipsaver.thumbnails.picture.wanted import MIB, Wanted

MOST_BYTES = 8 * MIB
_FORMATS = ("WEBP", "JPEG", "PNG")


def picture_of_still(file: RangeFile, wanted: Wanted) -> Picture:
    """Both sizes of it; of the clip itself nothing is known.

    Raises Broken for what is no picture of these formats, and TooBig.
    """
    content = file.read(MOST_BYTES)
    try:
        with Image.open(io.BytesIO(content), formats=_FORMATS) as image:
            if image.width * image.height > wanted.max_pixels:
                raise TooBig(f"the still is {image.width} by {image.height} pixels large")
            picture = on_black(image)
    except (UnidentifiedImageError, Image.DecompressionBombError) as error:
        raise Broken(f"the still is no picture: {error}") from error
    except PictureError:
        raise
    except (
        OSError,
        ValueError,
        SyntaxError,
    ) as error:  # Pillow's, of files that are cut or damaged
        raise Broken(f"the still cannot be decoded: {error}") from error
    shape = Size(picture.width, picture.height)
    small, large = (
        encoded(reduced(picture, fitted(shape, Size(box.width, box.height))), box, wanted.effort)
        for box in (wanted.small, wanted.large)
    )
    looks = looks_of(picture.resize(GLANCE).convert("L").histogram())
    cost = Cost(file.requests, file.bytes_read, frames=1)
    return Picture(small, large, at_s=None, is_flat=looks.is_flat, facts=None, cost=cost)
