"""Files that are no videos, broken ones, and those that were made to hurt."""

from __future__ import annotations

import contextlib
import io
import random
import struct
import zlib
from fractions import Fraction
from pathlib import Path

import av
import msgspec
import pytest
from PIL import Image

from clipsaver.simulator.files.media import by_name, content_of
from clipsaver.thumbnails.picture.errors import (
    Broken,
    BudgetSpent,
    NoVideo,
    PictureError,
    TooBig,
    Unsupported,
)
from clipsaver.thumbnails.picture.make import make_picture
from clipsaver.thumbnails.picture.sources import BytesRanges
from clipsaver.thumbnails.picture.wanted import KIB, MIB, Budgets, Wanted
from tests.thumbnails.picture.looking import are_close, corners, picture_of
from tests.thumbnails.videos import FIELDS, Video, box, made, patched

BOMB = 16_000


def gif(size: int) -> bytes:
    return b"GIF89a" + struct.pack("<HH", size, size) + b"\x80\0\0" + bytes(6) + b"\x3b"


def png(width: int, height: int) -> bytes:
    """One bit a pixel, all of it black: 16,000 by 16,000 are 32 MB out of 31 KB."""

    def chunk(kind: bytes, content: bytes) -> bytes:
        return len(content).to_bytes(4) + kind + content + zlib.crc32(kind + content).to_bytes(4)

    header = struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)
    rows = zlib.compress(bytes((width // 8 + 1) * height), 1)
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")
    )


def with_packets(codec: str, container: str, packets: list[bytes], size: tuple[int, int]) -> bytes:
    """A file of ready packets, which no encoder has to make."""
    target = io.BytesIO()
    with av.open(target, "w", format=container) as out:
        track = out.add_stream(codec, rate=10)
        track.width, track.height = size
        track.pix_fmt = "rgb24"
        for number, content in enumerate(packets):
            packet = av.Packet(content)
            packet.stream, packet.pts, packet.dts = track, number, number
            packet.time_base = Fraction(1, 10)
            packet.is_keyframe = True
            out.mux(packet)
    return target.getvalue()


PLAIN = made(Video())
NOT_VIDEOS = {
    "nothing": (b"", Broken),
    "zeros": (bytes(4096), Broken),
    "HTML": (b"<!doctype html><html><body>No</body></html>" * 40, Broken),
    "a program": (b"\x7fELF\x02\x01\x01" + bytes(4000), Broken),
    "ZIP": (b"PK\x03\x04" + bytes(26) + b"x" * 4000, Broken),
    "HLS": (b"#EXTM3U\n#EXTINF:9,\nfile:///etc/passwd\n#EXT-X-ENDLIST\n", PictureError),
    "DASH": (b'<?xml version="1.0"?><MPD xmlns="urn:mpeg:dash:schema:mpd:2011"></MPD>', Broken),
    "SDP": (b"v=0\no=- 0 0 IN IP4 127.0.0.1\ns=x\nc=IN IP4 127.0.0.1\nm=video 9 RTP/AVP 96\n",
            PictureError),
    "ffconcat": (b"ffconcat version 1.0\nfile /etc/passwd\n", Unsupported),
    "PNG": (content_of(by_name("picture.png")), Unsupported),
    "JPEG": (content_of(by_name("picture.jpg")), PictureError),
    "a GIF of 65,535 squared": (gif(65_535), Unsupported),
    "OGG": (content_of(by_name("voice.ogg")), Unsupported),
    "text": (content_of(by_name("note.txt")), Broken),
    "3 MB of chance": (random.Random(3).randbytes(3_000_000), Broken),
    "cut before its index": (made(Video(size=(640, 360), noise=True))[:40_000], Broken),
    "an index without samples": (PLAIN.replace(b"stbl", b"free"), PictureError),
}  # fmt: skip


@pytest.mark.parametrize("name", NOT_VIDEOS)
def test_what_is_no_video_costs_one_block(name: str) -> None:
    content, error = NOT_VIDEOS[name]
    source = BytesRanges(content)
    with pytest.raises(error) as raised:
        make_picture(source)
    assert str(raised.value)
    assert source.bytes_read <= 200 * KIB


def test_a_file_that_names_others_is_not_followed(tmp_path: Path) -> None:
    real = tmp_path / "clip.mp4"
    real.write_bytes(PLAIN)
    for text in (f"ffconcat version 1.0\nfile {real}\n", f"#EXTM3U\n#EXTINF:2,\nfile://{real}\n"):
        with pytest.raises(PictureError):
            picture_of(text.encode())


def sound(cover: bytes | None = None) -> bytes:
    target = io.BytesIO()
    with av.open(target, "w", format="mp4") as out:
        track = out.add_stream("aac", rate=16_000, layout="mono")
        picture = None
        if cover is not None:
            picture = out.add_stream("png", rate=1)
            picture.width, picture.height = 160, 90
            picture.pix_fmt = "rgb24"
            picture.disposition = av.stream.Disposition.attached_pic
        frame = av.AudioFrame(format="fltp", layout="mono", samples=1024)
        frame.sample_rate, frame.pts = 16_000, 0
        frame.planes[0].update(bytes(4096))
        out.mux([*track.encode(frame), *track.encode()])
        if picture is not None and cover is not None:
            packet = av.Packet(cover)
            packet.stream, packet.pts, packet.dts = picture, 0, 0
            out.mux(packet)
    return target.getvalue()


@pytest.mark.parametrize("cover", [None, content_of(by_name("picture.png"))])
def test_sound_is_no_video_and_its_cover_neither(cover: bytes | None) -> None:
    content = sound(cover)
    assert (cover is None) == (b"covr" not in content)
    with pytest.raises(NoVideo, match="no video track"):
        picture_of(content)


def test_a_track_that_turns_up_at_the_end_costs_nothing() -> None:
    flv = made(Video(container="flv", codec="flv1", seconds=1, black_until=1))
    sound = b"\x08\0\0\x05\0\x03\xe8\0\0\0\0" + b"\x3e" + bytes(4) + (16).to_bytes(4)
    assert picture_of(flv + sound).is_flat


def test_a_file_that_was_cut_off_has_its_picture() -> None:
    content = made(Video(size=(640, 360), noise=True, muxing=(("movflags", "faststart"),)))
    picture = picture_of(content[: len(content) * 2 // 3])
    assert are_close(corners(picture.large), list(FIELDS))


@pytest.mark.parametrize(("container", "said"), [("mov", BOMB), ("avi", BOMB), ("mov", 90)])
def test_too_many_pixels_are_not_decoded(container: str, said: int) -> None:
    with pytest.raises(TooBig, match="16000 by 16000"):
        picture_of(with_packets("png", container, [png(BOMB, BOMB)], (said, said)))


@pytest.mark.parametrize(
    ("codec", "container"),
    [("libx264", "mp4"), ("libx265", "mkv"), ("libvpx-vp9", "webm"), ("libsvtav1", "mp4"),
     ("mpeg4", "avi"), ("flv1", "flv")],
)  # fmt: skip
def test_the_limit_of_pixels_holds_for_every_codec(codec: str, container: str) -> None:
    content = made(Video(codec=codec, container=container))
    with pytest.raises(TooBig, match="160 by 90"):
        picture_of(content, Wanted(max_pixels=100 * 100))
    # Some decoders count what lies around a picture as well.
    assert picture_of(content, Wanted(max_pixels=400 * 400)).facts.width == 160


def test_empty_boxes_without_end_are_given_up() -> None:
    source = BytesRanges(box(b"ftyp", b"isom\0\0\0\0isom") + box(b"free") * 400_000)
    with pytest.raises(PictureError):
        make_picture(source)
    assert source.requests <= 10
    endless = BytesRanges(box(b"ftyp", b"isom\0\0\0\0isom") + box(b"free") * 400_000)
    with pytest.raises(BudgetSpent, match="requests"):
        make_picture(endless, Wanted(budgets=Budgets(index_bytes=1 * MIB)))
    assert endless.bytes_read <= 1 * MIB


def nested(depth: int) -> bytes:
    content = b""
    for _ in range(depth):
        content = box(b"moov", content)
    return box(b"ftyp", b"isom\0\0\0\0isom") + content


LIARS = {
    "3,000 boxes in each other": nested(3000),
    "an index of 4 GB": patched(PLAIN, b"moov", -4, struct.pack(">I", 2**32 - 1)),
    "media of 2^63 bytes": PLAIN.replace(b"mdat", b"free")
    + struct.pack(">I4sQ", 1, b"mdat", 2**63),
    "2^31 times in stts": patched(PLAIN, b"stts", 8, struct.pack(">I", 2**31)),
    "2^30 sizes in stsz": patched(PLAIN, b"stsz", 12, struct.pack(">I", 2**30)),
    "2^32-1 offsets in stco": patched(PLAIN, b"stco", 8, struct.pack(">I", 2**32 - 1)),
    "a timescale of 0": patched(PLAIN, b"mdhd", 16, bytes(4)),
    "a timescale of 0 for all": patched(PLAIN, b"mvhd", 16, bytes(4)),
    "65,535 squared in its index": patched(PLAIN, b"avc1", 28, b"\xff" * 4),
    "data in another file": patched(PLAIN, b"url ", 4, bytes(4)),
}


@pytest.mark.parametrize("name", LIARS)
def test_lies_cost_an_error_or_nothing(name: str) -> None:
    source = BytesRanges(LIARS[name])
    with contextlib.suppress(PictureError):
        picture = make_picture(source)
        assert are_close(corners(picture.large), list(FIELDS))
        duration_s = picture.facts.duration_s
        assert duration_s is None or 0 < duration_s <= 7 * 86_400
    assert source.bytes_read <= 1000 * KIB


def test_a_tag_that_is_no_text_costs_nothing() -> None:
    assert b"Lavf" in PLAIN
    picture = picture_of(PLAIN.replace(b"Lavf", b"\xff\xfe\xfd\xfc"))
    assert are_close(corners(picture.large), list(FIELDS))


def test_an_encrypted_video_is_not_shown_as_noise() -> None:
    scheme = {"encryption_scheme": "cenc-aes-ctr", "encryption_key": "0" * 32}
    scheme["encryption_kid"] = "1" * 32
    encrypted = made(Video(muxing=tuple(scheme.items())))
    assert b"encv" in encrypted
    with pytest.raises(Unsupported, match="encrypted"):
        picture_of(encrypted)


def test_all_black_is_a_picture_and_says_so() -> None:
    picture = picture_of(made(Video(seconds=6, black_until=6)))
    assert picture.is_flat
    assert are_close(corners(picture.large), [(0, 0, 0)] * 4)


def test_the_first_second_and_a_bit_is_enough() -> None:
    for seconds in (1.0, 1.1):
        for container in ("mp4", "webm"):
            codec = "libvpx-vp9" if container == "webm" else "libx264"
            picture = picture_of(made(Video(container=container, codec=codec, seconds=seconds)))
            assert are_close(corners(picture.large), list(FIELDS))


def test_a_result_crosses_the_border_of_a_process() -> None:
    picture = picture_of(PLAIN)
    there = msgspec.msgpack.decode(msgspec.msgpack.encode(picture), type=type(picture))
    assert there == picture


def test_pillow_opens_what_was_made() -> None:
    with Image.open(io.BytesIO(picture_of(PLAIN).small.webp)) as image:
        assert image.format == "WEBP"
