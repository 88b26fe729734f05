"""Whatever a source does, `make_picture` raises one of its own errors or brings a picture."""

from __future__ import annotations

import contextlib
import dataclasses

import pytest

from clipsaver.errors import Handling
from clipsaver.thumbnails.picture.errors import BudgetSpent, SourceFailed, TooBig
from clipsaver.thumbnails.picture.make import make_picture
from clipsaver.thumbnails.picture.sources import BytesRanges
from clipsaver.thumbnails.picture.wanted import KIB, Budgets, Wanted
from tests.thumbnails.videos import Video, made

FRAGMENTS = "frag_keyframe+empty_moov+default_base_moof"
LARGE = Video(size=(640, 360), seconds=4, gop=10, noise=True)
FILES = {
    "mp4": LARGE,
    "fragments": dataclasses.replace(LARGE, muxing=(("movflags", FRAGMENTS),)),
    "live webm": dataclasses.replace(
        LARGE, container="webm", codec="libvpx-vp9", muxing=(("live", "1"),)
    ),
    "avi": dataclasses.replace(LARGE, container="avi", codec="mpeg4"),
    "black": dataclasses.replace(LARGE, black_until=3),
}


class Failing(BytesRanges):
    """Fails at its n-th request."""

    def __init__(self, content: bytes, at: int, error: BaseException) -> None:
        super().__init__(content)
        self._at = at
        self._error = error

    def read(self, start: int, end: int) -> bytes:
        part = super().read(start, end)
        if self.requests >= self._at:
            raise self._error
        return part


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize(
    "error",
    [SourceFailed("the link has expired"), OSError("reset"), EOFError("gone"), ValueError("odd")],
    ids=lambda error: type(error).__name__,
)
def test_a_failure_at_any_request_is_the_sources(name: str, error: Exception) -> None:
    content = made(FILES[name])
    whole = BytesRanges(content)
    make_picture(whole)
    for at in range(1, whole.requests + 1):
        source = Failing(content, at, error)
        with pytest.raises(SourceFailed, match=str(error)) as raised:
            make_picture(source)
        assert raised.value.handling is Handling.RETRY
        assert source.requests == at, "it was asked again"


@pytest.mark.parametrize("name", ["fragments", "live webm", "black"])
def test_a_source_that_says_enough_leaves_the_picture_that_there_is(name: str) -> None:
    content = made(FILES[name])
    whole = BytesRanges(content)
    assert not make_picture(whole).is_flat
    assert make_picture(Failing(content, whole.requests, BudgetSpent("enough"))).large.webp
    with pytest.raises(BudgetSpent, match="enough"):
        make_picture(Failing(content, 1, BudgetSpent("enough")))


def test_who_interrupts_is_not_held_up() -> None:
    with pytest.raises(KeyboardInterrupt):
        make_picture(Failing(made(Video()), 1, KeyboardInterrupt()))


@pytest.mark.parametrize("at", [1, 2])
def test_memory_that_a_part_of_the_file_would_take_is_too_much_of_it(at: int) -> None:
    with pytest.raises(TooBig, match="memory"):
        make_picture(Failing(made(FILES["mp4"]), at, MemoryError()))


def test_memory_that_is_not_to_be_had_is_too_much_of_the_file() -> None:
    class Starving(BytesRanges):
        @property
        def size(self) -> int:
            raise MemoryError

    with pytest.raises(TooBig, match="memory"):
        make_picture(Starving(b"x"))


@pytest.mark.parametrize("name", FILES)
def test_budgets_hold_whatever_they_are(name: str) -> None:
    content = made(FILES[name])
    for kilobytes in (1, 64, 128, 140, 200, 300, 500):
        for requests in (1, 2, 3, 4):
            budgets = Budgets(total_bytes=kilobytes * KIB, requests=requests)
            source = BytesRanges(content)
            with contextlib.suppress(BudgetSpent):
                make_picture(source, Wanted(budgets=budgets))
            assert source.bytes_read <= kilobytes * KIB
            assert source.requests <= requests


def test_a_source_that_learns_its_size_late_or_never_has_a_picture() -> None:
    class Late(BytesRanges):
        knows = True

        @property
        def size(self) -> int | None:  # type: ignore[override]
            return len(self._content) if self.knows and self.requests else None

    class Never(Late):
        knows = False

    first = dataclasses.replace(LARGE, muxing=(("movflags", "faststart"),))
    for video in (LARGE, first, FILES["avi"], dataclasses.replace(LARGE, container="mkv")):
        late = Late(made(video))
        assert not make_picture(late).is_flat
        assert late.requests <= 3
    for video in (first, dataclasses.replace(LARGE, container="mkv")):
        assert not make_picture(Never(made(video))).is_flat
