"""Videos made on the spot: small, of known colours, in every container and codec that is read.

Each shows four fields, RED and GREEN above BLUE and WHITE, so that a picture tells whether it was
turned, mirrored or coloured wrongly. `noise` adds a band that does not compress, which makes a file
as large as a test needs. All are made once in a process.
"""

from __future__ import annotations

import dataclasses
import io
import os
import random
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from pathlib import Path

import av
from av.audio.frame import AudioFrame
from av.video.frame import VideoFrame
from av.video.stream import VideoStream
from PIL import Image

os.environ.setdefault("SVT_LOG", "1")  # else the AV1 encoder tells its settings each time

RED, GREEN, BLUE, WHITE = (220, 30, 30), (30, 190, 40), (30, 40, 210), (235, 235, 235)
FIELDS = (RED, GREEN, BLUE, WHITE)
Colour = tuple[int, int, int]


@dataclass(frozen=True)
class Video:
    """What to make. Options are FFmpeg's."""

    container: str = "mp4"
    codec: str = "libx264"
    size: tuple[int, int] = (160, 90)
    seconds: float = 2.0
    rate: int = 10
    gop: int = 10
    pix_fmt: str = "yuv420p"
    shows: tuple[Colour, ...] = FIELDS
    """The colours of the fields: above left and right, below left and right."""
    black_until: float = 0.0
    noise: bool = False
    sound: bool = False
    """Uncompressed, beside the pictures: 176 KB a second."""
    muxing: tuple[tuple[str, str], ...] = ()
    encoding: tuple[tuple[str, str], ...] = ()
    turn: float | None = None
    """Degrees counter-clockwise by which to show it."""
    mirrored: bool = False
    pixel: Fraction | None = None
    tags: tuple[int, int, int, int] | None = None
    """Primaries, transfer, matrix and range as the stream says them; FFmpeg's numbers."""
    matrix: int = 5
    """By which the colours are really stored."""
    first_pts: int = 0


def fields(video: Video) -> Image.Image:
    """The four fields, each a quarter of the picture."""
    small = Image.new("RGB", (2, 2))
    small.putdata(video.shows)
    return small.resize(video.size, Image.Resampling.NEAREST)


def _pictures(video: Video) -> Iterator[VideoFrame]:
    dice = random.Random(7)
    width, height = video.size
    band = (width // 2 & ~1, height // 4)
    still = fields(video)
    for number in range(round(video.seconds * video.rate)):
        is_black = number < video.black_until * video.rate
        picture = Image.new("RGB", video.size) if is_black else still.copy()
        if video.noise and not is_black:
            noise = Image.frombytes("RGB", band, dice.randbytes(3 * band[0] * band[1]))
            picture.paste(noise, ((width - band[0]) // 2, (height - band[1]) // 2))
        frame = _stored(picture, video)
        frame.pts = video.first_pts + number
        yield frame


def _stored(picture: Image.Image, video: Video) -> VideoFrame:
    if video.pix_fmt == "pal8":
        return _with_palette(picture)
    frame = VideoFrame.from_image(picture)
    if not video.pix_fmt.startswith(("yuv", "gray")):
        return frame.reformat(format=video.pix_fmt, threads=1)
    span = video.tags[3] if video.tags else _FULL if "yuvj" in video.pix_fmt else _LIMITED
    return frame.reformat(
        format=video.pix_fmt, dst_colorspace=video.matrix, dst_color_range=span, threads=1
    )


def _with_palette(picture: Image.Image) -> VideoFrame:
    indexed = picture.quantize(256)
    palette = indexed.getpalette("RGB") or []
    frame = VideoFrame(*picture.size, "pal8")
    frame.planes[0].update(_padded(indexed.tobytes(), picture.width, frame.planes[0].line_size))
    colours = zip(palette[0::3], palette[1::3], palette[2::3], strict=True)
    entries = b"".join(bytes((b, g, r, 255)) for r, g, b in colours)
    frame.planes[1].update(entries.ljust(1024, b"\0"))
    return frame


def _padded(rows: bytes, width: int, line: int) -> bytes:
    starts = range(0, len(rows), width)
    return b"".join(rows[start : start + width].ljust(line, b"\0") for start in starts)


_LIMITED, _FULL = 1, 2
_HERTZ = 44_100
_PRESETS = {
    "libx264": {"preset": "veryfast", "x264-params": "scenecut=0"},
    "libx265": {
        "preset": "ultrafast",
        "x265-params": "log-level=none:scenecut=0:pools=none:frame-threads=1",
    },
    "libvpx-vp9": {"deadline": "realtime", "cpu-used": "8", "crf": "30"},
    "libvpx": {"deadline": "realtime", "cpu-used": "8", "crf": "20"},
    "libsvtav1": {"preset": "12", "svtav1-params": "lp=1"},
}  # fmt: skip


_SLOW = {"libx264", "libx265", "libvpx-vp9"}


@cache
def made(video: Video = Video()) -> bytes:
    """The file."""
    with tempfile.TemporaryDirectory() as folder:  # an index is moved forward by reading again
        path = Path(folder) / f"clip.{video.container}"
        plain = dataclasses.replace(video, container="mp4", muxing=(), turn=None, mirrored=False)
        is_apart = video.first_pts or video.sound
        if video.codec in _SLOW and video != plain and not is_apart:
            _remux(plain, video, path)
        else:
            _encode(video, path)
        return path.read_bytes()


def _encode(video: Video, path: Path) -> None:
    with av.open(path, "w", container_options=dict(video.muxing)) as out:
        track = out.add_stream(video.codec, rate=video.rate)
        assert isinstance(track, VideoStream)
        _set_up(track, video)
        voice = out.add_stream("pcm_s16le", rate=_HERTZ, layout="stereo") if video.sound else None
        for frame in _pictures(video):
            frame.time_base = Fraction(1, video.rate)
            if video.tags:
                primaries, transfer, matrix, span = video.tags
                frame.color_primaries, frame.color_trc = primaries, transfer
                frame.colorspace, frame.color_range = matrix, span
            out.mux(track.encode(frame))
            if voice is not None:
                out.mux(voice.encode(_sound(frame.pts - video.first_pts, video.rate)))
        out.mux(track.encode())


def _sound(number: int, rate: int) -> AudioFrame:
    """As long as a picture is shown, from its middle to that of the next."""
    frame = AudioFrame(format="s16", layout="stereo", samples=_HERTZ // rate)
    frame.planes[0].update(random.Random(number).randbytes(frame.planes[0].buffer_size))
    frame.sample_rate = _HERTZ
    frame.pts = number * frame.samples + frame.samples // 2
    return frame


def _remux(plain: Video, video: Video, path: Path) -> None:
    """The same pictures in another container: encoding is what takes long."""
    with (
        av.open(io.BytesIO(made(plain))) as source,
        av.open(path, "w", container_options=dict(video.muxing)) as out,
    ):
        track = out.add_stream_from_template(source.streams.video[0])
        _turn(track, video)
        for packet in source.demux(video=0):
            if packet.dts is not None:
                packet.stream = track
                out.mux(packet)


def _set_up(track: VideoStream, video: Video) -> None:
    track.width, track.height = video.size
    track.pix_fmt = video.pix_fmt
    track.codec_context.gop_size = video.gop
    track.codec_context.thread_count = 1
    track.options = {**_PRESETS.get(video.codec, {}), **dict(video.encoding)}
    _turn(track, video)
    if video.pixel is not None:
        track.codec_context.sample_aspect_ratio = video.pixel
    if video.tags:
        (
            track.codec_context.color_primaries,
            track.codec_context.color_trc,
            track.codec_context.colorspace,
            track.codec_context.color_range,
        ) = video.tags


def _turn(track: VideoStream, video: Video) -> None:
    if video.turn is not None or video.mirrored:
        track.set_display_rotation(video.turn or 0, hflip=video.mirrored)


def box(kind: bytes, content: bytes = b"") -> bytes:
    """An ISO box."""
    return (8 + len(content)).to_bytes(4) + kind + content


def patched(content: bytes, mark: bytes, offset: int, replacement: bytes) -> bytes:
    """With other bytes at `offset` from where the name of a box begins, its first occurrence."""
    start = content.index(mark) + (offset + 4 if offset >= 0 else offset)
    return content[:start] + replacement + content[start + len(replacement) :]
