"""What opening a file leaves to be done, and what it does not do."""

from __future__ import annotations

from clipsaver.thumbnails.picture.frames import shots_in_a_row
from clipsaver.thumbnails.picture.opening import Reel, open_reel
from clipsaver.thumbnails.picture.outline import read_outline
from clipsaver.thumbnails.picture.range_file import RangeFile
from clipsaver.thumbnails.picture.sources import BytesRanges
from clipsaver.thumbnails.picture.wanted import Budgets
from tests.thumbnails.videos import Video, made


def opened(video: Video, *, skips: bool = False) -> Reel:
    file = RangeFile(BytesRanges(made(video)), Budgets())
    return open_reel(file, read_outline(file), max_pixels=2**26, skips_unreferenced=skips)


def test_nothing_is_decoded_to_open_a_file() -> None:
    # A decoder would have told what its pictures are made of.
    assert opened(Video()).track.pix_fmt is None
    assert opened(Video(container="mkv")).track.pix_fmt is None


def test_pictures_that_no_other_needs_may_be_left_out() -> None:
    everything = list(shots_in_a_row(opened(Video())))
    some = list(shots_in_a_row(opened(Video(), skips=True)))
    assert len(everything) == 20
    assert 5 < len(some) < 20
    assert {shot.at_s for shot in some} < {shot.at_s for shot in everything}


def test_one_decoder_thread_is_enough() -> None:
    assert opened(Video()).track.thread_count == 1
