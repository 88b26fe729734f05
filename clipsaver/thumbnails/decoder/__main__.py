"""`python -m clipsaver.thumbnails.decoder DESCRIPTOR`: the parent of a worker's decoders."""

from __future__ import annotations

import socket
import sys
from typing import TYPE_CHECKING

from clipsaver.thumbnails.decoder.layers.kernel import Kernel
from clipsaver.thumbnails.decoder.layers.order import child_layers, parent_layers
from clipsaver.thumbnails.decoder.zygote import serve

if TYPE_CHECKING:
    from clipsaver.thumbnails.decoder.asking import MakePicture


def _prepare() -> MakePicture:
    """Imported here, below the layers that must come before any thread."""
    from clipsaver.thumbnails.picture.make import make_picture
    from clipsaver.thumbnails.picture.warming import warm_up

    warm_up()
    return make_picture


def main() -> None:
    """Serves until the worker at the other end of the descriptor is gone."""
    kernel = Kernel()
    control = socket.socket(fileno=int(sys.argv[1]))
    serve(control, _prepare, own_layers=parent_layers(kernel), child_layers=child_layers(kernel))


if __name__ == "__main__":
    main()
