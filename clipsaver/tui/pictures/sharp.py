"""Pictures with all their pixels, where the terminal and an optional package can."""

from __future__ import annotations

import logging
from typing import Any


def sharp_widget() -> type[Any] | None:
    """The widget of textual-image for this terminal; None where it would draw half cells, too.

    It asks the terminal when it is imported, so it has to be before Textual takes that over. It
    warns with a traceback of each question that is not answered; half cells do without.
    """
    logging.getLogger("textual_image").setLevel(logging.ERROR)
    try:
        from textual_image.renderable import Image, SixelImage, TGPImage
        from textual_image.widget import Image as Widget
    except ImportError:
        return None
    return Widget if Image in (SixelImage, TGPImage) else None
