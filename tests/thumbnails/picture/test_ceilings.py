"""What a picture costs in each container: requests, and bytes beyond its key picture."""

from __future__ import annotations

import dataclasses
import gc

import pytest
from av.video.codeccontext import VideoCodecContext

from clipsaver.thumbnails.picture import make
from clipsaver.thumbnails.picture.make import make_picture
from clipsaver.thumbnails.picture.sources import BytesRanges
from clipsaver.thumbnails.picture.wanted import KIB, Wanted
from tests.thumbnails.videos import Video, made

FRAGMENTS = "frag_keyframe+empty_moov+default_base_moof"
LARGE = Video(size=(640, 360), seconds=4, gop=20, noise=True)
DARK = dataclasses.replace(LARGE, seconds=8, black_until=2.5)


def of(video: Video, container: str = "mp4", codec: str = "libx264", **muxing: str) -> Video:
    return dataclasses.replace(
        video, container=container, codec=codec, muxing=tuple(muxing.items())
    )


FILES = {
    "mp4, index first": (of(LARGE, movflags="faststart"), 1, 132),
    "mp4, index last": (of(LARGE), 2, 136),
    "mov, index last": (of(LARGE, "mov"), 2, 136),
    "mkv": (of(LARGE, "mkv"), 1, 132),
    "webm": (of(LARGE, "webm", "libvpx-vp9"), 1, 132),
    "webm as a browser records it": (of(LARGE, "webm", "libvpx-vp9", live="1"), 2, 132 + 256),
    "avi": (of(LARGE, "avi", "mpeg4"), 2, 136),
    "flv": (of(LARGE, "flv", "flv1"), 1, 132),
    "flv that begins with sound": (
        of(dataclasses.replace(LARGE, sound=True, first_pts=5), "flv", "flv1"),
        2,
        196,
    ),
    "many fragments": (of(dataclasses.replace(LARGE, gop=4), movflags=FRAGMENTS), 4, 132 + 3 * 64),
    "fragments with an index": (of(LARGE, movflags=f"{FRAGMENTS}+global_sidx"), 2, 196),
    "fragments with a list": (of(LARGE, movflags=FRAGMENTS), 4, 132 + 3 * 64),
    "bare fragments": (of(LARGE, movflags=f"{FRAGMENTS}+skip_trailer"), 2, 196),
    "fragments indexed one by one": (of(LARGE, movflags=f"{FRAGMENTS}+dash"), 4, 132 + 3 * 64),
    "mp4 that begins black": (of(DARK, movflags="faststart"), 2, 132 + 64),
    "mkv that begins black": (of(DARK, "mkv"), 3, 132 + 2 * 64),
    "fragments that begin black": (of(DARK, movflags=f"{FRAGMENTS}+skip_trailer"), 4, 132 + 5 * 64),
}


@pytest.mark.parametrize("name", FILES)
def test_a_picture_takes_few_requests_and_bytes(name: str) -> None:
    video, requests, kilobytes = FILES[name]
    source = BytesRanges(made(video))
    picture = make_picture(source)
    assert not picture.is_flat
    assert source.size > kilobytes * KIB * 1.1, "the file is too small to tell"
    assert source.requests <= requests
    assert source.bytes_read <= kilobytes * KIB
    assert (picture.cost.requests, picture.cost.bytes_read) == (
        source.requests,
        source.bytes_read,
    )


def test_a_trailing_box_as_discord_writes_it_costs_nothing_more() -> None:
    content = made(FILES["mp4, index last"][0])
    box = (30_000).to_bytes(4) + b"uuid" + bytes(29_992)
    plain, trailed = BytesRanges(content), BytesRanges(content + box)
    make_picture(plain)
    make_picture(trailed)
    assert trailed.requests == plain.requests


@pytest.mark.parametrize(("container", "requests"), [("mov", 3), ("mkv", 1), ("avi", 3)])
def test_the_sound_beside_it_is_not_read(container: str, requests: int) -> None:
    video = dataclasses.replace(LARGE, gop=10, sound=True)
    source = BytesRanges(made(of(video, container, "mpeg4")))
    picture = make_picture(source, Wanted(at_s=2.5))
    assert picture.at_s == (0.0 if container == "mkv" else 2.0)
    assert source.size > 900_000
    assert source.requests <= requests
    assert source.bytes_read <= 170 * KIB


def test_the_wanted_key_picture_is_fetched_alone() -> None:
    video = dataclasses.replace(LARGE, gop=10, encoding=(("crf", "12"),))
    source = BytesRanges(made(video))
    picture = make_picture(source)
    assert picture.at_s == 1.0
    assert source.requests == 3


def test_no_decoder_is_left_when_its_picture_is_scaled(monkeypatch: pytest.MonkeyPatch) -> None:
    """What both take would come on top of each other, which at 8K is the most of all."""
    seen: list[int] = []
    search, stills_of = make.Search, make.stills_of

    def decoders() -> int:
        return sum(isinstance(one, VideoCodecContext) for one in gc.get_objects())

    def searched(*arguments):
        made_search = search(*arguments)
        seen.append(decoders())
        return made_search

    def scaled(*arguments):
        seen.append(decoders())
        return stills_of(*arguments)

    monkeypatch.setattr(make, "Search", searched)
    monkeypatch.setattr(make, "stills_of", scaled)
    gc.collect()
    before = decoders()
    make_picture(BytesRanges(made(Video())))
    assert seen == [before + 1, before]
