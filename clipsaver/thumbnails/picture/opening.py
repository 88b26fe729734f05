"""A container opened over a `RangeFile`, with a decoder for its video track.

Each option was measured; without them FFmpeg reads twenty pictures to guess a frame rate, decodes
them, and follows what a file says to other files.
"""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, NamedTuple

import av
from av.stream import Discard

from clipsaver.thumbnails.picture import ebml
from clipsaver.thumbnails.picture.errors import Broken, Unsupported
from clipsaver.thumbnails.picture.outline import Layout
from clipsaver.thumbnails.picture.tracks import video_track

if TYPE_CHECKING:
    from av.container import InputContainer
    from av.video.stream import VideoStream

    from clipsaver.thumbnails.picture.outline import Outline
    from clipsaver.thumbnails.picture.range_file import RangeFile

DEMUXERS = "mov,matroska,avi,flv"
_BUFFER_BYTES = 32768
_MOST_STREAMS = 64
_FLV_PROBE_BYTES = 2_000_000

_OPTIONS = {
    "probesize": "32",
    "fpsprobesize": "0",
    "formatprobesize": "65536",
    # Only for what opening would decode: H.264 would be decoded twice.
    "skip_frame": "all",
    "max_streams": str(_MOST_STREAMS),
    "format_whitelist": DEMUXERS,
}
_OF_LAYOUT = {
    Layout.WHOLE: {},
    Layout.INDEXED_FRAGMENTS: {},
    Layout.LISTED_FRAGMENTS: {"use_mfra_for": "pts"},
    # Else it walks all fragments. Not for other containers, which would then read on and on.
    Layout.BARE_FRAGMENTS: {"fflags": "+ignidx"},
}


class Reel(NamedTuple):
    """An open container, at its beginning, and the track to decode."""

    container: InputContainer
    track: VideoStream
    start: int
    """When its first picture is shown, in ticks of the track. FFmpeg guesses again, and worse, as
    it reads on."""

    @property
    def demuxer(self) -> str:
        """FFmpeg's names for the container, such as `matroska,webm`."""
        return self.container.format.name


def open_reel(
    file: RangeFile, outline: Outline, *, max_pixels: int, skips_unreferenced: bool = False
) -> Reel:
    """Opens the file from its beginning; what was fetched before is not fetched again.

    With `skips_unreferenced`, pictures that no other needs are not decoded.

    Raises NoVideo, Unsupported, Broken, and whatever PyAV does beyond that.
    """
    options = _OPTIONS | _OF_LAYOUT[outline.layout] | {"max_pixels": str(max_pixels)}
    container = _open(file, options)
    if container.format.name == "flv" and not container.streams.video:
        # Its header names no tracks: they are found by reading on, past the sound that comes first.
        container.close()
        container = _open(file, options | {"probesize": str(_FLV_PROBE_BYTES)})
    track = video_track(container)
    for stream in container.streams:
        if stream.index != track.index:
            stream.discard = Discard.all
    track.codec_context.options = {"max_pixels": str(max_pixels)}
    track.thread_count = 1
    if skips_unreferenced:
        track.codec_context.skip_frame = "NONREF"
    return Reel(container, track, _start_of(container, track, outline))


def _start_of(container: InputContainer, track: VideoStream, outline: Outline) -> int:
    if track.start_time is not None:
        return track.start_time
    if "matroska" in container.format.name:
        return ebml.first_time(outline.beginning) or 0
    return 0


def _open(file: RangeFile, options: dict[str, str]) -> InputContainer:
    file.seek(0)
    try:
        return av.open(
            file,
            "r",
            options=options,
            metadata_errors="replace",
            buffer_size=_BUFFER_BYTES,
            io_open=_nothing,
        )
    except av.ArgumentError as error:  # it was recognised, and is not on the list
        words = "the file is not MP4, QuickTime, Matroska, WebM, AVI or FLV"
        raise Unsupported(words) from error
    except (av.InvalidDataError, av.EOFError) as error:
        raise Broken("the file is no video, or its index is missing or damaged") from error


def _nothing(*_: object) -> io.BytesIO:
    """What every other file that a container names looks like. An error would come up later."""
    return io.BytesIO()
