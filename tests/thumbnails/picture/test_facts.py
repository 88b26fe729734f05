"""What is told of a clip beside its picture, and which moment is shown."""

from __future__ import annotations

import dataclasses

import pytest

from clipsaver.simulator.files.media import CATALOGUE, content_of
from clipsaver.thumbnails.picture.lengths import plausible
from clipsaver.thumbnails.picture.make import make_picture
from clipsaver.thumbnails.picture.sources import BytesRanges
from clipsaver.thumbnails.picture.wanted import KIB, Budgets, Wanted
from tests.thumbnails.picture.looking import are_close, corners, picture_of
from tests.thumbnails.videos import FIELDS, Video, made

FIVE_SECONDS = Video(seconds=5)
FRAGMENTS = "frag_keyframe+empty_moov+default_base_moof"


def mp4(flags: str, video: Video = FIVE_SECONDS) -> Video:
    return dataclasses.replace(video, muxing=(("movflags", flags),))


@pytest.mark.parametrize(
    ("video", "content_type", "codec"),
    [
        (Video(), "video/mp4", "h264"),
        (Video(container="mov"), "video/quicktime", "h264"),
        (Video(container="mkv"), "video/x-matroska", "h264"),
        (Video(container="flv"), "video/x-flv", "h264"),
        (Video(container="mp4", codec="libx265"), "video/mp4", "hevc"),
        (Video(container="webm", codec="libvpx"), "video/webm", "vp8"),
        (Video(container="mp4", codec="libvpx-vp9"), "video/mp4", "vp9"),
        (Video(container="webm", codec="libsvtav1"), "video/webm", "av1"),
        (Video(container="avi", codec="mpeg4"), "video/x-msvideo", "mpeg4"),
        (Video(container="flv", codec="flv1"), "video/x-flv", "flv1"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_type_and_codec_are_those_of_the_bytes(video: Video, content_type: str, codec: str) -> None:
    facts = picture_of(made(video)).facts
    assert (facts.content_type, facts.codec) == (content_type, codec)
    assert facts.duration_s == pytest.approx(2.0, abs=0.21)
    assert not facts.is_hdr


@pytest.mark.parametrize(
    ("video", "duration_s"),
    [
        (Video(seconds=5), 5.0),
        (mp4(f"{FRAGMENTS}+global_sidx"), 5.0),
        (mp4(FRAGMENTS), 5.0),
        # The last fragment holds one frame.
        (mp4(FRAGMENTS, Video(seconds=6.1)), 6.1),
        (mp4("frag_every_frame+empty_moov", Video(seconds=3)), 3.0),
        (mp4("frag_keyframe", Video(seconds=4.1)), 4.1),
        (mp4(f"{FRAGMENTS}+skip_trailer"), None),
        (mp4(f"{FRAGMENTS}+dash+skip_trailer"), None),
        (Video(seconds=5, container="webm", codec="libvpx-vp9", muxing=(("live", "1"),)), 5.0),
        (Video(seconds=5, container="mkv", muxing=(("live", "1"),)), 5.0),
        (Video(seconds=5, container="avi", codec="mpeg4"), 5.0),
    ],
)
def test_a_length_is_right_or_unknown(video: Video, duration_s: float | None) -> None:
    found = picture_of(made(video)).facts.duration_s
    if duration_s is None:
        assert found is None
    else:
        assert found == pytest.approx(duration_s, abs=0.21)


def test_a_length_is_counted_from_the_clips_own_beginning() -> None:
    late = dataclasses.replace(Video(seconds=5, container="mkv"), first_pts=6000)
    assert picture_of(made(late)).facts.duration_s == pytest.approx(5, abs=0.21)


def test_a_recording_that_joined_a_stream_begins_at_its_own_beginning() -> None:
    for container, codec in (("webm", "libvpx-vp9"), ("mkv", "libx264")):
        live = Video(seconds=5, container=container, codec=codec, muxing=(("live", "1"),))
        picture = picture_of(made(dataclasses.replace(live, first_pts=6000)))
        assert picture.at_s == 0.0
        assert picture.facts.duration_s == pytest.approx(5, abs=0.21)


@pytest.mark.parametrize("seconds", [None, 0.0, -1.0, float("nan"), 60_000.0 * 60])
def test_a_length_that_no_clip_has_is_unknown(seconds: float | None) -> None:
    assert plausible(seconds) is None


def test_the_frame_rate_is_told() -> None:
    assert picture_of(made(Video(rate=25))).facts.frames_per_s == pytest.approx(25)


def test_what_the_simulator_serves_is_as_its_catalogue_says() -> None:
    for media in CATALOGUE:
        if media.is_video:
            facts = picture_of(content_of(media)).facts
            assert facts.content_type == media.content_type
            if media.width:
                assert (facts.width, facts.height) == (media.width, media.height)
                assert facts.duration_s == pytest.approx(media.duration_s, abs=0.1)


@pytest.mark.parametrize("seconds", [0.5, 1.0, 2.4, 3.0, 3.9])
def test_the_key_picture_at_or_before_the_wanted_moment_is_shown(seconds: float) -> None:
    content = made(Video(seconds=5))
    assert picture_of(content, Wanted(at_s=seconds)).at_s == int(seconds)


@pytest.mark.parametrize("container", ["mp4", "mkv"])
def test_a_key_picture_that_shows_something_is_looked_for(container: str) -> None:
    picture = picture_of(made(Video(container=container, seconds=10, black_until=3)))
    assert not picture.is_flat
    assert picture.at_s == 3.0
    assert picture.cost.frames <= 3


@pytest.mark.parametrize(
    "video",
    [
        Video(gop=500),
        Video(gop=500, container="mkv"),
        Video(gop=500, container="avi", codec="mpeg4"),
        Video(container="flv", codec="flv1"),
        mp4(f"{FRAGMENTS}+skip_trailer"),
    ],
)
def test_without_other_key_pictures_it_goes_on_in_a_row(video: Video) -> None:
    content = made(dataclasses.replace(video, seconds=6, black_until=3))
    picture = picture_of(content)
    assert not picture.is_flat
    assert picture.at_s is not None
    assert 3.0 <= picture.at_s <= 4.0
    assert are_close(corners(picture.large), list(FIELDS))


def test_a_key_picture_is_looked_at_once() -> None:
    content = made(Video(gop=500, seconds=2, black_until=2))
    picture = picture_of(content, Wanted(budgets=Budgets(forward_frames=1)))
    assert picture.cost.frames == 2, "as the key picture, and as the first of those in a row"


def test_without_an_index_a_budget_ends_the_looking_for_key_pictures() -> None:
    live = Video(
        container="webm", codec="libvpx-vp9", size=(640, 360), seconds=6, gop=60, noise=True,
        black_until=0.5, muxing=(("live", "1"),),
    )  # fmt: skip
    budgets = Budgets(another_bytes=64 * KIB, forward_bytes=0, forward_frames=1)
    picture = picture_of(made(live), Wanted(budgets=budgets))
    assert picture.is_flat
    assert picture.cost.bytes_read <= (128 + 64) * KIB


def test_patience_ends_the_search_with_what_there_is() -> None:
    content = made(Video(seconds=20, gop=500, black_until=19))
    assert not make_picture(BytesRanges(content), clock=lambda: 0.0).is_flat
    times = iter(range(1000))
    picture = make_picture(BytesRanges(content), clock=lambda: float(next(times)))
    assert picture.is_flat
    assert picture.cost.frames <= 5


def test_a_key_picture_that_an_edit_hides_is_not_the_only_one() -> None:
    hidden = Video(gop=100, seconds=4, first_pts=-15, muxing=(("avoid_negative_ts", "disabled"),))
    content = made(hidden)
    assert b"elst" in content
    picture = picture_of(content)
    assert are_close(corners(picture.large), list(FIELDS))
    assert picture.at_s == 0.0


def test_a_picture_without_a_key_picture_is_found_in_a_row() -> None:
    # As a recorder writes that refreshes a picture bit by bit: only the first is marked as key.
    content = made(Video(container="avi", codec="mpeg4", gop=20))
    index = content.rindex(b"idx1")
    unmarked = content[:index] + content[index:].replace(b"00dc\x10\0\0\0", b"00dc\0\0\0\0")
    assert unmarked != content
    assert are_close(corners(picture_of(unmarked).large), list(FIELDS))
