"""What a process does once, so that each picture after it is quick and needs no other file."""

from __future__ import annotations

import importlib
import io
import pkgutil

import av
from av.video.frame import VideoFrame
from av.video.stream import VideoStream
from PIL import Image

from clipsaver.thumbnails.picture.colours import HLG, PQ, hdr_table
from clipsaver.thumbnails.picture.make import make_picture
from clipsaver.thumbnails.picture.sources import BytesRanges

_SIZE = (64, 36)


def warm_up() -> None:
    """Imports all that a picture may need, fills the tables for HDR and makes a first picture.

    For the process that others are forked from, before it gives up the file system: PyAV imports
    parts of itself only when a file has them. Takes about 0.6 s; starts no thread.
    """
    for module in pkgutil.walk_packages(av.__path__, "av."):
        if not module.name.endswith("__main__"):
            importlib.import_module(module.name)
    Image.init()
    for transfer in (PQ, HLG):
        hdr_table(transfer)
    make_picture(BytesRanges(_small_clip()))


def _small_clip() -> bytes:
    target = io.BytesIO()
    with av.open(target, "w", format="mp4") as out:
        track = out.add_stream("mpeg4", rate=10)
        assert isinstance(track, VideoStream)
        track.width, track.height = _SIZE
        track.pix_fmt = "yuv420p"
        track.thread_count = 1
        picture = Image.linear_gradient("L").resize(_SIZE).convert("RGBA")
        frame = VideoFrame.from_bytes(picture.tobytes(), *_SIZE)
        out.mux([*track.encode(frame), *track.encode()])
    return target.getvalue()
