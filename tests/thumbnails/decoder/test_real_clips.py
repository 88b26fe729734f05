"""Real videos through real decoders with all layers: the same pictures as without any process."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import AsyncIterator
from fractions import Fraction

import pytest

from clipsaver.thumbnails.decoder.decoders import Decoders, open_decoders
from clipsaver.thumbnails.picture.errors import PictureError
from clipsaver.thumbnails.picture.make import make_picture
from clipsaver.thumbnails.picture.sources import BytesRanges
from clipsaver.thumbnails.picture.wanted import Box, Wanted
from tests.thumbnails.decoder.stage import Clip
from tests.thumbnails.videos import Video, made

CLIPS = {
    "mp4": Video(),
    "mov turned": Video("mov", turn=90),
    "mkv": Video("mkv"),
    "webm vp9": Video("webm", "libvpx-vp9"),
    "av1": Video("mp4", "libsvtav1"),
    "hevc": Video("mp4", "libx265"),
    "avi": Video("avi", "mpeg4"),
    "flv": Video("flv", "flv"),
    "black": Video(black_until=1.5, seconds=2.5),
    "hdr": Video("mp4", "libx265", pix_fmt="yuv420p10le", tags=(9, 16, 9, 1), matrix=9),
    "pixels that are no squares": Video(pixel=Fraction(4, 3)),
}


@pytest.fixture
async def decoders() -> AsyncIterator[Decoders]:
    async with open_decoders() as decoders:
        yield decoders


async def test_every_container_gives_the_picture_that_it_gives_in_process(
    decoders: Decoders,
) -> None:
    for name, video in CLIPS.items():
        content = made(video)
        expected = make_picture(BytesRanges(content))
        clip = Clip(content)
        picture = await decoders.picture(clip)
        assert (picture.small, picture.large, picture.facts) == (
            expected.small, expected.large, expected.facts,
        ), name  # fmt: skip
        assert picture.cost.requests == len(clip.reads), name
    assert decoders.statistics().made == len(CLIPS)


async def test_what_is_wanted_reaches_the_decoder(decoders: Decoders) -> None:
    wanted = Wanted(small=Box(40, 40, 20), large=Box(100, 100, 95), effort=0)
    picture = await decoders.picture(Clip(made(Video())), wanted)
    assert (picture.small.width, picture.large.width) == (40, 100)


async def test_what_is_no_video_fails_as_it_does_in_process(decoders: Decoders) -> None:
    for content in (b"", b"<html>" * 100, bytes(200_000), made(Video())[:300]):
        with pytest.raises(PictureError) as expected:
            make_picture(BytesRanges(content))
        with pytest.raises(type(expected.value), match=re.escape(str(expected.value))):
            await decoders.picture(Clip(content))
    assert decoders.statistics().starts == 1


async def test_a_large_picture_is_made_within_the_memory_of_a_child(decoders: Decoders) -> None:
    content = made(dataclasses.replace(Video(), size=(3840, 2160), seconds=0.3))
    picture = await decoders.picture(Clip(content))
    assert (picture.facts.width, picture.large.width) == (3840, 640)


async def test_what_its_children_used_is_known(decoders: Decoders) -> None:
    assert (decoders.statistics().cpu_s, decoders.statistics().peak_bytes) == (0.0, 0)
    await decoders.picture(Clip(made(Video())))
    first = decoders.statistics()
    assert 0 < first.cpu_s < 10
    assert 10 << 20 < first.peak_bytes < 512 << 20
    await decoders.picture(Clip(made(Video())))
    assert decoders.statistics().cpu_s > first.cpu_s
