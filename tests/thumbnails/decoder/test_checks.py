"""What the worker believes of a child that may have been taken over."""

from __future__ import annotations

import io
import math
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace
from PIL import Image

from clipsaver.thumbnails.decoder.checks import Allowance, believed, error_of
from clipsaver.thumbnails.decoder.messages import BadMessage, Failed, Read, still_limit
from clipsaver.thumbnails.decoder.webp import size_of
from clipsaver.thumbnails.errors import DecoderCrashed
from clipsaver.thumbnails.picture import errors
from clipsaver.thumbnails.picture.found import Cost, Picture, Still
from clipsaver.thumbnails.picture.wanted import Wanted
from tests.thumbnails.decoder.pictures import FACTS, picture_of, webp

WANTED = Wanted()
GOOD = picture_of(WANTED)


def allowance(requests: int = 200, total_bytes: int = 1_000) -> Allowance:
    return Allowance(requests=requests, total_bytes=total_bytes)


def encoded(width: int, height: int, **options: Any) -> bytes:
    target = io.BytesIO()
    Image.effect_noise((width, height), 40).convert("RGB").save(target, "WEBP", **options)
    return target.getvalue()


def test_the_cost_that_is_told_is_the_one_that_we_saw() -> None:
    seen = allowance()
    seen.grant(Read(0, 100), None)
    seen.fetched(77)
    assert believed(GOOD, WANTED, seen).cost == Cost(requests=1, bytes_read=77, frames=1)


@pytest.mark.parametrize(
    "still",
    [
        Still(320, 180, webp(640, 180)),
        Still(320, 180, webp(320, 181)),
        Still(321, 180, webp(321, 180)),
        Still(320, 181, webp(320, 181)),
        Still(0, 180, webp(0, 180)),
        Still(-320, -180, webp(320, 180)),
        Still(320, 180, b""),
        Still(320, 180, b"<script>" * 10),
        Still(320, 180, webp(320, 180) + b"more"),
        Still(320, 180, webp(320, 180)[:-1]),
        Still(320, 180, webp(320, 180, body=bytes(still_limit(320, 180)))),
    ],
)
def test_a_still_that_is_not_what_it_says_is_not_believed(still: Still) -> None:
    with pytest.raises(BadMessage):
        believed(replace(GOOD, small=still), WANTED, allowance())


@pytest.mark.parametrize(
    "lie",
    [
        {"content_type": "text/html"},
        {"content_type": "video/mp4\x1b[2J"},
        {"content_type": "video/" + "a" * 100},
        {"codec": "<b>"},
        {"codec": "h264\n"},
        {"codec": ""},
        {"width": 0},
        {"height": -1},
        {"stored_width": 2**40},
        {"duration_s": math.nan},
        {"duration_s": math.inf},
        {"duration_s": -1.0},
        {"duration_s": 10.0**9},
        {"frames_per_s": math.nan},
    ],
)
def test_facts_that_cannot_be_are_not_believed(lie: dict[str, Any]) -> None:
    with pytest.raises(BadMessage):
        believed(replace(GOOD, facts=replace(FACTS, **lie)), WANTED, allowance())


@pytest.mark.parametrize(
    "lie",
    [{"at_s": math.nan}, {"cost": Cost(1, 1, -1)}, {"cost": Cost(1, 1, 2**62)}],
)
def test_a_picture_with_an_impossible_number_is_not_believed(lie: dict[str, Any]) -> None:
    with pytest.raises(BadMessage):
        believed(replace(GOOD, **lie), WANTED, allowance())


@pytest.mark.parametrize(
    "fact", [{"duration_s": None}, {"frames_per_s": None}, {"content_type": "video/x-m4v"}]
)
def test_what_is_unknown_is_believed(fact: dict[str, Any]) -> None:
    facts = replace(FACTS, **fact)
    assert believed(replace(GOOD, facts=facts), WANTED, allowance()).facts == facts


@given(st.integers(1, 400), st.integers(1, 400), st.sampled_from([50, 80, 100]))
def test_pictures_of_pillow_tell_their_size(width: int, height: int, quality: int) -> None:
    content = encoded(width, height, quality=quality, method=0)
    assert size_of(content) == (width, height)
    assert len(content) <= still_limit(width, height)


@pytest.mark.parametrize("size", [(1, 1), (3, 200), (640, 360), (16_383, 1)])
def test_lossless_ones_as_well(size: tuple[int, int]) -> None:
    assert size_of(encoded(*size, lossless=True, method=0)) == size
    assert size_of(webp(*size, chunk=b"VP8L")) == size


def test_a_webp_with_more_than_a_picture_in_it_is_none() -> None:
    plain = encoded(32, 32)
    assert size_of(encoded(32, 32, exif=b"Exif\0\0" + bytes(20))) is None
    assert size_of(encoded(32, 32, save_all=True, append_images=[Image.new("RGB", (32, 32))])) is (
        None
    )
    longer = plain + b"EXIF" + (4).to_bytes(4, "little") + b"1234"
    assert size_of(longer) is None
    told = b"RIFF" + (len(longer) - 8).to_bytes(4, "little") + longer[8:]
    assert size_of(told) is None


@given(st.binary(max_size=80))
def test_the_size_of_nonsense_is_unknown(content: bytes) -> None:
    assert size_of(content) is None
    size_of(b"RIFF" + len(content).to_bytes(4, "little") + b"WEBPVP8 " + content)


@given(
    st.lists(st.tuples(st.integers(0, 2**64 - 1), st.integers(0, 2**64 - 1)), max_size=20),
    st.none() | st.integers(0, 5_000),
)
def test_whatever_is_asked_the_budgets_hold(asked: list[tuple[int, int]], size: int | None) -> None:
    held = allowance(requests=10, total_bytes=3_000)
    fetched = 0
    for start, end in asked:
        try:
            granted = held.grant(Read(start, end), size)
        except (BadMessage, errors.BudgetSpent):
            continue
        if granted is not None:
            first, last = granted
            assert start == first < last <= end
            assert size is None or last <= size
            held.fetched(last - first)
            fetched += last - first
    assert held.requests <= 10
    assert held.bytes_read == fetched <= 3_000


def test_what_lies_behind_the_end_is_not_asked_for() -> None:
    assert allowance().grant(Read(5_000, 6_000), 4_000) is None
    assert allowance().grant(Read(3_900, 6_000), 4_000) == (3_900, 4_000)


@pytest.mark.parametrize(
    "kind", [errors.NoVideo, errors.Unsupported, errors.Broken, errors.TooBig, errors.SourceFailed]
)
def test_a_reason_is_the_error_that_it_names(kind: type[errors.PictureError]) -> None:
    error = error_of(Failed(kind.reason, "why"))
    assert type(error) is kind
    assert str(error) == "why"


def test_every_error_of_pictures_has_its_way_out() -> None:
    for kind in errors.PictureError.__subclasses__():
        assert type(error_of(Failed(kind.reason, ""))) is kind


def test_another_reason_is_a_crash_and_no_words_command_a_terminal() -> None:
    error = error_of(Failed("anything", "\x1b]0;owned\x07" + "long " * 500))
    assert isinstance(error, DecoderCrashed)
    assert "\x1b" not in str(error)
    assert len(str(error)) < 600


def test_a_picture_survives_the_way() -> None:
    content = msgspec.msgpack.encode(GOOD)
    assert msgspec.msgpack.decode(content, type=Picture) == GOOD
