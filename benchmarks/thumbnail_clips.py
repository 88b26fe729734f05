"""The clips whose thumbnails are measured: made once, by PyAV, into `build/clips`.

Pictures pan over soft clouds with grain, so that they cost as many bytes as a camera's do. Long
clips repeat the packets of a short one, since encoding is what takes long.
"""

from __future__ import annotations

import hashlib
import os
import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
from av.audio.frame import AudioFrame
from av.container import OutputContainer
from av.video.frame import VideoFrame
from av.video.stream import VideoStream
from PIL import Image, ImageChops

os.environ.setdefault("SVT_LOG", "1")  # else the AV1 encoder tells its settings each time

BUILD = Path(__file__).parent.parent / "build" / "clips"
RATE = 24
LONGEST_PICTURE_S = 0.25
"""How long the bits of one picture may take at the film's rate, where the encoder can be told."""
_MADE = 2
_PAN = 256
_LIMITED, _BT2020, _PQ = 1, 9, 16
_FASTEST: dict[str, dict[str, str]] = {
    "libx264": {"preset": "ultrafast", "x264-params": "scenecut=0:bframes=2"},
    "libx265": {"preset": "ultrafast", "x265-params": "log-level=none:scenecut=0"},
    "libvpx": {"deadline": "realtime", "cpu-used": "8"},
    "libvpx-vp9": {"deadline": "realtime", "cpu-used": "8"},
    "libsvtav1": {"preset": "12"},
}


@dataclass(frozen=True)
class Film:
    """What is encoded."""

    codec: str
    size: tuple[int, int]
    seconds: float
    mbits: float
    """A second."""
    container: str = "mp4"
    gop: int = 2 * RATE
    is_hdr: bool = False
    black_s: int = 0
    has_sound: bool = False


@dataclass(frozen=True)
class Clip:
    """One file, made of a film."""

    name: str
    film: Film
    container: str = "mp4"
    times: int = 1
    muxing: dict[str, str] = field(default_factory=dict)
    turn: int = 0
    trailer: bytes = b""


FULL_HD = Film("libx264", (1920, 1080), 10, 9.6, has_sound=True)
HEVC = Film("libx265", (1920, 1080), 3, 8.2, has_sound=True)
FIRST = {"movflags": "faststart"}
FRAGMENTS = {"movflags": "frag_keyframe+empty_moov+default_base_moof"}
INDEXED = {"movflags": f"{FRAGMENTS['movflags']}+global_sidx"}
_TRAILING_UUID = (30_000).to_bytes(4) + b"uuid" + bytes(29_992)
"""What Discord's own clips end with."""

CLIPS = (
    Clip("h264 1080p mp4, index first", FULL_HD, times=6, muxing=FIRST),
    Clip("h264 1080p mp4, index last", FULL_HD, times=6),
    Clip("h264 1080p mkv", FULL_HD, "mkv", times=6),
    Clip("h264 1080p flv", FULL_HD, "flv", times=6),
    Clip("h264 1080p mp4, fragments", FULL_HD, times=6, muxing=FRAGMENTS),
    Clip(
        "h264 720p mp4, one GOP of 40 s",
        Film("libx264", (1280, 720), 40, 4.6, gop=99_999),
        muxing=FIRST,
    ),
    Clip("hevc 1080p mov, turned", HEVC, "mov", times=8, turn=90),
    Clip("hevc 4K mp4, HDR10", Film("libx265", (3840, 2160), 1, 20, is_hdr=True), times=8),
    Clip("vp9 720p webm", Film("libvpx-vp9", (1280, 720), 10, 3, "webm"), "webm", times=3),
    Clip("av1 720p mp4", Film("libsvtav1", (1280, 720), 10, 1.6), times=2, muxing=FIRST),
    Clip("mpeg4 720p avi", Film("mpeg4", (1280, 720), 15, 4.1, "avi"), "avi"),
    Clip("flv1 360p flv", Film("flv", (640, 360), 15, 1.5, "flv"), "flv"),
    Clip(
        "h264 720p mp4, black for 3 s",
        Film("libx264", (1280, 720), 12, 5.2, black_s=3),
        muxing=FIRST,
    ),
    Clip("h264 8K mp4", Film("libx264", (7680, 4320), 2, 44)),
    Clip(
        "vp8 720p webm, of a browser",
        Film("libvpx", (1280, 720), 8, 3, "webm"),
        "webm",
        times=2,
        muxing={"live": "1"},
    ),
    Clip("h264 1080p mp4, as Discord's", FULL_HD, trailer=_TRAILING_UUID),
    Clip("h264 360p mp4, indexed fragments", Film("libx264", (640, 360), 8, 1.0), muxing=INDEXED),
)
LARGE = Clip("h264 1080p mp4, index last", FULL_HD, times=49)
_8K = (7680, 4320)
EIGHT_K = (
    Clip("h264 8K mp4", Film("libx264", _8K, 2, 44)),
    Clip("hevc 8K mp4", Film("libx265", _8K, 0.25, 44)),
    Clip("vp9 8K webm", Film("libvpx-vp9", _8K, 0.25, 44, "webm"), "webm"),
    Clip("av1 8K mp4", Film("libsvtav1", _8K, 0.25, 44)),
)


def path_of(clip: Clip) -> Path:
    """The clip's file, which is made if it is not there yet."""
    BUILD.mkdir(parents=True, exist_ok=True)
    film = BUILD / f"film-{_key(clip.film)}.{clip.film.container}"
    path = BUILD / f"clip-{_key(clip)}.{clip.container}"
    if not film.exists():
        _replace(film, lambda part: _encode(clip.film, part))
    if not path.exists():
        _replace(path, lambda part: _mux(clip, film, part))
    return path


def _key(thing: Film | Clip) -> str:
    """By what it is made of, and how: `_MADE` counts the ways."""
    return hashlib.blake2s(f"{_MADE} {thing}".encode()).hexdigest()[:12]


def _replace(path: Path, make: Any) -> None:
    """All of it or nothing, whenever this is cut off."""
    part = path.with_stem("part")
    make(part)
    part.rename(path)


def _encode(film: Film, path: Path) -> None:
    with av.open(path, "w") as out:
        track = out.add_stream(film.codec, rate=RATE)
        assert isinstance(track, VideoStream)
        track.width, track.height = film.size
        track.pix_fmt = "yuv420p10le" if film.is_hdr else "yuv420p"
        track.codec_context.gop_size = film.gop
        track.codec_context.bit_rate = round(film.mbits * 1e6)
        track.options = _options(film)
        if film.is_hdr:
            context = track.codec_context
            context.color_primaries, context.color_trc = _BT2020, _PQ
            context.colorspace, context.color_range = _BT2020, _LIMITED
        voice = out.add_stream("aac", rate=48_000, layout="mono") if film.has_sound else None
        for number, frame in enumerate(_pictures(film)):
            out.mux(track.encode(frame))
            if voice is not None:
                out.mux(voice.encode(_sound(number)))
        for each in (track, voice):
            if each is not None:
                out.mux(each.encode())


def _options(film: Film) -> dict[str, str]:
    options = dict(_FASTEST.get(film.codec, {}))
    if film.codec in ("libx264", "libx265"):
        # As recorders do: without it the first picture has a third of a short clip's bytes.
        bits = film.mbits * 1e6
        options |= {"maxrate": f"{bits:.0f}", "bufsize": f"{bits * LONGEST_PICTURE_S:.0f}"}
    return options


def _pictures(film: Film) -> Iterator[VideoFrame]:
    dice = random.Random(7)
    width, height = film.size
    sizes = ((width, height), (width // 2, height // 2), (width // 2, height // 2))
    clouds = [_clouds(size, dice) for size in sizes]
    noise = Image.frombytes(
        "L", (width + 64, height + 64), dice.randbytes((width + 64) * (height + 64))
    )
    grain = noise.point([128 + (value - 128) // 8 for value in range(256)])
    for number in range(round(film.seconds * RATE)):
        is_black = number < film.black_s * RATE
        frame = VideoFrame(width, height, "yuv420p")
        for plane, (cloud, size) in enumerate(zip(clouds, sizes, strict=True)):
            at = number * 2 % _PAN // (2 if plane else 1)
            picture = cloud.crop((at, at, at + size[0], at + size[1]))
            if plane == 0:
                x, y = dice.randrange(64), dice.randrange(64)
                speck = grain.crop((x, y, x + width, y + height))
                picture = ImageChops.add(picture, speck, offset=-128)
            if is_black:
                picture = Image.new("L", size, 128 if plane else 16)
            frame.planes[plane].update(_padded(picture, frame.planes[plane].line_size))
        if film.is_hdr:
            frame = frame.reformat(format="yuv420p10le")
            frame.color_primaries, frame.color_trc = _BT2020, _PQ
            frame.colorspace, frame.color_range = _BT2020, _LIMITED
        frame.pts, frame.time_base = number, Fraction(1, RATE)
        yield frame


def _clouds(size: tuple[int, int], dice: random.Random) -> Image.Image:
    """Larger than the pictures, by as much as they pan."""
    width, height = size[0] + _PAN, size[1] + _PAN
    whole = Image.new("L", (width, height), 128)
    for cells in (4, 16, 64, 256):
        small = Image.frombytes("L", (cells, cells), dice.randbytes(cells * cells))
        layer = small.resize((width, height), Image.Resampling.BICUBIC)
        whole = Image.blend(whole, layer, 0.5 if cells == 4 else 0.2)
    return whole


def _padded(picture: Image.Image, line: int) -> bytes:
    if picture.width == line:
        return picture.tobytes()
    wide = Image.new("L", (line, picture.height))
    wide.paste(picture)
    return wide.tobytes()


def _sound(number: int) -> AudioFrame:
    """As long as a picture is shown."""
    frame = AudioFrame(format="fltp", layout="mono", samples=48_000 // RATE)
    silence = bytes(frame.planes[0].buffer_size)
    frame.planes[0].update(silence)
    frame.sample_rate = 48_000
    frame.pts = number * frame.samples
    return frame


def _mux(clip: Clip, film: Path, path: Path) -> None:
    with av.open(path, "w", container_options=clip.muxing) as out:
        tracks: dict[int, Any] = {}
        last: dict[int, int] = {}
        for turn in range(clip.times):
            with av.open(film) as source:
                if not tracks:
                    tracks = _tracks(clip, source, out)
                for packet in source.demux():
                    if packet.dts is None or packet.pts is None:
                        continue
                    later = round(turn * clip.film.seconds / packet.time_base)
                    track = packet.stream.index
                    packet.pts, packet.dts = packet.pts + later, packet.dts + later
                    if packet.dts > last.get(track, packet.dts - 1):
                        last[track] = packet.dts
                        packet.stream = tracks[track]
                        out.mux(packet)
    if clip.trailer:
        with path.open("ab") as file:
            file.write(clip.trailer)


def _tracks(clip: Clip, source: Any, out: OutputContainer) -> dict[int, Any]:
    tracks = {one.index: out.add_stream_from_template(one, opaque=True) for one in source.streams}
    for track in tracks.values():
        if clip.turn and isinstance(track, VideoStream):
            track.set_display_rotation(clip.turn)
    return tracks
