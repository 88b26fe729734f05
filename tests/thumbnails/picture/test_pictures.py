"""What the pictures look like: known colours at known places, however they were stored."""

from __future__ import annotations

import math
from fractions import Fraction

import pytest
from av.video.frame import VideoFrame

from clipsaver.thumbnails.picture.colours import HLG, PQ
from clipsaver.thumbnails.picture.stills import look_at, pose_of, stills_of
from clipsaver.thumbnails.picture.wanted import Box, Wanted
from tests.thumbnails.picture.looking import Colour, are_close, corners, picture_of
from tests.thumbnails.videos import BLUE, FIELDS, GREEN, RED, WHITE, Video, made

BT601, BT709, BT2020 = 5, 1, 9
LIMITED, FULL = 1, 2


def show(video: Video, *wanted: Colour, tolerance: int = 6) -> None:
    """Both sizes show these colours above left and right, below left and right."""
    picture = picture_of(made(video))
    for still in (picture.small, picture.large):
        found = corners(still)
        assert are_close(found, list(wanted or FIELDS), tolerance), found


@pytest.mark.parametrize(
    ("video", "wanted"),
    [
        (Video(), FIELDS),
        (Video(container="mov", turn=90), (GREEN, WHITE, RED, BLUE)),
        (Video(turn=180), (WHITE, BLUE, GREEN, RED)),
        (Video(container="mov", turn=-90), (BLUE, RED, WHITE, GREEN)),
        (Video(mirrored=True), (GREEN, RED, WHITE, BLUE)),
        (Video(turn=90, mirrored=True), (WHITE, GREEN, BLUE, RED)),
        (Video(turn=-90, mirrored=True), (RED, BLUE, GREEN, WHITE)),
        (Video(turn=89.4), (GREEN, WHITE, RED, BLUE)),
    ],
    ids=lambda value: f"{value.turn}" if isinstance(value, Video) else "",
)
def test_it_is_upright_and_not_mirrored(video: Video, wanted: tuple[Colour, ...]) -> None:
    show(video, *wanted)
    picture = picture_of(made(video))
    is_upright = video.turn is not None and 45 < abs(video.turn) < 135
    shown = (90, 160) if is_upright else (160, 90)
    assert (picture.facts.width, picture.facts.height) == shown
    assert (picture.large.width, picture.large.height) == shown
    assert (picture.facts.stored_width, picture.facts.stored_height) == (160, 90)


@pytest.mark.parametrize(
    ("pixel", "shown"),
    [
        (Fraction(2), (320, 90)),
        (Fraction(1, 2), (160, 180)),
        (Fraction(4, 3), (213, 90)),
        (Fraction(1, 200), (160, 90)),
    ],
)
@pytest.mark.parametrize("container", ["mp4", "mkv", "mov"])
def test_pixels_become_squares(container: str, pixel: Fraction, shown: tuple[int, int]) -> None:
    picture = picture_of(made(Video(container=container, codec="mpeg4", pixel=pixel)))
    assert (picture.facts.width, picture.facts.height) == shown
    assert (picture.large.width, picture.large.height) == shown
    assert are_close(corners(picture.large), list(FIELDS))


@pytest.mark.parametrize(
    ("container", "codec", "pix_fmt"),
    [
        ("mp4", "libx264", "yuv444p"),
        ("mp4", "libx264", "yuv422p10le"),
        ("mp4", "libx264", "yuv420p10le"),
        ("mp4", "libx265", "yuv444p12le"),
        ("mp4", "libx264rgb", "rgb24"),
        ("mov", "qtrle", "rgb24"),
        ("mov", "qtrle", "argb"),
        ("mov", "png", "rgba"),
        ("mov", "prores_ks", "yuva444p10le"),
        ("mov", "rawvideo", "rgb24"),
        ("avi", "rawvideo", "bgr24"),
        ("avi", "mjpeg", "yuvj420p"),
        ("webm", "libvpx", "yuv420p"),
        ("webm", "libvpx-vp9", "yuv444p"),
        ("mp4", "libsvtav1", "yuv420p10le"),
        ("mkv", "ffv1", "gbrp10le"),
        ("flv", "flv1", "yuv420p"),
    ],
)
def test_every_format_of_pixels_has_its_colours(container: str, codec: str, pix_fmt: str) -> None:
    show(Video(container=container, codec=codec, pix_fmt=pix_fmt), tolerance=8)


def test_a_palette_has_its_colours() -> None:
    show(Video(container="mov", codec="png", pix_fmt="pal8"))


def test_gray_is_gray() -> None:
    grays = [(level, level, level) for level in (86, 125, 56, 235)]
    show(Video(pix_fmt="gray", tags=(2, 2, 2, FULL)), *grays, tolerance=8)


def test_what_is_transparent_is_black() -> None:
    clear, dense = bytes((255, 255, 255, 0)), bytes((255, 255, 255, 255))
    frame = VideoFrame.from_bytes((clear * 32 + dense * 32) * 36, 64, 36)
    _, large = stills_of(frame, pose_of(frame, None), Wanted())
    assert are_close(corners(large), [(0, 0, 0), (255, 255, 255)] * 2)


def test_odd_sizes_lose_no_row() -> None:
    video = Video(codec="ffv1", container="mkv", size=(161, 91), pix_fmt="yuv444p")
    picture = picture_of(made(video))
    assert (picture.large.width, picture.large.height) == (161, 91)
    assert are_close(corners(picture.large), list(FIELDS))


@pytest.mark.parametrize(
    "video",
    [
        Video(matrix=BT709, tags=(1, 1, BT709, LIMITED)),
        Video(matrix=BT709, tags=(1, 1, BT709, FULL)),
        Video(matrix=BT601, tags=(6, 6, 6, LIMITED)),
        Video(matrix=BT601, tags=(6, 6, 6, FULL)),
        Video(matrix=BT709, size=(1280, 720), seconds=0.5),
        Video(matrix=BT601, size=(640, 480), seconds=0.5),
    ],
    ids=["709", "709 full", "601", "601 full", "untagged and large", "untagged and small"],
)
def test_colours_follow_their_tags_or_their_size(video: Video) -> None:
    show(video)


@pytest.mark.parametrize("pix_fmt", ["yuv420p", "yuv444p10le", "gbrp", "gray", "pal8", "nv12"])
def test_no_tag_is_too_odd(pix_fmt: str) -> None:
    frame = VideoFrame(64, 36, pix_fmt)
    spaces = [(space, span, 2) for space in range(19) for span in range(4)]
    for space, span, other in (*spaces, *((1, 1, n) for n in (0, 1, 3, 8, PQ, HLG, 19, 255))):
        frame.colorspace, frame.color_range = space, span
        frame.color_trc = frame.color_primaries = other
        small, _ = stills_of(frame, pose_of(frame, None), Wanted())
        assert small.width == 64
        look_at(frame)


def pq_of(nits: float) -> int:
    power = (nits / 10_000) ** 0.1593017578125
    return round(255 * ((0.8359375 + 18.8515625 * power) / (1 + 18.6875 * power)) ** 78.84375)


def hlg_of(nits: float, luminance: float) -> int:
    scene = nits / 1000 * (luminance / 1000) ** (-0.2 / 1.2) if luminance else 0.0
    if scene <= 1 / 12:
        return round(255 * math.sqrt(3 * scene))
    return round(255 * (0.17883277 * math.log(12 * scene - 0.28466892) + 0.55991073))


def in_hdr(colour: Colour, transfer: int) -> Colour:
    """How HDR stores what a screen without it shows so, at 203 cd/m² for white."""
    linear = [((c / 255 + 0.055) / 1.055) ** 2.4 for c in colour]
    rows = ((0.6274, 0.3293, 0.0433), (0.0691, 0.9195, 0.0114), (0.0164, 0.0880, 0.8956))
    nits = [203 * sum(w * c for w, c in zip(row, linear, strict=True)) for row in rows]
    luminance = sum(w * c for w, c in zip((0.2627, 0.6780, 0.0593), nits, strict=True))
    codes = [pq_of(part) if transfer == PQ else hlg_of(part, luminance) for part in nits]
    return codes[0], codes[1], codes[2]


@pytest.mark.parametrize("transfer", [PQ, HLG])
def test_hdr_looks_as_on_a_screen_without_it(transfer: int) -> None:
    dim = ((180, 60, 60), (60, 170, 70), (60, 70, 180), (190, 190, 190))
    stored = tuple(in_hdr(colour, transfer) for colour in dim)
    video = Video(
        codec="libx265", pix_fmt="yuv420p10le", shows=stored, matrix=BT2020,
        tags=(9, transfer, BT2020, LIMITED), encoding=(("crf", "4"),),
    )  # fmt: skip
    show(video, *dim, tolerance=14)
    assert picture_of(made(video)).facts.is_hdr


def test_bright_hdr_is_compressed_and_not_cut_off() -> None:
    nits = (203, 400, 1000, 4000)
    stored = tuple((pq_of(n), pq_of(n), pq_of(n)) for n in nits)
    video = Video(
        codec="libx265", pix_fmt="yuv420p10le", shows=stored, matrix=BT2020,
        tags=(9, PQ, BT2020, LIMITED), encoding=(("crf", "4"),),
    )  # fmt: skip
    levels = [colour[1] for colour in corners(picture_of(made(video)).large)]
    assert 225 <= levels[0] < levels[1] <= levels[2] <= levels[3] <= 255


def test_it_is_never_enlarged_and_fits_its_box() -> None:
    tiny = picture_of(made(Video(size=(64, 36))))
    assert (tiny.small.width, tiny.small.height) == (64, 36)
    assert (tiny.large.width, tiny.large.height) == (64, 36)
    large = picture_of(made(Video(size=(640, 480), seconds=0.5)))
    assert (large.small.width, large.small.height) == (240, 180)
    assert (large.large.width, large.large.height) == (480, 360)


def test_the_small_box_may_be_the_larger() -> None:
    picture = picture_of(
        made(Video(size=(640, 480))), Wanted(small=Box(400, 300), large=Box(80, 80))
    )
    assert (picture.small.width, picture.small.height) == (400, 300)
    assert (picture.large.width, picture.large.height) == (80, 60)


def test_sizes_and_quality_are_as_wanted() -> None:
    content = made(Video(size=(640, 360), noise=True, seconds=0.5))
    fine = Wanted(small=Box(100, 100), large=Box(200, 100, quality=95))
    coarse = Wanted(small=Box(100, 100), large=Box(200, 100, quality=20))
    finer, coarser = picture_of(content, fine), picture_of(content, coarse)
    assert (finer.small.width, finer.small.height) == (100, 56)
    assert (finer.large.width, finer.large.height) == (178, 100)
    assert len(finer.large.webp) > 1.5 * len(coarser.large.webp)
